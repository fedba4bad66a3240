import ArgumentParser
import Foundation
import LanguageModels
import ReinforcementLearning

/// Fine-tunes a language model by reward, and shows before and after.
struct Finetune: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fine-tune a language model by reward; before and after side by side.",
    discussion: """
      Completions of the prompts are drawn, rewarded, and made likelier or less likely by policy \
      gradient. What a completion is worth is an expression:

        count(".")               how often a text occurs
        token("."), token(13)    how many tokens are this one
        matches("[0-9]+")        matches of a regular expression
        words("good", "fine")    whole words, whatever their case; lexicon("FILE") reads them
        length, characters       tokens, characters
        logprob                  log-probability under the base model, in nats
        clip(E, LOW, HIGH)       kept between two limits; and + - * ( )

      The run lives in a folder and is a model argument itself. Ctrl-C saves first; the same command \
      goes on, bit for bit. 'plumb drift' says what changed and why.
      """)

  @Argument(help: "A language model from 'plumb models', a folder, or an earlier run.")
  var model: String

  @Option(help: "What a completion is worth, such as 'count(\".\")'.")
  var reward: String

  @Option(help: "What is completed; may be given repeatedly. '' is the start of a document.")
  var prompt: [String] = []

  @Option(help: "A prompt as token ids, such as '12,5,7', for models without a tokenizer.")
  var ids: [TokenIDs] = []

  @Option(
    name: [.short, .long],
    help: "The folder of the run; a name made from the recipe under 'runs' if not given.")
  var output: String?

  @OptionGroup(title: "How") var method: FinetuneMethodOptions

  @Option(help: "Completions of each prompt before and after.")
  var samples = 10

  @Option(help: "Steps between two snapshots of the weights.")
  var snapshotInterval: Int?

  @Option(help: "A control experiment: shuffled-rewards.")
  var control: FineTuningRecipe.Control?

  @Flag(inversion: .prefixedNo, help: "Look for mistakes while training, and stop at one.")
  var checks = true

  @Option(help: "Random seed; the same seed gives the same run.")
  var seed: UInt64 = 0

  @OptionGroup var modelOptions: ModelOptions
  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  func run() async throws {
    let threadCount = threads.apply()
    let location = try modelOptions.find(model)
    let (library, silent) = (modelOptions.library, json)
    let base = try LanguageModel(location, library: library)
    let recipe = try recipe(for: base, threads: threadCount)
    let folder = URL(
      fileURLWithPath: try output ?? "runs/\(Self.folderName(recipe))")
    let outcome = try await interruptible {
      try Self.train(recipe, base, folder, isSilent: silent)
    }
    if json {
      try CommandOutput(
        "finetune", recipe: recipe,
        Fields(
          output: folder.path, before: outcome.before, after: outcome.after,
          metrics: outcome.metrics, checks: outcome.checks, earners: outcome.earners,
          secondsPerStep: outcome.secondsPerStep)
      ).print()
    } else {
      print(FinetuneText(recipe, outcome, folder: folder).text)
    }
  }

  /// What a run came to.
  struct Outcome: Sendable {
    let before: CompletionSet
    let after: CompletionSet
    let metrics: [StepMetrics]
    let checks: [SelfCheck]
    let earners: [FineTuningRun.Earner]
    /// The median over the steps of this session; `nil` if it took none.
    let secondsPerStep: Double?
  }

  private static func train(
    _ recipe: FineTuningRecipe, _ model: LanguageModel, _ folder: URL, isSilent: Bool
  ) throws -> Outcome {
    let run = try FineTuningRun(recipe, model: model, folder: folder)
    let line = ProgressLine(recipe.model.name, unit: "steps", isSilent: isSilent)
    line.update(run.step, of: recipe.steps)
    var times: [ContinuousClock.Instant] = [.now]
    do {
      try run.train { metrics in
        times.append(.now)
        line.update(
          metrics.step, of: recipe.steps,
          note: String(
            format: "reward %.2f, KL %.2f nats, entropy %.2f", metrics.reward, metrics.kl,
            metrics.entropy))
      }
    } catch is CancellationError {
      line.finish()
      FileHandle.standardError.write(
        Data(
          "Saved after step \(run.step) in \(folder.path); the same command goes on from here.\n"
            .utf8))
      throw CancellationError()
    }
    line.finish()
    return Outcome(
      before: try run.folder.before(), after: try run.folder.after(),
      metrics: try run.folder.metrics(), checks: run.checks,
      earners: try run.earners(of: run.folder.after()), secondsPerStep: median(of: times))
  }

  /// The median time between two steps, without the first, which prepares much.
  private static func median(of times: [ContinuousClock.Instant]) -> Double? {
    let seconds = zip(times.dropFirst(), times.dropFirst(2)).map { ($1 - $0) / .seconds(1) }
    return seconds.isEmpty ? nil : seconds.sorted()[seconds.count / 2]
  }

  private func recipe(
    for base: LanguageModel, threads: Int
  ) throws -> FineTuningRecipe {
    let reward = try Reward(parsing: reward, tokenizer: base.tokenizer)
    var prompts = try prompt.map { try PromptTokens($0, tokenizer: base.tokenizer) }
    prompts += ids.map { PromptTokens(text: nil, ids: $0.values) }
    if prompts.isEmpty { prompts = [try PromptTokens("", tokenizer: base.tokenizer)] }
    let location = base.location
    var recipe = FineTuningRecipe(
      model: .init(
        name: location.place == nil ? location.url.path : location.name,
        digest: try base.digest.value()),
      reward: reward, prompts: prompts, threads: threads)
    try method.apply(to: &recipe)
    recipe.samples = samples
    recipe.snapshotInterval = snapshotInterval ?? max(recipe.steps / 10, 1)
    recipe.control = control
    recipe.checksItself = checks
    recipe.seed = seed
    try recipe.validate()
    return recipe
  }

  /// The model's name and a few digits that tell the recipe from others, so that the same command
  /// finds its run again.
  private static func folderName(_ recipe: FineTuningRecipe) throws -> String {
    let name = recipe.model.name.split(separator: "/").last.map(String.init) ?? "model"
    return "finetune-\(name)-\(try recipe.fingerprint)"
  }

  private struct Fields: Encodable {
    let output: String
    let before: CompletionSet
    let after: CompletionSet
    let metrics: [StepMetrics]
    let checks: [SelfCheck]
    let earners: [FineTuningRun.Earner]
    let secondsPerStep: Double?
  }
}

extension FineTuningRecipe.Control: ExpressibleByArgument {}
