import Foundation
import LanguageModels
import PlumbFiles
import PlumbGraph
import PlumbRuntime

/// The files of a fine-tuning by reward.
///
/// | file | what it holds |
/// |---|---|
/// | `recipe.json` | the ``FineTuningRecipe`` |
/// | `metrics.jsonl` | a ``StepMetrics`` per line |
/// | `rollouts.jsonl` | a ``RolloutRecord`` per line |
/// | `checks.json` | what the self-checks found |
/// | `before.json`, `after.json` | completions of the base and of the result, a ``CompletionSet`` |
/// | `snapshots/step-NNNNN.safetensors` | how far each parameter had moved after a step |
/// | `state.safetensors` | what a resumed run needs |
/// | `model/` | the result: `delta.safetensors` beside its base, or a whole model |
public struct FineTuningFolder: Sendable {
  /// The folder.
  public let url: URL

  /// Names a folder; nothing is read.
  public init(_ url: URL) { self.url = url }

  /// The file of the recipe.
  public var recipeFile: URL { url.appendingPathComponent("recipe.json") }
  /// The file of the metrics.
  public var metricsFile: URL { url.appendingPathComponent("metrics.jsonl") }
  /// The file of the rollouts.
  public var rolloutsFile: URL { url.appendingPathComponent("rollouts.jsonl") }
  /// The file of the self-checks.
  public var checksFile: URL { url.appendingPathComponent("checks.json") }
  /// The base's completions.
  public var beforeFile: URL { url.appendingPathComponent("before.json") }
  /// The result's completions.
  public var afterFile: URL { url.appendingPathComponent("after.json") }
  /// What a resumed run needs.
  public var stateFile: URL { url.appendingPathComponent("state.safetensors") }
  /// The folder of the result.
  public var modelFolder: URL { url.appendingPathComponent("model") }

  /// The file of a snapshot.
  public func snapshotFile(step: Int) -> URL {
    url.appendingPathComponent("snapshots/\(String(format: "step-%05d", step)).safetensors")
  }

  /// The steps of which there are snapshots, ascending.
  public var snapshotSteps: [Int] {
    let folder = url.appendingPathComponent("snapshots").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.compactMap { name in
      guard name.hasPrefix("step-"), name.hasSuffix(".safetensors") else { return nil }
      return Int(name.dropFirst(5).dropLast(12))
    }.sorted()
  }

  // MARK: Reading

  /// The recipe of the run.
  ///
  /// - Throws: ``FineTuningError/unreadable(path:reason:)``.
  public func recipe() throws(FineTuningError) -> FineTuningRecipe {
    try read(FineTuningRecipe.self, from: recipeFile)
  }

  /// The metrics of all steps so far.
  ///
  /// - Throws: ``FineTuningError/unreadable(path:reason:)``.
  public func metrics() throws(FineTuningError) -> [StepMetrics] {
    try lines(of: metricsFile)
  }

  /// The rollouts of all steps so far.
  ///
  /// - Throws: ``FineTuningError/unreadable(path:reason:)``.
  public func rollouts() throws(FineTuningError) -> [RolloutRecord] {
    try lines(of: rolloutsFile)
  }

  /// What the self-checks found.
  ///
  /// - Throws: ``FineTuningError/unreadable(path:reason:)``.
  public func checks() throws(FineTuningError) -> [SelfCheck] {
    guard exists(checksFile) else { return [] }
    return try read([SelfCheck].self, from: checksFile)
  }

  /// The completions of the base.
  ///
  /// - Throws: ``FineTuningError/unreadable(path:reason:)``.
  public func before() throws(FineTuningError) -> CompletionSet {
    try read(CompletionSet.self, from: beforeFile)
  }

  /// The completions of the result.
  ///
  /// - Throws: ``FineTuningError/unreadable(path:reason:)``.
  public func after() throws(FineTuningError) -> CompletionSet {
    try read(CompletionSet.self, from: afterFile)
  }

  /// How far each parameter had moved after a step.
  ///
  /// - Throws: `SafetensorsError` if the file cannot be read.
  public func snapshot(step: Int) throws -> [String: Tensor] {
    try ModelChanges(contentsOf: snapshotFile(step: step)).parameters
  }

  func exists(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }

  func read<Value: Decodable>(
    _ type: Value.Type, from file: URL
  ) throws(FineTuningError) -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(contentsOf: file))
    } catch {
      throw .unreadable(path: file.path, reason: readableReason(of: error))
    }
  }

  /// The values of a file with one per line.
  private func lines<Value: Decodable>(of file: URL) throws(FineTuningError) -> [Value] {
    do {
      let decoder = JSONDecoder()
      return try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")).map {
        try decoder.decode(Value.self, from: $0)
      }
    } catch {
      throw .unreadable(path: file.path, reason: readableReason(of: error))
    }
  }

  // MARK: Writing

  func write(_ value: some Encodable, to file: URL) throws(FineTuningError) {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try (encoder.encode(value) + Data("\n".utf8)).write(to: file, options: .atomic)
    } catch {
      throw .unwritable(path: file.path, reason: error.localizedDescription)
    }
  }

  /// Appends values to a file with one per line.
  func append(_ values: [some Encodable], to file: URL) throws(FineTuningError) {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      var lines = Data()
      for value in values { lines += try encoder.encode(value) + Data("\n".utf8) }
      if !exists(file) { try Data().write(to: file) }
      let handle = try FileHandle(forWritingTo: file)
      defer { try? handle.close() }
      try handle.seekToEnd()
      try handle.write(contentsOf: lines)
    } catch {
      throw .unwritable(path: file.path, reason: error.localizedDescription)
    }
  }

  /// Drops the lines of steps that come after one, and a last line that is not complete.
  func forgetLines(of file: URL, after step: Int) throws(FineTuningError) {
    struct Line: Decodable { let step: Int }
    guard let data = try? Data(contentsOf: file) else { return }
    let kept = data.split(separator: UInt8(ascii: "\n")).prefix { line in
      (try? JSONDecoder().decode(Line.self, from: line)).map { $0.step <= step } ?? false
    }
    do {
      try Data(kept.map { $0 + Data("\n".utf8) }.joined()).write(to: file, options: .atomic)
    } catch {
      throw .unwritable(path: file.path, reason: error.localizedDescription)
    }
  }

  /// Whether the folder is empty or missing, and not one with a run of this recipe; another's is
  /// an error.
  func isNew(for recipe: FineTuningRecipe) throws(FineTuningError) -> Bool {
    if exists(recipeFile) {
      // The number of threads is a field too, since the last bits depend on it.
      let differences = FieldDifference.between(recipe, and: try self.recipe()).map { "\($0)" }
      guard differences.isEmpty else {
        throw .otherRecipe(folder: url.path, differences: differences)
      }
      return false
    }
    let contents = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    guard contents.isEmpty else { throw .notARun(folder: url.path) }
    return true
  }
}

/// A completion that was trained on.
public struct RolloutRecord: Sendable, Hashable, Codable {
  /// The step, counted from 1.
  public var step: Int
  /// Which prompt of the recipe, from 0.
  public var prompt: Int
  /// The token ids, an end of text among them.
  public var ids: [Int]
  /// What it was worth.
  public var reward: Double
  /// The advantage of its first token, which is that of all unless credit is given token by token.
  public var advantage: Double
  /// The advantage of each token, where they differ.
  public var advantages: [Double]?
}
