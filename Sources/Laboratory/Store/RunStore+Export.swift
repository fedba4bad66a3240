import Foundation

/// A run with all that the store knows of it.
public struct RunRecord: Sendable, Encodable {
  /// The run.
  public let run: StoredRun
  /// The recipe, as JSON.
  public let recipe: JSONValue
  /// The numbers it reported.
  public let metrics: [StoredMetric]
  /// The files it left.
  public let artifacts: [StoredArtifact]
}

extension RunStore {
  /// Everything about one run.
  ///
  /// - Throws: See ``run(_:)``.
  public func record(_ prefix: String) throws -> RunRecord {
    let run = try run(prefix)
    return RunRecord(
      run: run, recipe: try JSONDecoder().decode(JSONValue.self, from: Data(run.recipe.utf8)),
      metrics: try metrics(of: run.id), artifacts: try artifacts(of: run.id))
  }

  /// Copies a run into a new folder: `run.json`, `recipe.json`, `metrics.csv` and its files.
  ///
  /// The folder appears whole or not at all.
  ///
  /// - Throws: ``StoreError/occupied(path:)`` if something is there already;
  ///   ``StoreError/artifact(run:name:reason:)``; see ``run(_:)``.
  public func export(_ prefix: String, to path: URL) throws {
    let record = try record(prefix)
    guard !FileManager.default.fileExists(atPath: path.path) else {
      throw StoreError.occupied(path: path.path)
    }
    let parent = path.standardizedFileURL.deletingLastPathComponent()
    let partial = parent.appending(path: ".\(path.lastPathComponent).partial-\(record.run.id)")
    do {
      try? FileManager.default.removeItem(at: partial)
      try FileManager.default.createDirectory(at: partial, withIntermediateDirectories: true)
      try Data((try CanonicalJSON.pretty(record) + "\n").utf8)
        .write(to: partial.appending(path: "run.json"))
      try Data((try CanonicalJSON.pretty(record.recipe) + "\n").utf8)
        .write(to: partial.appending(path: "recipe.json"))
      try Data(Self.table(record.metrics).utf8).write(to: partial.appending(path: "metrics.csv"))
      for artifact in record.artifacts {
        let target = partial.appending(path: "files/\(artifact.name)")
        try FileManager.default.createDirectory(
          at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try contents(of: artifact, of: record.run.id).write(to: target)
      }
      try FileManager.default.moveItem(at: partial, to: path)
    } catch {
      try? FileManager.default.removeItem(at: partial)
      if error is StoreError { throw error }
      throw StoreError.artifact(
        run: record.run.id, name: path.path, reason: Self.reason(error))
    }
  }

  private static func table(_ metrics: [StoredMetric]) -> String {
    "name,step,value\n"
      + metrics.map { metric in
        let name =
          metric.name.contains { ",\"\n".contains($0) }
          ? "\"\(metric.name.replacing("\"", with: "\"\""))\"" : metric.name
        return "\(name),\(metric.step),\(metric.value)\n"
      }.joined()
  }
}
