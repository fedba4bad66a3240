import Foundation
import LanguageModeling
import LanguageModels
import PlumbFiles
import PlumbGraph
import PlumbModels
import PlumbRuntime

/// A fine-tuning by reward under way in a folder, which a later run resumes bit for bit.
public final class FineTuningRun {
  /// What is done.
  public let recipe: FineTuningRecipe
  /// Where the run lives.
  public let folder: FineTuningFolder
  /// The model that the run starts from.
  public let model: LanguageModel
  /// What the self-checks have found.
  public internal(set) var checks: [SelfCheck] = []
  /// How many steps were taken.
  public internal(set) var step = 0

  let policy: Policy
  let reward: RewardFunction
  let texts: TokenTexts?
  var klCoefficient: Double
  var memory = AdvantageEstimator.Memory()
  var identity = OnPolicyIdentity()

  /// Opens a run: a new one, or the one that the folder holds.
  ///
  /// - Parameters:
  ///   - recipe: What to do.
  ///   - model: The model that the recipe names.
  ///   - folder: Where the run lives; it is made if need be.
  /// - Throws: ``FineTuningError`` if a setting has no meaning or the folder holds a run of another
  ///   recipe; ``RewardError`` if the reward does not suit the model; errors of files.
  public init(_ recipe: FineTuningRecipe, model: LanguageModel, folder: URL) throws {
    try recipe.validate()
    self.recipe = recipe
    self.model = model
    self.folder = FineTuningFolder(folder)
    reward = try RewardFunction(recipe.reward, tokenizer: model.tokenizer)
    texts = model.tokenizer.map(TokenTexts.init)
    klCoefficient = recipe.penalty.initial
    let isNew = try self.folder.isNew(for: recipe)
    policy = try Policy(model.transformer, recipe)
    if isNew { try self.folder.write(recipe, to: self.folder.recipeFile) }
    try resume()
  }

  /// Trains until all steps are taken or the task is cancelled; the state is saved either way.
  ///
  /// - Parameters:
  ///   - limit: The most steps to take now; all that are left if `nil`.
  ///   - checkpointInterval: Seconds between two checkpoints.
  ///   - report: Is told what each step did.
  /// - Throws: `CancellationError` after saving, if the task was cancelled;
  ///   ``FineTuningError/notFinite(step:what:folder:)`` or
  ///   ``FineTuningError/failedCheck(step:_:)``, also after saving; errors of files.
  public func train(
    limit: Int? = nil, checkpointInterval: Double = 15,
    report: (StepMetrics) throws -> Void = { _ in }
  ) throws {
    if !folder.exists(folder.beforeFile) {
      try folder.write(try completions(of: nil), to: folder.beforeFile)
    }
    let end = min(recipe.steps, limit.map { step + $0 } ?? recipe.steps)
    let clock = ContinuousClock()
    var lastCheckpoint = clock.now
    do {
      while step < end {
        try Task.checkCancellation()
        let metrics = try takeStep()
        if step.isMultiple(of: recipe.snapshotInterval) || step == recipe.steps {
          try ModelChanges(try policy.changes()).write(
            to: folder.snapshotFile(step: step), notes: ["step": "\(step)"])
        }
        try report(metrics)
        if clock.now - lastCheckpoint > .seconds(checkpointInterval) {
          try save()
          lastCheckpoint = clock.now
        }
      }
    } catch {
      // Nothing has moved since the last whole step, unless a batch is used more than once.
      if recipe.epochs == 1 || error is CancellationError { try save() }
      throw error
    }
    try save()
    if step == recipe.steps, !folder.exists(folder.afterFile) { try finish() }
  }

  /// Whether all steps are taken and the result is written.
  public var isFinished: Bool {
    step == recipe.steps && folder.exists(folder.afterFile)
  }

  // MARK: Files

  private static let (stepKey, progressKey) = ("plumb-step", "plumb-progress")

  /// What a resumed run needs besides tensors.
  private struct Progress: Codable {
    var updates: Int
    var klCoefficient: Double
    var memory: AdvantageEstimator.Memory
    var identity: OnPolicyIdentity
  }

  /// Writes the state; the one before stays if that fails.
  public func save() throws {
    let progress = Progress(
      updates: policy.updates, klCoefficient: klCoefficient, memory: memory, identity: identity)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = String(decoding: try encoder.encode(progress), as: UTF8.self)
    if !checks.isEmpty { try folder.write(checks, to: folder.checksFile) }
    try SafetensorsWriter.write(
      try policy.state().mapValues { StoredTensor($0.elements, shape: $0.shape.sizes) },
      metadata: [Self.stepKey: "\(step)", Self.progressKey: text], to: folder.stateFile.path)
  }

