import Foundation
import TemporaryFolders
import Testing

@testable import Laboratory

@Suite("The store of runs")
struct RunStoreTests {
  private let temporary = TemporaryFolder()
  private var folder: URL { temporary.url.appending(path: "store") }

  private struct Recipe: Codable {
    var objective = "class:chain"
    var steps = 3
  }

  private func start(steps: Int = 3, seed: UInt64 = .max) throws -> RunStart {
    try RunStart(
      command: "visualize", title: "Chain", recipe: Recipe(steps: steps), seed: seed,
      models: [StoredModel(name: "tiny", digest: "ab")],
      versions: StoredVersions(plumb: "1", commit: "c", oneDNN: "3"),
      machine: StoredMachine(
        system: "Linux", processor: "P", cores: 2, instructionSet: "AVX2", threads: 2))
  }

  @Test("Gives back what a run was told, in another opening of the same folder")
  func roundTrip() throws {
    let store = try RunStore(at: folder)
    let recorder = try store.begin(start())
    #expect(!recorder.isResumed)
    for step in 0..<600 { try recorder.record(step: step, ["loss": 1 / Double(step + 1)]) }
    try recorder.record(step: 600, ["loss": .nan])
    try recorder.keep(Data("picture".utf8), as: "pictures/a.png", mediaType: "image/png")
    #expect(try store.run(recorder.id).status == .running)
    try recorder.finish("It rose.")

    let again = try RunStore(at: folder)
    let run = try again.run(String(recorder.id.prefix(4)))
    #expect(run.status == .finished)
    #expect(run.seed == .max)
    #expect(run.recipe == #"{"objective":"class:chain","steps":3}"#)
    #expect(run.models == [StoredModel(name: "tiny", digest: "ab")])
    #expect(run.outcome == "It rose.")
    #expect(try #require(run.ended) >= run.started)
    let metrics = try again.metrics(of: run.id)
    #expect(metrics.count == 600)
    #expect(metrics[599] == StoredMetric(name: "loss", step: 599, value: 1 / 600))
    let artifact = try #require(try again.artifacts(of: run.id).first)
    #expect(artifact.name == "pictures/a.png")
    #expect(try again.contents(of: artifact, of: run.id) == Data("picture".utf8))
  }

