import Foundation
import PlumbModels
import ReinforcementLearning

/// A comparison as a recipe asks for it, from loading the models to the report.
public enum DriftComparison {
  /// What a comparison came to.
  public struct Outcome: Sendable {
    /// What was found.
    public let report: DriftReport
    /// The recipe, with the models' digests and what the fine-tuning's recipe filled in.
    public let recipe: DriftRecipe
    /// What a reader should know: what could not be used, and why.
    public let notes: [String]
  }

  /// Compares the models of a recipe.
  ///
  /// - Parameters:
  ///   - recipe: What to compare, and how.
  ///   - library: Where names are looked for.
  ///   - folder: Where control trainings live, if the recipe asks for them.
  ///   - progress: Called with what is being done.
  /// - Returns: The report, and the recipe that replays it.
  /// - Throws: ``DriftError``, errors of the models' files, or `CancellationError`.
  public static func run(
    _ recipe: DriftRecipe, from library: ModelLibrary, controls folder: URL,
    progress: @escaping (DriftProgress) -> Void = { _ in }
  ) throws -> Outcome {
    let loaded = try LoadedSubject(recipe, from: library)
    var notes = loaded.notes
    var analysis = try DriftAnalysis(loaded.subject, settings: recipe.settings)
    if recipe.hasControls {
      if let training = loaded.training {
        analysis.controls = try trainControls(training, loaded, in: folder, progress)
      } else {
        notes.append(
          "Controls repeat a fine-tuning, and the model after is not the folder of one.")
      }
    }
    if let text = recipe.attribution {
      switch try attribution(of: text, loaded, seed: recipe.settings.seed) {
      case .success(let find): analysis.attribution = find
      case .failure(let obstacle): notes.append(obstacle.sentence)
      }
    }
    return Outcome(
      report: try analysis.report(progress: progress), recipe: try filled(recipe, loaded, library),
      notes: notes)
  }

  private static func filled(
    _ recipe: DriftRecipe, _ loaded: LoadedSubject, _ library: ModelLibrary
  ) throws -> DriftRecipe {
    var recipe = recipe
    recipe.before.digest = try loaded.base.digest.value()
    for index in recipe.afters.indices {
      let location = try library.find(recipe.afters[index].name)
      recipe.afters[index].digest = try WeightsDigest(files: location.weightFiles).value()
    }
    recipe.reward = loaded.subject.reward?.name
    recipe.prompts = recipe.prompts ?? loaded.training?.prompts.compactMap(\.text)
    recipe.tokens = loaded.subject.length
    recipe.temperature = loaded.subject.temperature
    return recipe
  }

  private static func trainControls(
    _ recipe: FineTuningRecipe, _ loaded: LoadedSubject, in folder: URL,
    _ progress: (DriftProgress) -> Void
  ) throws -> [(name: String, model: Policy.Model)] {
    try ControlTraining.all(of: recipe, tokenizer: loaded.base.tokenizer).map { control in
      let result = try control.train(loaded.base, in: folder) { step in
        progress(
          DriftProgress(
            stage: "training a control: \(control.name)", done: step, total: recipe.steps))
      }
      return (control.name, try loaded.policy(result))
    }
  }

  private struct Obstacle: Error { let sentence: String }

  /// What attributes a token to training completions of the first run, or why it cannot be done.
  private static func attribution(
    of text: String, _ loaded: LoadedSubject, seed: UInt64
  ) throws -> Result<(Policy.Model) throws -> AttributionFindings?, Obstacle> {
    guard let run = loaded.runs[0], let recipe = loaded.training else {
      return .failure(
        Obstacle(sentence: "Attribution needs the rollouts of a fine-tuning's own folder."))
    }
    if let obstacle = SampleAttribution.obstacle(recipe) {
      return .failure(
        Obstacle(sentence: "Training completions cannot be named, because \(obstacle)."))
    }
    guard let token = loaded.base.tokenizer?.id(of: text) else {
      return .failure(
        Obstacle(sentence: "'\(text)' is not one token of the model, so it cannot be attributed."))
    }
    let subject = loaded.subject
    return .success { before in
      let after = subject.afters[0].model
      let replay = try SampleAttribution(run, base: before, pieces: subject.pieces)
      let states = try tokenStates(token, subject, seed: seed)
      return try replay.attribution(of: token, in: states, after: after.unembedding)
    }
  }

  /// The states before which the tuned model wrote the token; all of them where it never did.
  private static func tokenStates(
    _ token: Int, _ subject: DriftSubject, seed: UInt64
  ) throws -> [Float] {
    let model = subject.afters[0].model
    let sampler = ArmSampler(
      prompts: subject.prompts.map(\.ids), count: 300, length: subject.length,
      endOfText: subject.endOfText, seed: seed)
    let completions = try sampler.sample(
      Policy(model, temperature: subject.temperature), recording: [model.body])
    let width = model.unembedding.width
    let chosen = completions.ids.flatMap { $0 }.enumerated().filter { $0.element == token }
      .flatMap { completions.states[0][$0.offset * width..<($0.offset + 1) * width] }
    return chosen.isEmpty ? completions.states[0] : chosen
  }
}
