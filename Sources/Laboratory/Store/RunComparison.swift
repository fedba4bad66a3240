import Foundation

/// Two runs beside each other: where their recipes differ, and what numbers they reached.
public struct RunComparison: Sendable, Encodable {
  /// A value of the recipes, the versions or the machine.
  public struct Difference: Sendable, Hashable, Encodable {
    /// Its path, such as `recipe.steps`.
    public let path: String
    /// The first run's value; `nil` if it has none.
    public let first: String?
    /// The second run's value; `nil` if it has none.
    public let second: String?
  }

  /// The last value of a number that both runs may have reported.
  public struct Metric: Sendable, Hashable, Encodable {
    /// What was measured.
    public let name: String
    /// The first run's last value.
    public let first: Double?
    /// The second run's last value.
    public let second: Double?
  }

  /// The first run.
  public let first: String
  /// The second run.
  public let second: String
  /// What differs, in the order of paths; empty for equal recipes on equal machines.
  public let differences: [Difference]
  /// The numbers, in the order of names.
  public let metrics: [Metric]
  /// Files of the same name with different bytes.
  public let differentFiles: [String]
  /// Files of the same name with equal bytes.
  public let equalFiles: [String]
}

extension RunStore {
  /// Compares two runs.
  ///
  /// - Throws: See ``run(_:)``.
  public func comparison(_ first: String, _ second: String) throws -> RunComparison {
    let runs = [try run(first), try run(second)]
    let values = try runs.map { run in
      let recipe = try JSONDecoder().decode(JSONValue.self, from: Data(run.recipe.utf8))
      func value(_ value: some Encodable) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(try CanonicalJSON.text(value).utf8))
      }
      return JSONValue.object([
        "recipe": recipe, "models": try value(run.models), "versions": try value(run.versions),
        "machine": try value(run.machine),
      ]).leaves
    }
    let paths = Set(values[0].keys).union(values[1].keys).sorted()
    let differences = paths.filter { values[0][$0] != values[1][$0] }.map { path in
      RunComparison.Difference(path: path, first: values[0][path], second: values[1][path])
    }
    let last = try runs.map { run in
      Dictionary(try metrics(of: run.id).map { ($0.name, $0.value) }) { _, later in later }
    }
    let names = Set(last[0].keys).union(last[1].keys).sorted()
    let files = try runs.map { run in
      Dictionary(try artifacts(of: run.id).map { ($0.name, $0.digest) }) { _, later in later }
    }
    let common = files[0].keys.filter { files[1][$0] != nil }.sorted()
    return RunComparison(
      first: runs[0].id, second: runs[1].id, differences: differences,
      metrics: names.map {
        RunComparison.Metric(name: $0, first: last[0][$0], second: last[1][$0])
      },
      differentFiles: common.filter { files[0][$0] != files[1][$0] },
      equalFiles: common.filter { files[0][$0] == files[1][$0] })
  }
}