  private func resume() throws {
    if folder.exists(folder.stateFile) {
      let file = try SafetensorsFile(path: folder.stateFile.path)
      guard let step = file.metadata[Self.stepKey].flatMap(Int.init),
        let text = file.metadata[Self.progressKey],
        let progress = try? JSONDecoder().decode(Progress.self, from: Data(text.utf8))
      else {
        throw FineTuningError.unreadable(
          path: folder.stateFile.path, reason: "it is no state of a fine-tuning")
      }
      var state: [String: Tensor] = [:]
      for name in file.names {
        let stored = try file.tensor(name)
        state[name] = try Tensor(Shape(stored.shape), stored.floats())
      }
      try policy.restore(state, updates: progress.updates)
      self.step = step
      klCoefficient = progress.klCoefficient
      memory = progress.memory
      identity = progress.identity
      checks = try folder.checks()
    }
    try folder.forgetLines(of: folder.metricsFile, after: step)
    try folder.forgetLines(of: folder.rolloutsFile, after: step)
    for later in folder.snapshotSteps where later > step {
      try? FileManager.default.removeItem(at: folder.snapshotFile(step: later))
    }
  }

  /// Writes the result, and the completions of the model as it was written.
  private func finish() throws {
    let changes = try policy.changes()
    let result = try model.transformer.adding(changes)
    try writeModel(result, changes)
    try folder.write(try completions(of: result), to: folder.afterFile)
  }

  private func writeModel(
    _ result: TransformerModel, _ changes: [String: Tensor]
  ) throws {
    let target = folder.modelFolder
    if recipe.trainedPart == .all {
      try result.save(to: target.path)
      try model.tokenizer?.save(to: target)
      return
    }
    try ModelChanges(changes).write(
      to: target.appendingPathComponent(ModelChanges.fileName), notes: ["base": recipe.model.name])
    try ModelDescription(
      name: folder.url.lastPathComponent, kind: .language, weights: [ModelChanges.fileName],
      base: .init(name: recipe.model.name, digest: recipe.model.digest)
    ).write(to: target)
  }

  /// Completions of the base, or of a model that came of it, with the same random numbers.
  func completions(of result: TransformerModel?) throws -> CompletionSet {
    let decoder = try Decoder(result ?? model.transformer, threads: recipe.threads)
    var all: [SampledCompletion] = []
    for prompt in recipe.prompts {
      let drawn = try decoder.completions(
        of: prompt.ids, numbers: 0..<recipe.samples,
        options: GenerationOptions(
          newTokens: recipe.tokens,
          sampling: Sampling(temperature: recipe.temperature, topK: nil), seed: recipe.seed,
          endTokens: endToken.map { [$0] } ?? []), tokenizer: model.tokenizer)
      let base = try baseLogProbabilities(of: drawn, prompt: prompt)
      for (completion, base) in zip(drawn, base) {
        all.append(sampled(completion, prompt: prompt, base: base))
      }
    }
    return CompletionSet(completions: all)
  }

  /// The log-probabilities of tokens under the base, where the reward needs them.
  private func baseLogProbabilities(
    of completions: [Completion], prompt: PromptTokens
  ) throws -> [[Float]?] {
    guard recipe.reward.needs.contains(.baseLogProbabilities) else {
      return completions.map { _ in nil }
    }
    let decoder = try Decoder(model.transformer, threads: recipe.threads)
    let states = try decoder.hiddenStates(
      of: completions.map { prompt.ids + $0.ids.dropLast() })
    return zip(completions, states).map { completion, states in
      let hidden = (0..<completion.ids.count).flatMap {
        states.row(prompt.ids.count - 1 + $0)
      }
      return policy.head.statistics(
        of: PolicyRows(
          hidden: hidden, baseHidden: nil, targets: completion.ids.map { Int32($0) })
      ).baseLogProbabilities
    }
  }

  private func sampled(
    _ completion: Completion, prompt: PromptTokens, base: [Float]?
  ) -> SampledCompletion {
    let rewarded = RewardedCompletion(completion.ids, texts: texts, baseLogProbabilities: base)
    let credit = reward.credit(of: rewarded)
    let tokens = completion.ids.indices.map { index in
      SampledCompletion.Token(
        id: completion.ids[index],
        text: String(decoding: texts?.bytes(of: completion.ids[index]) ?? [], as: UTF8.self),
        logprob: completion.logProbabilities[index], credit: credit.perToken[index])
    }
    return SampledCompletion(
      index: completion.index, prompt: prompt.text ?? "\(prompt.ids)", text: rewarded.text,
      ids: completion.ids, tokens: tokens, finish: completion.finish, reward: credit.total)
  }

  /// The token that ends a completion.
  var endToken: Int? { recipe.stopsAtEnd ? model.tokenizer?.endOfText : nil }
}
