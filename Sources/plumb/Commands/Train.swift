import ArgumentParser
import Foundation
import ModelTraining

/// Trains a model from a written recipe.
struct Train: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a model from a written recipe.",
    discussion: """
      The run lives in a folder: checkpoints every few minutes, from which the same command goes on \
      bit for bit, the curve, and the model in export/. Ctrl-C saves first. Long trainings are best \
      run as 'nice plumb train ...'.
      """)

  @Argument(help: "A recipe file, such as 'Recipes/plumb-gpt.json'.")
  var recipe: String?

  @Option(help: "Train nothing, but print the scores of a model on held-out data.")
  var evaluate: String?

  @Option(help: "The folder of the run; runs/NAME if not given.")
  var folder: String?

  @Option(help: "The folder of the training data.")
  var data: String

  @Option(help: "Take at most this many steps now.")
  var steps: Int?

  @Option(help: "Minutes between two checkpoints.")
  var checkpointMinutes = 3.0

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var models: ModelOptions

  @Option(help: "The revision of the source, for the model's card.")
  var revision: String?

  @Flag(help: "Print how one step is computed, with times, and stop.")
  var explain = false

  @Flag(help: "Print the last report as one JSON object at the end.")
  var json = false

  func validate() throws {
    guard (recipe == nil) != (evaluate == nil) else {
      throw ValidationError("Name either a recipe to train or a model to --evaluate.")
    }
    if let steps, steps < 1 { throw ValidationError("--steps must be 1 or more, not \(steps).") }
    guard checkpointMinutes > 0 else {
      throw ValidationError("--checkpoint-minutes must be above 0, not \(checkpointMinutes).")
    }
  }

  func run() async throws {
    threads.apply()
    if let evaluate { return try await printScores(of: evaluate) }
    guard let path = recipe else { return }
    let recipe = try TrainingRecipe(contentsOf: path)
    let folder = folder ?? "runs/\(recipe.name)"
    if explain {
      print(
        try TrainingRun(recipe, task: recipe.task(data: data, folder: folder), folder: folder)
          .explanation())
      return
    }
    let (data, steps, interval, isQuiet) = (data, steps, checkpointMinutes * 60, json)
    let revision = revision
    let last = try await interruptible {
      try Self.train(
        recipe, data: data, folder: folder, steps: steps, checkpointInterval: interval,
        revision: revision, isQuiet: isQuiet)
    }
    if json {
      try CommandOutput("train", recipe: recipe, Fields(folder: folder, last: last)).print()
    }
  }

  private static func train(
    _ recipe: TrainingRecipe, data: String, folder: String, steps: Int?,
    checkpointInterval: Double, revision: String?, isQuiet: Bool
  ) throws -> TrainingRun.Report? {
    let task = try recipe.task(data: data, folder: folder)
    for damage in task.damages { write("Left out: \(damage)") }
    let run = try TrainingRun(recipe, task: task, folder: folder)
    let line = ProgressLine(recipe.name, unit: "steps")
    line.update(run.step, of: recipe.steps)
    var last: TrainingRun.Report?
    do {
      try run.train(limit: steps, checkpointInterval: checkpointInterval) { report in
        last = report
        line.update(report.step, of: recipe.steps, note: note(report))
        if let scores = report.scores {
          line.finish()
          write("step \(report.step): \(list(scores))")
          try run.export()
        }
      }
    } catch is CancellationError {
      line.finish()
      write("Saved at step \(run.step); the same command goes on from here.")
      throw CancellationError()
    }
    line.finish()
    let path = try run.export(withCard: true, revision: revision)
    if !isQuiet { print("The model after \(run.step) steps is in \(path).") }
    return last
  }

  private func printScores(of name: String) async throws {
    let location = try models.find(name)
    let (library, data, isQuiet) = (models.library, data, json)
    let scores = try await interruptible {
      try ModelEvaluation.scores(of: location, library: library, data: data) { part in
        if !isQuiet { Self.write("measuring \(part)") }
      }
    }
    if json {
      try CommandOutput("train", Evaluation(model: location.name, scores: scores)).print()
      return
    }
    let width = scores.map(\.name.count).max() ?? 0
    for score in scores {
      print(
        score.name.padding(toLength: width + 2, withPad: " ", startingAt: 0)
          + String(format: "%.4f  [%.4f, %.4f]  ", score.estimate, score.low, score.high)
          + "\(score.unit), \(score.count) held out")
    }
  }

  private struct Evaluation: Encodable {
    let model: String
    let scores: [HeldOutScore]
  }

  private static func note(_ report: TrainingRun.Report) -> String {
    list(report.metrics)
      + String(
        format: ", rate %.2g, %.1f examples/s, %.1f GFLOP/s", report.learningRate,
        report.examplesPerSecond, report.gigaflops)
  }

  private static func list(_ values: [String: Double]) -> String {
    values.sorted { $0.key < $1.key }.map { String(format: "\($0.key) %.4f", $0.value) }
      .joined(separator: ", ")
  }

  private static func write(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  private struct Fields: Encodable {
    let folder: String
    let last: TrainingRun.Report?
  }
}
