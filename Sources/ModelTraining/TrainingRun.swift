import Foundation
import PlumbFiles
import PlumbGraph
import PlumbKernels
import PlumbRuntime

/// A training under way in a folder, which a later run resumes bit for bit.
///
/// The folder holds `recipe.json`, `checkpoint.safetensors` (parameters, moments and the step),
/// `curve.jsonl` (one line per report) and, once exported, the model in `export/`.
public final class TrainingRun {
  /// What one report says.
  public struct Report: Sendable, Codable {
    /// The step, counted from 1.
    public var step: Int
    /// Means since the report before: the loss, and what else the graph reports.
    public var metrics: [String: Double]
    /// Scores on held-out data, where they were measured.
    public var scores: [String: Double]?
    /// The learning rate.
    public var learningRate: Double
    /// The norm of the gradient.
    public var gradientNorm: Double
    /// Examples per second since the report before.
    public var examplesPerSecond: Double
    /// Billions of floating-point operations per second since the report before.
    public var gigaflops: Double
    /// Seconds of computing so far, earlier sessions included.
    public var seconds: Double
  }

  /// What is trained and how.
  public let recipe: TrainingRecipe
  /// The network and its data.
  public let task: any TrainingTask
  /// Where the run lives.
  public let folder: String
  /// The weights.
  public let parameters: ParameterStore
  /// Seconds of computing so far, earlier sessions included.
  public private(set) var seconds = 0.0

  private var trainer: Trainer
  private var checkpointPath: String { Self.checkpointPath(in: folder) }

  private static func checkpointPath(in folder: String) -> String {
    folder + "/checkpoint.safetensors"
  }

  /// How many steps were taken.
  public var step: Int { trainer.step }

  /// Opens a training: a new one, or the one that the folder holds.
  ///
  /// - Parameters:
  ///   - recipe: What to do.
  ///   - task: The network and its data.
  ///   - folder: Where the run lives; it is made if need be.
  /// - Throws: ``ModelTrainingError/otherRecipe(folder:differences:)`` if the folder holds a run of
  ///   another recipe; errors of files and of the runtime.
  public init(_ recipe: TrainingRecipe, task: any TrainingTask, folder: String) throws {
    self.recipe = recipe
    self.task = task
    self.folder = folder
    parameters = try ParameterStore(task.initialParameters())
    let isBegun = FileManager.default.fileExists(atPath: Self.checkpointPath(in: folder))
    if let start = recipe.start, !isBegun {
      let start = URL(fileURLWithPath: folder, isDirectory: true).appending(path: start)
      try Self.copyWeights(from: start.standardizedFileURL.path, task, into: parameters)
    }
    try Self.claim(folder, for: recipe)
    trainer = try Self.trainer(of: task.graph(), recipe, task, parameters)
    if isBegun {
      let notes = try trainer.resume(from: checkpointPath)
      seconds = notes[Self.secondsKey].flatMap(Double.init) ?? 0
      try forgetReports(after: trainer.step)
      // The stage that the checkpoint is in, without a look at those before.
      for step in (1..<trainer.step + 1).reversed() where try enterStage(at: step) { break }
    }
  }

  /// Replaces weights by those that another training ended with, or by those of the model that it
  /// has written; moments begin anew.
  private static func copyWeights(
    from folder: String, _ task: any TrainingTask, into parameters: ParameterStore
  ) throws {
    do {
      let checkpoint = checkpointPath(in: folder)
      let weight: (String) throws -> Tensor
      if FileManager.default.fileExists(atPath: checkpoint) {
        let file = try SafetensorsFile(path: checkpoint)
        weight = { name in
          let stored = try file.tensor("parameter.\(name)")
          return try Tensor(Shape(stored.shape), stored.floats())
        }
      } else {
        let weights = try ParameterStore(task.parameters(ofModelIn: folder))
        weight = { try weights.value($0) }
      }
      for name in parameters.names { try parameters.set(name, weight(name)) }
    } catch {
      throw ModelTrainingError.missingData(
        path: folder, hint: "The recipe starts from the training or the model there: \(error)")
    }
  }

  private static func trainer(
    of graph: Graph, _ recipe: TrainingRecipe, _ task: any TrainingTask,
    _ parameters: ParameterStore
  ) throws -> Trainer {
    try Trainer(
      graph, parameters: parameters, updates: task.updates,
      options: .init(
        optimizer: recipe.optimizer, schedule: recipe.schedule, clippingNorm: recipe.clippingNorm,
        precision: recipe.precision, seed: recipe.seed, decaysOnlyMatrices: true,
        hiddenMatrices: task.hiddenMatrices))
  }

  /// Compiles the graph of the stage that begins at a step, if one does, and goes on with the same
  /// weights and moments.
  private func enterStage(at step: Int) throws -> Bool {
    guard let graph = try task.graph(beginningAt: step) else { return false }
    let next = try Self.trainer(of: graph, recipe, task, parameters)
    try next.restore(trainer.state(), step: trainer.step)
    trainer = next
    return true
  }

  private static let secondsKey = "plumb-seconds"

  /// Writes the recipe into a new folder, or compares it with the one that is there.
  private static func claim(_ folder: String, for recipe: TrainingRecipe) throws {
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let path = folder + "/recipe.json"
    if FileManager.default.fileExists(atPath: path) {
      let known = try TrainingRecipe(contentsOf: path)
      let differences = FieldDifference.between(recipe, and: known).map { "\($0)" }
      guard differences.isEmpty else {
        throw ModelTrainingError.otherRecipe(folder: folder, differences: differences)
      }
    } else {
      try recipe.json().write(to: URL(fileURLWithPath: path), options: .atomic)
    }
  }

