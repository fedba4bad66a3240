import ArgumentParser
import Drift
import Foundation
import PlumbFiles
import PlumbModels
import Reporting

/// Says what changed between models, and why.
struct DriftCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drift",
    abstract: "What changed between a model and those trained from it, and why, with intervals.",
    discussion: """
      BEFORE and AFTER are language models: names from 'plumb models', folders, or runs of 'plumb \
      finetune'. Several AFTER are seeds of one experiment; from five on, intervals are over seeds \
      too. Reward, prompts, snapshots and training completions come from the run's folder.

      The answer is printed, and a page with all evidence is written that opens without a network, \
      beside it the same numbers as JSON.
      """)

  @Argument(help: "The model before.")
  var before: String

  @Argument(help: "The models after; several are seeds of one experiment.")
  var after: [String]

  @Option(help: "The reward, where AFTER does not say it, such as 'count(\".\")'.")
  var reward: String?

  @Option(help: "What is completed; may be given repeatedly. '' is the start of a document.")
  var prompt: [String] = []

  @Option(help: "The most tokens of a completion; the training's, or 30.")
  var tokens: Int?

  @Option(help: "What logits are divided by everywhere; the training's, or 1.")
  var temperature: Float?

  @Option(help: "Completions per arm and seed.")
  var completions = 1000

  @Flag(help: "Also train controls: shuffled rewards, other targets, another optimizer.")
  var controls = false

  @Option(help: "Name the training completions that raised this token (after --optimizer sgd).")
  var attribute: String?

  @Option(
    name: [.short, .long], help: "The page to write; the numbers go beside it as JSON.")
  var output = "drift.html"

  @Option(help: "Random seed; the same seed gives the same report.")
  var seed: UInt64 = 0

  @OptionGroup var modelOptions: ModelOptions
  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  func validate() throws {
    guard !after.isEmpty else {
      throw ValidationError("Name at least one model after '\(before)'.")
    }
    guard completions >= 2 else {
      throw ValidationError("--completions must be 2 or more, not \(completions).")
    }
    if let tokens, tokens < 1 {
      throw ValidationError("--tokens must be 1 or more, not \(tokens).")
    }
    if let temperature, !(temperature > 0 && temperature.isFinite) {
      throw ValidationError("--temperature must be above 0, not \(temperature).")
    }
  }

  func run() async throws {
    let page = URL(fileURLWithPath: (output as NSString).expandingTildeInPath)
    let numbers = page.deletingPathExtension().appendingPathExtension("json")
    try OutputPath.prepare(file: page.path)
    var recipe = DriftRecipe(
      before: .init(name: before), afters: after.map { .init(name: $0) },
      settings: DriftSettings(completions: completions, seed: seed), threads: threads.apply())
    recipe.reward = reward
    recipe.prompts = prompt.isEmpty ? nil : prompt
    (recipe.tokens, recipe.temperature) = (tokens, temperature)
    (recipe.hasControls, recipe.attribution) = (controls, attribute)
    let (library, silent, asked) = (modelOptions.library, json, recipe)
    let outcome = try await interruptible {
      try Self.compare(asked, library, controls: page.deletingPathExtension(), isSilent: silent)
    }
    let output = CommandOutput("drift", recipe: outcome.recipe, Fields(outcome, page: page.path))
    let text = try JSONText.pretty(output)
    try Data((text + "\n").utf8).write(to: numbers, options: .atomic)
    let recipeText = try JSONText.pretty(outcome.recipe)
    try DriftPage(outcome.report, recipe: recipeText).page.write(to: page.path)
    if json {
      print(text)
    } else {
      print(DriftText(outcome, page: page.path).text)
    }
  }

  private static func compare(
    _ recipe: DriftRecipe, _ library: ModelLibrary, controls: URL, isSilent: Bool
  ) throws -> DriftComparison.Outcome {
    var line: ProgressLine?
    var stage = ""
    defer { line?.finish() }
    return try DriftComparison.run(
      recipe, from: library,
      controls: controls.deletingLastPathComponent()
        .appendingPathComponent(controls.lastPathComponent + "-controls")
    ) { progress in
      if progress.stage != stage {
        line?.finish()
        stage = progress.stage
        line = ProgressLine(stage, unit: "done", isSilent: isSilent)
      }
      line?.update(progress.done, of: progress.total)
    }
  }

  private struct Fields: Encodable {
    let parts: [DriftPart]
    let verdict: [String]
    let pairs: [DriftReport.Pair]
    let notes: [String]
    let attribution: AttributionFindings?
    let page: String

    init(_ outcome: DriftComparison.Outcome, page: String) {
      let report = outcome.report
      (parts, verdict, pairs) = (report.parts, report.verdict, report.pairs)
      (notes, attribution, self.page) = (outcome.notes, report.attribution, page)
    }
  }
}
