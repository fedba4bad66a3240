import Foundation
import GRDB

/// Where runs are kept: one folder with a database and the files that runs left.
///
/// Several processes may use one store at once. A run's row and numbers are written in
/// transactions, and a file has its final name only once it is whole, so a crash at any moment loses
/// at most what was not yet reported.
public struct RunStore: Sendable {
  /// The store's folder.
  public let folder: URL
  let database: DatabasePool

  /// Where runs are kept unless something else is said: `plumb/store` in the user's data folder.
  public static var defaultFolder: URL {
    #if os(macOS)
      let data = FileManager.default.homeDirectoryForCurrentUser
        .appending(path: "Library/Application Support")
    #else
      let environment = ProcessInfo.processInfo.environment
      let home = FileManager.default.homeDirectoryForCurrentUser
      let data =
        environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? URL(filePath: $0) : nil }
        ?? home.appending(path: ".local/share")
    #endif
    return data.appending(path: "plumb/store")
  }

  /// Opens the store in `folder`, and makes it if there is none.
  ///
  /// - Throws: ``StoreError/unusable(folder:reason:)``, ``StoreError/fromLaterVersion(folder:)``.
  public init(at folder: URL = RunStore.defaultFolder) throws(StoreError) {
    self.folder = folder.standardizedFileURL
    do {
      try FileManager.default.createDirectory(
        at: folder.appending(path: Self.runsFolder), withIntermediateDirectories: true)
      var configuration = Configuration()
      // Other processes write for moments only; without this their turn would be an error.
      configuration.busyMode = .timeout(30)
      configuration.label = "plumb.store"
      // Two processes that open a new store at once must not both lay it out.
      let lock = try FileLock.waiting(for: folder.appending(path: "store.lock"))
      defer { lock.release() }
      database = try DatabasePool(
        path: folder.appending(path: "runs.sqlite").path, configuration: configuration)
      let migrator = Self.migrator
      // By the writer: a reader that knows the tables as they were would not see new columns.
      guard try !database.writeWithoutTransaction(migrator.hasBeenSuperseded) else {
        throw StoreError.fromLaterVersion(folder: self.folder.path)
      }
      try migrator.migrate(database)
    } catch let error as StoreError {
      throw error
    } catch {
      throw .unusable(folder: folder.path, reason: Self.reason(error))
    }
  }

  static let runsFolder = "runs"

  /// The folder with a run's files.
  func folder(of id: String) -> URL { folder.appending(path: "\(Self.runsFolder)/\(id)") }

  static func reason(_ error: any Error) -> String {
    if let error = error as? DatabaseError { return error.message ?? "\(error.resultCode)" }
    if let error = error as? CocoaError {
      return error.underlying.map { ($0 as NSError).localizedDescription }
        ?? error.localizedDescription
    }
    return "\(error)"
  }
}

// MARK: - Reading

extension RunStore {
  /// The runs, the latest first.
  ///
  /// - Parameters:
  ///   - command: Only runs of this command.
  ///   - limit: At most so many.
  /// - Returns: The runs.
  /// - Throws: A database error.
  public func runs(command: String? = nil, limit: Int? = nil) throws -> [StoredRun] {
    let found = try database.read { database in
      var request = StoredRun.order(sql: "started DESC, rowid DESC")
      if let command { request = request.filter(sql: "command = ?", arguments: [command]) }
      if let limit { request = request.limit(limit) }
      return try request.fetchAll(database)
    }
    return found.map(checked)
  }

  /// The run whose name begins with `prefix`.
  ///
  /// - Throws: ``StoreError/unknownRun(id:folder:)``,
  ///   ``StoreError/ambiguousRun(id:candidates:)``, or a database error.
  public func run(_ prefix: String) throws -> StoredRun {
    let found = try database.read { database in
      try StoredRun.filter(sql: "substr(id, 1, length(?1)) = ?1", arguments: [prefix])
        .order(sql: "id").limit(6).fetchAll(database)
    }
    guard let run = found.first, !prefix.isEmpty else {
      throw StoreError.unknownRun(id: prefix, folder: folder.path)
    }
    guard found.count == 1 || run.id == prefix else {
      throw StoreError.ambiguousRun(id: prefix, candidates: found.map(\.id))
    }
    return checked(run)
  }

  /// The numbers that a run reported, in the order of names and steps.
  ///
  /// - Throws: A database error.
  public func metrics(of id: String) throws -> [StoredMetric] {
    try database.read { database in
      try StoredMetric.fetchAll(
        database, sql: "SELECT name, step, value FROM metric WHERE run = ? ORDER BY name, step",
        arguments: [id])
    }
  }

  /// The files that a run left, in the order of their names.
  ///
  /// - Throws: A database error.
  public func artifacts(of id: String) throws -> [StoredArtifact] {
    try database.read { database in
      try StoredArtifact.fetchAll(
        database,
        sql: "SELECT name, mediaType, bytes, digest FROM artifact WHERE run = ? ORDER BY name",
        arguments: [id])
    }
  }

  /// Where a file of a run lies.
  public func url(of artifact: StoredArtifact, of id: String) -> URL {
    folder(of: id).appending(path: artifact.name)
  }

  /// The bytes of a run's file.
  ///
  /// - Throws: ``StoreError/artifact(run:name:reason:)`` if it is gone or was changed.
  public func contents(of artifact: StoredArtifact, of id: String) throws(StoreError) -> Data {
    let data: Data
    do {
      data = try Data(contentsOf: url(of: artifact, of: id))
    } catch {
      throw .artifact(run: id, name: artifact.name, reason: Self.reason(error))
    }
    guard CanonicalJSON.digest(of: data) == artifact.digest else {
      throw .artifact(run: id, name: artifact.name, reason: "its bytes are not those of the run")
    }
    return data
  }

  /// The latest finished run of a recipe whose files are all as they were.
  ///
  /// - Throws: A database error.
  public func finishedRun(recipeDigest: String) throws -> StoredRun? {
    let found = try database.read { database in
      try StoredRun
        .filter(sql: "recipeDigest = ? AND status = 'finished'", arguments: [recipeDigest])
        .order(sql: "started DESC, rowid DESC").fetchAll(database)
    }
    return try found.first { run in
      try artifacts(of: run.id).allSatisfy { (try? contents(of: $0, of: run.id)) != nil }
    }
  }

  /// The run as it is now: one whose process died is no longer running.
  private func checked(_ run: StoredRun) -> StoredRun {
    guard run.status == .running, !FileLock.isHeld(lockFile(of: run.id)) else { return run }
    var run = run
    run.status = .interrupted
    return run
  }

  func lockFile(of id: String) -> URL { folder(of: id).appending(path: ".lock") }
}

// MARK: - Deleting

extension RunStore {
  /// Deletes a run with its numbers and files.
  ///
  /// - Throws: ``StoreError/stillRunning(id:)``; see ``run(_:)``.
  public func delete(_ prefix: String) throws {
    let run = try run(prefix)
    guard run.status != .running else { throw StoreError.stillRunning(id: run.id) }
    // The row first: files without a row are rubbish, a row without files would be a lie.
    try database.write { database in _ = try run.delete(database) }
    try? FileManager.default.removeItem(at: folder(of: run.id))
  }
}
