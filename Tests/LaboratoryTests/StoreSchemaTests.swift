import Foundation
import GRDB
import TemporaryFolders
import Testing

@testable import Laboratory

@Suite("The layout of the store")
struct StoreSchemaTests {
  private let temporary = TemporaryFolder()
  private var folder: URL { temporary.url.appending(path: "store") }

  /// A store as the first version laid it out, with one run in it.
  private func firstVersion() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let queue = try DatabaseQueue(path: folder.appending(path: "runs.sqlite").path)
    try RunStore.migrator.migrate(queue, upTo: "1: runs, metrics, artifacts")
    try queue.write { database in
      try database.execute(
        sql: """
          INSERT INTO run VALUES ('abcdefgh', 'visualize', 'Old', 'finished', '{"steps":3}', '7',
            '[]', '{"commit":"c","oneDNN":"3","plumb":"0"}',
            '{"cores":2,"instructionSet":"i","processor":"p","system":"s","threads":1}',
            '2026-01-02 03:04:05.000', NULL, NULL);
          INSERT INTO metric VALUES ('abcdefgh', 'loss', 2, 0.25);
          """)
    }
    try queue.close()
  }

  @Test("A store of the first version is brought up to date, and loses nothing")
  func migrates() throws {
    try firstVersion()
    let store = try RunStore(at: folder)
    let run = try store.run("abcdefgh")
    #expect(run.title == "Old")
    #expect(run.seed == 7)
    #expect(run.recipeDigest == CanonicalJSON.digest(of: #"{"steps":3}"#))
    #expect(try store.metrics(of: run.id) == [StoredMetric(name: "loss", step: 2, value: 0.25)])
    #expect(try store.finishedRun(recipeDigest: run.recipeDigest)?.id == run.id)
  }

  @Test("A store of a later version is left alone")
  func laterVersion() throws {
    _ = try RunStore(at: folder)
    let queue = try DatabaseQueue(path: folder.appending(path: "runs.sqlite").path)
    try queue.write { database in
      try database.execute(sql: "INSERT INTO grdb_migrations VALUES ('9: from the future')")
    }
    try queue.close()
    #expect(throws: StoreError.fromLaterVersion(folder: folder.path)) { try RunStore(at: folder) }
  }

  @Test("A database that is none is reported, and not overwritten")
  func noDatabase() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: "runs.sqlite")
    let text = String(repeating: "not a database ", count: 100)
    try text.write(to: file, atomically: false, encoding: .utf8)
    #expect(throws: StoreError.self) { try RunStore(at: folder) }
    #expect(try String(contentsOf: file, encoding: .utf8) == text)
  }

  @Test("Openings and writers at once wait for each other")
  func concurrent() async throws {
    let folder = folder
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<8 {
        group.addTask {
          // Every task opens the store for itself, as a process would.
          let store = try RunStore(at: folder)
          let recorder = try store.begin(
            RunStart(
              command: "c", title: "t", recipe: ["writer": writer], seed: 0, models: [],
              versions: StoredVersions(plumb: "1", commit: "c", oneDNN: "3"),
              machine: StoredMachine(
                system: "s", processor: "p", cores: 1, instructionSet: "i", threads: 1)))
          for step in 0..<300 { try recorder.record(step: step, ["n": Double(writer)]) }
          try recorder.keep(Data("\(writer)".utf8), as: "a.txt", mediaType: "text/plain")
          try recorder.finish()
        }
      }
      try await group.waitForAll()
    }
    let store = try RunStore(at: folder)
    let runs = try store.runs()
    #expect(runs.count == 8)
    for run in runs {
      #expect(run.status == .finished)
      #expect(try store.metrics(of: run.id).count == 300)
    }
  }
}
