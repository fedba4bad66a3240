import LanguageModeling
import LanguageModels
import PlumbGraph
import PlumbRuntime

/// A language model that is trained, beside the base it came from.
///
/// Where only the final layer moves, both share the frozen body: the hidden states behind the sampled
/// tokens are those that sampling computed, and no further forward pass takes place.
final class Policy {
  let head: PolicyHead
  private let model: TransformerModel
  private let part: TrainedPart
  private let headOptimizer: HeadOptimizer?
  private let body: PolicyBody?
  private let source: DecoderRollouts
  private let schedule: LearningRateSchedule
  private let threads: Int
  /// How many updates were made.
  private(set) var updates = 0
  /// Whether the source still draws from weights of an earlier update.
  private var isStale = false

  init(_ model: TransformerModel, _ recipe: FineTuningRecipe) throws {
    self.model = model
    part = recipe.trainedPart
    schedule = recipe.schedule
    threads = recipe.threads
    let configuration = model.configuration
    guard part != .tiedFinalLayer || configuration.isTied else {
      throw FineTuningError.notTied(model: recipe.model.name)
    }
    guard part == .finalLayer || part == .tiedFinalLayer || configuration.layers > 0 else {
      throw FineTuningError.noBlocks(model: recipe.model.name)
    }
    let longest = recipe.prompts.map(\.ids.count).max() ?? 0
    guard longest + recipe.tokens <= configuration.contextLength else {
      throw FineTuningError.tooLong(
        prompt: longest, tokens: recipe.tokens, limit: configuration.contextLength)
    }
    // An untied model that is trained as a whole has its unembedding trained by the head as well.
    let isHeadTrained =
      part == .finalLayer || part == .all || part == .tiedFinalLayer
    head = try PolicyHead(
      unembedding: model.unembedding(), bias: model.unembeddingBias(),
      temperature: recipe.temperature, isTrained: isHeadTrained, threads: recipe.threads)
    headOptimizer =
      part == .finalLayer || (part == .all && !configuration.isTied)
      ? try HeadOptimizer(head, recipe.optimizer, clippingNorm: recipe.clippingNorm) : nil
    body =
      part.movesBody
      ? try PolicyBody(
        model, part: part, batch: recipe.batch, length: longest + recipe.tokens - 1,
        options: .init(
          optimizer: recipe.optimizer, schedule: recipe.schedule,
          clippingNorm: recipe.clippingNorm, seed: recipe.seed)) : nil
    source = DecoderRollouts(
      try Decoder(model, precision: recipe.precision, threads: recipe.threads),
      unembedding: head.unembedding(),
      keepsLogits: body == nil)
  }

  // MARK: Sampling

  /// Draws completions from the policy as it is now.
  func draw(
    _ prompts: [PromptTokens], order: [Int], numbers: [Int], settings: RolloutSettings
  ) throws -> RolloutBatch {
    if isStale { try refresh() }
    return try source.draw(prompts, order: order, numbers: numbers, settings: settings)
  }

  private func refresh() throws {
    if let body {
      let model = try model.adding(try body.changes())
      source.decoder = try Decoder(model, threads: threads)
    }
    source.unembedding = head.unembedding()
    isStale = false
  }

  /// The rows of a batch, with the hidden states of policy and base behind each token.
  func rows(of batch: RolloutBatch, prompts: [PromptTokens]) throws -> PolicyRows {
    let targets = batch.rollouts.flatMap { $0.ids.map { Int32($0) } }
    guard let body else {
      return PolicyRows(hidden: batch.hidden, baseHidden: nil, targets: targets)
    }
    let hidden = try body.hidden(of: batch.rollouts, prompts: prompts)
    return PolicyRows(hidden: hidden.policy, baseHidden: hidden.base, targets: targets)
  }

  // MARK: Training

  /// What an update did.
  struct Update {
    var statistics: PolicyStatistics
    var gradientNorm: Double
    var learningRate: Double
  }