  /// Trains until all steps are taken or the task is cancelled; then the state is saved.
  ///
  /// - Parameters:
  ///   - limit: The most steps to take now; all that are left if `nil`.
  ///   - checkpointInterval: Seconds between two checkpoints.
  ///   - reportInterval: Steps between two reports.
  ///   - report: Is told how far the training has come.
  /// - Throws: `CancellationError` after saving, if the task was cancelled; errors of the runtime,
  ///   such as a loss that is not a number, which leave the latest checkpoint.
  public func train(
    limit: Int? = nil, checkpointInterval: Double = 180, reportInterval: Int = 10,
    report: (Report) throws -> Void
  ) throws {
    let end = min(recipe.steps, limit.map { trainer.step + $0 } ?? recipe.steps)
    let clock = ContinuousClock()
    var lastCheckpoint = clock.now
    var lastReport = (time: clock.now, step: trainer.step)
    var sums: [String: Double] = [:]
    while trainer.step < end {
      if Task.isCancelled {
        try save()
        throw CancellationError()
      }
      let start = clock.now
      _ = try enterStage(at: trainer.step)
      let result = try trainer.step(task.batch(step: trainer.step))
      seconds += Self.seconds(clock.now - start)
      for (name, value) in result.metrics { sums[name, default: 0] += Double(value) }

      let isEvaluated =
        trainer.step.isMultiple(of: recipe.evaluationInterval) || trainer.step == end
      if trainer.step.isMultiple(of: reportInterval) || isEvaluated {
        let steps = Double(trainer.step - lastReport.step)
        let rate = steps / max(Self.seconds(clock.now - lastReport.time), 1e-9)
        let line = Report(
          step: trainer.step, metrics: sums.mapValues { $0 / steps },
          scores: isEvaluated ? try task.evaluate(parameters, isFinal: false) : nil,
          learningRate: result.learningRate, gradientNorm: result.gradientNorm,
          examplesPerSecond: rate * Double(recipe.batch),
          gigaflops: rate * trainer.floatingPointOperations / 1e9, seconds: seconds)
        try append(line)
        try report(line)
        sums = [:]
        lastReport = (clock.now, trainer.step)
      }
      if Self.seconds(clock.now - lastCheckpoint) > checkpointInterval {
        try save()
        lastCheckpoint = clock.now
      }
    }
    try save()
  }

  /// A table of everything that one step computes, with implementations and milliseconds.
  public func explanation() throws -> String {
    for (name, tensor) in try task.batch(step: step) { try trainer.program.set(name, tensor) }
    return try trainer.program.explanation(measuring: 3)
  }

  /// Writes the checkpoint; the one before stays if that fails.
  public func save() throws {
    try trainer.save(to: checkpointPath, notes: [Self.secondsKey: "\(seconds)"])
  }

  /// Writes the weights as a model folder into `export` inside the run's folder.
  ///
  /// - Parameters:
  ///   - withCard: Whether to measure the weights on all held-out data and write the model's card.
  ///   - revision: The revision of the source, for the card.
  /// - Returns: The path of the model folder.
  /// - Throws: Errors of the task's export.
  @discardableResult
  public func export(withCard: Bool = false, revision: String? = nil) throws -> String {
    let path = folder + "/export"
    try task.export(parameters, to: path)
    // So that the scores can be measured again from the model alone.
    try recipe.json().write(to: URL(fileURLWithPath: path + "/recipe.json"), options: .atomic)
    guard withCard else { return path }
    let facts = TrainingFacts(
      recipe: recipe, steps: step, seconds: seconds,
      threads: try ComputeThread.shared().threadCount, revision: revision)
    let card = try task.card(ofModelIn: path, facts: facts)
    try Data(card.utf8).write(to: URL(fileURLWithPath: path + "/README.md"), options: .atomic)
    return path
  }

  // MARK: The curve

  private var curvePath: String { folder + "/curve.jsonl" }

  /// All reports of the run so far, earlier sessions included.
  public func curve() throws -> [Report] {
    guard let text = try? String(contentsOfFile: curvePath, encoding: .utf8) else { return [] }
    return try text.split(separator: "\n").map {
      try JSONDecoder().decode(Report.self, from: Data($0.utf8))
    }
  }

  private func append(_ report: Report) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let line = try encoder.encode(report) + Data("\n".utf8)
    if !FileManager.default.fileExists(atPath: curvePath) {
      try Data().write(to: URL(fileURLWithPath: curvePath))
    }
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: curvePath))
    defer { try? file.close() }
    try file.seekToEnd()
    try file.write(contentsOf: line)
  }

  /// Drops reports of steps that come after the checkpoint, which will be taken again.
  private func forgetReports(after step: Int) throws {
    guard let text = try? String(contentsOfFile: curvePath, encoding: .utf8) else { return }
    let kept = text.split(separator: "\n").filter { line in
      let report = try? JSONDecoder().decode(Report.self, from: Data(line.utf8))
      return report.map { $0.step <= step } ?? false
    }
    let lines = kept.map { $0 + "\n" }.joined()
    try Data(lines.utf8).write(to: URL(fileURLWithPath: curvePath), options: .atomic)
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
}
