import Foundation
import GRDB
import Synchronization

/// A run that goes on: it takes numbers and files, and says how the run ended.
///
/// While it lives, other processes see the run as running; when the process dies, as interrupted.
public final class RunRecorder: Sendable {
  /// The run's name.
  public let id: String
  /// Where the run may keep what it needs to be taken up again.
  public let folder: URL
  /// Whether an interrupted run of the same recipe was taken up.
  public let isResumed: Bool

  private let store: RunStore
  private let lock: FileLock
  private let pending = Mutex<[StoredMetric]>([])

  init(id: String, store: RunStore, lock: FileLock, isResumed: Bool) {
    self.id = id
    self.store = store
    self.lock = lock
    self.isResumed = isResumed
    folder = store.folder(of: id)
  }

  /// Reports numbers after a step; a later number for the same step replaces the first.
  ///
  /// They reach the disk every 256 numbers, and when the run ends.
  ///
  /// - Throws: A database error.
  public func record(step: Int, _ values: [String: Double]) throws {
    let isFull = pending.withLock { pending in
      pending += values.map { StoredMetric(name: $0.key, step: step, value: $0.value) }
      return pending.count >= 256
    }
    if isFull { try flush() }
  }

  /// Keeps a file under a name within the run, such as `pictures/chain.png`.
  ///
  /// - Throws: ``StoreError/badName(_:)``, ``StoreError/artifact(run:name:reason:)``, or a database
  ///   error.
  public func keep(_ data: Data, as name: String, mediaType: String) throws {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = parts.allSatisfy { part in
      !part.isEmpty && !part.hasPrefix(".")
        && part.utf8.allSatisfy { byte in
          UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
            || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
            || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || ".-_".utf8.contains(byte)
        }
    }
    guard isPlain else { throw StoreError.badName(name) }
    let file = folder.appending(path: name)
    do {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try data.write(to: file, options: .atomic)
    } catch {
      throw StoreError.artifact(run: id, name: name, reason: RunStore.reason(error))
    }
    let digest = CanonicalJSON.digest(of: data)
    try store.database.write { database in
      try database.execute(
        sql: "INSERT OR REPLACE INTO artifact VALUES (?, ?, ?, ?, ?)",
        arguments: [id, name, mediaType, data.count, digest])
    }
  }

  /// The bytes of a file that was kept under this name, if there is one.
  ///
  /// - Throws: A database error.
  public func contents(_ name: String) throws -> Data? {
    let artifact = try store.artifacts(of: id).first { $0.name == name }
    return artifact.flatMap { try? store.contents(of: $0, of: id) }
  }

  /// Ends the run: it came to its end, and this came of it.
  ///
  /// - Throws: A database error.
  public func finish(_ outcome: String? = nil) throws { try end(.finished, outcome) }

  /// Ends the run: it failed, for this reason.
  ///
  /// - Throws: A database error.
  public func fail(_ reason: String) throws { try end(.failed, reason) }

  /// Ends the run for now; a run of the same recipe will take it up.
  ///
  /// - Throws: A database error.
  public func interrupt() throws { try end(.interrupted, nil) }

  private func end(_ status: StoredRun.Status, _ outcome: String?) throws {
    defer { lock.release() }
    try flush()
    try store.database.write { database in
      try database.execute(
        sql: "UPDATE run SET status = ?, ended = ?, outcome = ? WHERE id = ?",
        arguments: [status.rawValue, Date(), outcome, id])
    }
  }

  private func flush() throws {
    let metrics = pending.withLock { pending in
      defer { pending = [] }
      return pending
    }
    // JSON and SQLite have no word for what is not finite; it is left out.
    let finite = metrics.filter(\.value.isFinite)
    guard !finite.isEmpty else { return }
    try store.database.write { database in
      let statement = try database.makeStatement(
        sql: "INSERT OR REPLACE INTO metric VALUES (?, ?, ?, ?)")
      for metric in finite {
        try statement.execute(arguments: [id, metric.name, metric.step, metric.value])
      }
    }
  }
}

/// What is known of a run before it begins.
public struct RunStart: Sendable {
  /// The command that reads the recipe.
  public var command: String
  /// What the run is about, in a few words.
  public var title: String
  /// The recipe in its canonical form.
  public var recipe: String
  /// The recipe's seed.
  public var seed: UInt64
  /// The models it uses.
  public var models: [StoredModel]
  /// The programs that run.
  public var versions: StoredVersions
  /// The machine.
  public var machine: StoredMachine

  /// Creates a start.
  ///
  /// - Throws: `EncodingError` if the recipe has no JSON form.
  public init(
    command: String, title: String, recipe: some Encodable, seed: UInt64, models: [StoredModel],
    versions: StoredVersions, machine: StoredMachine
  ) throws {
    self.command = command
    self.title = title
    self.recipe = try CanonicalJSON.text(recipe)
    self.seed = seed
    self.models = models
    self.versions = versions
    self.machine = machine
  }
}

extension RunStore {
  /// Begins a run, or takes up the latest interrupted or failed one of the same recipe.
  ///
  /// - Throws: ``StoreError/unusable(folder:reason:)`` if the run's folder cannot be made, or a
  ///   database error.
  public func begin(_ start: RunStart, resuming: Bool = true) throws -> RunRecorder {
    let digest = CanonicalJSON.digest(of: start.recipe)
    if resuming, let recorder = try resumed(digest: digest) { return recorder }
    let id = Self.newName()
    let lock: FileLock?
    do {
      try FileManager.default.createDirectory(
        at: folder(of: id), withIntermediateDirectories: true)
      lock = try FileLock.taking(lockFile(of: id))
    } catch {
      throw StoreError.unusable(folder: folder.path, reason: Self.reason(error))
    }
    guard let lock else { throw StoreError.stillRunning(id: id) }
    let run = StoredRun(
      id: id, command: start.command, title: start.title, status: .running, recipe: start.recipe,
      recipeDigest: digest, seed: start.seed, models: start.models, versions: start.versions,
      machine: start.machine, started: Date(), ended: nil, outcome: nil)
    try database.write { database in try run.insert(database) }
    return RunRecorder(id: id, store: self, lock: lock, isResumed: false)
  }

  private func resumed(digest: String) throws -> RunRecorder? {
    let unfinished = try database.read { database in
      try StoredRun.filter(sql: "recipeDigest = ? AND status <> 'finished'", arguments: [digest])
        .order(sql: "started DESC, rowid DESC").fetchAll(database)
    }
    for run in unfinished {
      // The one who gets the lock has the run to itself.
      guard let lock = try? FileLock.taking(lockFile(of: run.id)) else { continue }
      try database.write { database in
        try database.execute(
          sql: "UPDATE run SET status = 'running', ended = NULL, outcome = NULL WHERE id = ?",
          arguments: [run.id])
      }
      return RunRecorder(id: run.id, store: self, lock: lock, isResumed: true)
    }
    return nil
  }

  /// Eight letters and digits without those that look alike.
  ///
  /// Names are no part of any result, so they need no seed.
  private static func newName() -> String {
    let letters = Array("abcdefghjkmnpqrstuvwxyz23456789")
    return String((0..<8).compactMap { _ in letters.randomElement() })
  }
}