  @Test("A finished run is found by its recipe, until one of its files is changed")
  func finished() throws {
    let store = try RunStore(at: folder)
    let digest = try CanonicalJSON.digest(Recipe())
    #expect(try store.finishedRun(recipeDigest: digest) == nil)
    let recorder = try store.begin(start())
    try recorder.keep(Data("1".utf8), as: "a.txt", mediaType: "text/plain")
    #expect(try store.finishedRun(recipeDigest: digest) == nil)
    try recorder.finish()
    #expect(try store.finishedRun(recipeDigest: digest)?.id == recorder.id)
    try Data("2".utf8).write(to: recorder.folder.appending(path: "a.txt"))
    #expect(try store.finishedRun(recipeDigest: digest) == nil)
    let artifact = try #require(try store.artifacts(of: recorder.id).first)
    #expect(
      throws: StoreError.artifact(
        run: recorder.id, name: "a.txt", reason: "its bytes are not those of the run")
    ) {
      try store.contents(of: artifact, of: recorder.id)
    }
  }

  @Test("An interrupted run is taken up again, a running or finished one is not")
  func resumes() throws {
    let store = try RunStore(at: folder)
    let first = try store.begin(start())
    let beside = try store.begin(start())
    #expect(beside.id != first.id)
    try beside.finish()
    try first.interrupt()
    let other = try store.begin(start(steps: 4))
    #expect(other.id != first.id)
    let again = try store.begin(start())
    #expect(again.id == first.id)
    #expect(again.isResumed)
    #expect(try store.run(first.id).status == .running)
    try again.fail("No.")
    let failed = try store.run(first.id)
    #expect(failed.status == .failed)
    #expect(failed.outcome == "No.")
  }

  @Test("A run whose process died is interrupted, not running")
  func died() throws {
    let store = try RunStore(at: folder)
    let id: String
    do {
      // The recorder goes away without a word, as in a crash; its lock goes with it.
      id = try store.begin(start()).id
    }
    #expect(try store.run(id).status == .interrupted)
    #expect(try store.runs().map(\.status) == [.interrupted])
    #expect(try store.begin(start()).id == id)
  }

  @Test("Deletes a run with everything, but none that is running")
  func deletes() throws {
    let store = try RunStore(at: folder)
    let recorder = try store.begin(start())
    try recorder.record(step: 0, ["a": 1])
    try recorder.keep(Data("1".utf8), as: "a.txt", mediaType: "text/plain")
    #expect(throws: StoreError.stillRunning(id: recorder.id)) { try store.delete(recorder.id) }
    try recorder.finish()
    try store.delete(recorder.id)
    #expect(throws: StoreError.unknownRun(id: recorder.id, folder: store.folder.path)) {
      try store.run(recorder.id)
    }
    #expect(try store.metrics(of: recorder.id).isEmpty)
    #expect(try store.artifacts(of: recorder.id).isEmpty)
    #expect(!FileManager.default.fileExists(atPath: recorder.folder.path))
  }

  @Test("A name that begins several runs asks for more letters; an empty one names none")
  func names() throws {
    let store = try RunStore(at: folder)
    // More runs than letters: some two begin alike.
    let ids = try (0..<32).map { step in
      let recorder = try store.begin(start(steps: step))
      try recorder.finish()
      return recorder.id
    }
    let firsts = Dictionary(grouping: ids) { String($0.prefix(1)) }
    let letter = try #require(firsts.first { $0.value.count > 1 }?.key)
    #expect(throws: StoreError.self) { try store.run(letter) }
    #expect(throws: StoreError.unknownRun(id: "", folder: store.folder.path)) { try store.run("") }
    #expect(try store.run(ids[3]).id == ids[3])
    #expect(try store.runs(limit: 5).map(\.id) == ids.suffix(5).reversed())
  }

  @Test(
    "Files stay in their run's folder",
    arguments: ["../a", "/a", "a//b", "", ".lock", "a/../b", "a b", "ä"])
  func badNames(name: String) throws {
    let recorder = try RunStore(at: folder).begin(start())
    #expect(throws: StoreError.badName(name)) {
      try recorder.keep(Data(), as: name, mediaType: "text/plain")
    }
  }

  @Test("Compares recipes, last numbers and files")
  func compares() throws {
    let store = try RunStore(at: folder)
    let ids = try [3, 5].map { steps in
      let recorder = try store.begin(start(steps: steps))
      try recorder.record(step: 0, ["loss": 1, "kl": 0])
      try recorder.record(step: steps, ["loss": Double(steps)])
      try recorder.keep(Data("same".utf8), as: "same.txt", mediaType: "text/plain")
      try recorder.keep(Data("\(steps)".utf8), as: "other.txt", mediaType: "text/plain")
      try recorder.finish()
      return recorder.id
    }
    let comparison = try store.comparison(ids[0], ids[1])
    #expect(
      comparison.differences
        == [RunComparison.Difference(path: "recipe.steps", first: "3", second: "5")])
    #expect(
      comparison.metrics == [
        RunComparison.Metric(name: "kl", first: 0, second: 0),
        RunComparison.Metric(name: "loss", first: 3, second: 5),
      ])
    #expect(comparison.equalFiles == ["same.txt"])
    #expect(comparison.differentFiles == ["other.txt"])
  }

  @Test("Exports a run as files that need no store, into a new folder only")
  func exports() throws {
    let store = try RunStore(at: folder)
    let recorder = try store.begin(start())
    try recorder.record(step: 2, ["a,b": 0.5])
    try recorder.keep(Data("1".utf8), as: "pictures/a.txt", mediaType: "text/plain")
    try recorder.finish()
    let target = folder.appending(path: "exported")
    try store.export(recorder.id, to: target)
    func text(_ name: String) throws -> String {
      try String(contentsOf: target.appending(path: name), encoding: .utf8)
    }
    #expect(try text("files/pictures/a.txt") == "1")
    #expect(try text("metrics.csv") == "name,step,value\n\"a,b\",2,0.5\n")
    #expect(try text("recipe.json").contains("\"steps\" : 3"))
    let object = try JSONDecoder().decode(JSONValue.self, from: Data(text("run.json").utf8))
    #expect(object.leaves["run.id"] == recorder.id)
    #expect(throws: StoreError.occupied(path: target.path)) {
      try store.export(recorder.id, to: target)
    }
  }

  @Test("A folder that cannot be made is named")
  func unusable() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: "file")
    try Data().write(to: file)
    let error = #expect(throws: StoreError.self) {
      try RunStore(at: file.appending(path: "store"))
    }
    guard case .unusable(let path, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(path == file.appending(path: "store").path)
  }
}