  /// Moves the weights one step; they stay as they were if anything is not a number.
  ///
  /// - Parameters:
  ///   - rows: The rows of the batch.
  ///   - batch: The batch.
  ///   - prompts: The prompts.
  ///   - weights: What the loss puts on each row.
  ///   - check: Called with the statistics and, once it is known, the norm of the gradient, before
  ///     anything moves.
  /// - Returns: What the update did.
  /// - Throws: What `check` throws, or an error of the runtime.
  func update(
    _ rows: PolicyRows, _ batch: RolloutBatch, prompts: [PromptTokens], weights: PolicyWeights,
    check: (PolicyStatistics, _ norm: Double) throws -> Void
  ) throws -> Update {
    head.beginGradient()
    let (statistics, upstream) = try head.accumulateGradient(
      of: rows, needsHidden: body != nil
    ) { numbers, _ in weights[numbers] }
    var norm = headOptimizer?.gradientNorm() ?? 0
    try check(statistics, norm)
    let rate = schedule.rate(at: updates + 1)
    if let body {
      let tied = try body.tiedUnembedding() == nil ? nil : head.gradient.read(head.count)
      let bodyNorm = try body.step(
        along: upstream, unembedding: tied, rollouts: batch.rollouts, prompts: prompts)
      norm = (norm * norm + bodyNorm * bodyNorm).squareRoot()
      try takeOverSharedUnembedding(of: body)
    }
    updates += 1
    if let headOptimizer {
      let own = headOptimizer.gradientNorm()
      headOptimizer.step(updates, rate: rate, gradientNorm: own)
    }
    isStale = true
    return Update(statistics: statistics, gradientNorm: norm, learningRate: rate)
  }

  private func takeOverSharedUnembedding(of body: PolicyBody) throws {
    guard let shared = try body.tiedUnembedding() else { return }
    head.weights.write(shared)
    head.weightsChanged()
  }

  /// How each row's log-probability depends on the hidden state behind it, `[row, model]`.
  func pulls(of rows: PolicyRows) throws -> [Float] {
    head.beginGradient()
    let upstream = try head.accumulateGradient(of: rows, needsHidden: true) { range, _ in
      let zeros = [Float](repeating: 0, count: range.count)
      return PolicyWeights(log: zeros.map { _ in -1 }, divergence: zeros, entropy: zeros)
    }.hidden
    head.beginGradient()
    return upstream
  }

  // MARK: Weights

  /// How far each parameter has moved from the base.
  func changes() throws -> [String: Tensor] {
    var changes = try body?.changes() ?? [:]
    if headOptimizer != nil {
      let base = try head.baseWeights()
      var tensor = try Tensor([head.vocabulary, head.width], head.weights.read(head.count))
      for index in base.indices { tensor.elements[index] -= base[index] }
      changes["unembed.W_U"] = tensor.transposed()
    }
    return changes
  }

  /// The L2 norm of all changes.
  func changeNorm() throws -> Double {
    try changes().values.reduce(0.0) { sum, tensor in
      tensor.elements.reduce(sum) { $0 + Double($1) * Double($1) }
    }.squareRoot()
  }

  // MARK: State

  /// Everything that a resumed run needs.
  func state() throws -> [String: Tensor] {
    var state: [String: Tensor] = [:]
    for (name, tensor) in try body?.state() ?? [:] { state["body.\(name)"] = tensor }
    if let headOptimizer {
      let shape: Shape = [head.vocabulary, head.width]
      state["head.weights"] = try Tensor(shape, head.weights.read(head.count))
      for (index, moment) in headOptimizer.state.enumerated() {
        state["head.moment\(index)"] = try Tensor(shape, moment)
      }
    }
    return state
  }

  /// Continues from a state after a number of updates.
  func restore(_ state: [String: Tensor], updates: Int) throws {
    if let body {
      let part = state.filter { $0.key.hasPrefix("body.") }
      try body.restore(
        Dictionary(uniqueKeysWithValues: part.map { (String($0.key.dropFirst(5)), $0.value) }),
        step: updates)
      try takeOverSharedUnembedding(of: body)
    }
    if let headOptimizer, let weights = state["head.weights"] {
      head.weights.write(weights.elements)
      head.weightsChanged()
      headOptimizer.state = headOptimizer.state.indices.compactMap {
        state["head.moment\($0)"]?.elements
      }
    }
    self.updates = updates
    isStale = updates > 0
  }
}
