import LanguageModeling
import LanguageModels
import PlumbGraph
import PlumbRuntime

/// The part of a policy below the unembedding, where it is trained too.
///
/// The gradient for the final hidden states comes from the ``PolicyHead``; here it goes on through
/// the blocks. Positions after a completion's end are padding, which a causal model never sees.
final class PolicyBody {
  /// The policy's weights, its adapters among them.
  let parameters: ParameterStore
  private let configuration: TransformerConfiguration
  private let adapters: LowRankAdapters?
  private let batch: Int
  private let length: Int
  private let trainer: Trainer
  /// Final hidden states under the policy and under the base: two programs compiled alike, so that
  /// equal weights give equal bits.
  private let forward: Program
  private let baseForward: Program
  private let baseParameters: ParameterStore
  /// The parameter that takes the head's gradient for the unembedding too.
  private let tiedName: String?
  private let trained: [String]
  private var changesProgram: Program?

  /// Compiles a body for batches of one shape.
  init(
    _ model: TransformerModel, part: TrainedPart, batch: Int, length: Int,
    options: Trainer.Options
  ) throws {
    let configuration = model.configuration
    self.configuration = configuration
    self.batch = batch
    self.length = length
    baseParameters = model.parameters
    parameters = ParameterStore()
    for name in model.parameters.names { try parameters.set(name, model.parameters.value(name)) }

    let network = try configuration.network(batch: batch, positions: length, hooks: .none)
    let base = Graph(["hidden": network.finalHidden])
    var graph = base
    if case .lowRank(let rank, let alpha) = part {
      let adapters = LowRankAdapters(configuration, rank: rank, alpha: alpha)
      for (name, tensor) in adapters.initialValues(seed: options.seed) {
        try parameters.set(name, tensor)
      }
      self.adapters = adapters
      graph = try adapters.adapting(base)
    } else {
      adapters = nil
    }
    let names = graph.parameters.map(\.label)
    let trained = Self.trainedNames(part, configuration, of: names, adapters: adapters)
    self.trained = trained
    let isTied = configuration.isTied && trained.contains("embed.W_E")
    tiedName = isTied ? "embed.W_E" : nil

    let hidden = try graph.output("hidden")
    var loss = try (hidden * .input("upstream", hidden.shape)).sum()
    if isTied {
      // A linear term whose gradient for the shared matrix is the head's.
      let shape: Shape = [configuration.vocabulary, configuration.width]
      loss =
        try loss
        + (Node.parameter("embed.W_E", shape) * .input("unembedding gradient", shape)).sum()
        .reshaped(loss.shape)
    }
    trainer = try Trainer(
      Graph(["loss": loss]), parameters: parameters, trained: trained, options: options)
    forward = try Program(
      graph, parameters: parameters, options: .init(updated: Set(names)))
    baseForward = try Program(
      adapters == nil ? base : graph,
      parameters: try Self.withAdapters(baseParameters, adapters, seed: options.seed),
      options: .init(updated: Set(names)))
  }

  /// The base's parameters, with adapters that do nothing, so that its graph is the policy's.
  private static func withAdapters(
    _ parameters: ParameterStore, _ adapters: LowRankAdapters?, seed: UInt64
  ) throws -> ParameterStore {
    guard let adapters else { return parameters }
    let store = ParameterStore()
    for name in parameters.names { try store.set(name, parameters.value(name)) }
    for (name, tensor) in adapters.initialValues(seed: seed) { try store.set(name, tensor) }
    return store
  }

  private static func trainedNames(
    _ part: TrainedPart, _ configuration: TransformerConfiguration, of names: [String],
    adapters: LowRankAdapters?
  ) -> [String] {
    switch part {
    case .finalLayer: []
    case .tiedFinalLayer: ["embed.W_E"]
    case .lastBlock:
      names.filter {
        $0.hasPrefix("blocks.\(configuration.layers - 1).") || $0.hasPrefix("ln_final.")
      }
    case .all: names
    case .lowRank: adapters?.names ?? []
    }
  }

  // MARK: Passes

  /// The final hidden states behind the tokens of a batch, under the policy and under the base.
  func hidden(
    of rollouts: [Rollout], prompts: [PromptTokens]
  ) throws -> (policy: [Float], base: [Float]) {
    let inputs = ["ids": try ids(of: rollouts, prompts: prompts)]
    let policy = try forward(inputs)["hidden"]?.elements ?? []
    let base = try baseForward(inputs)["hidden"]?.elements ?? []
    var rows: (policy: [Float], base: [Float]) = ([], [])
    for place in places(of: rollouts, prompts: prompts) {
      rows.policy += policy[place]
      rows.base += base[place]
    }
    return rows
  }

  /// Moves the weights against a gradient for the final hidden states.
  ///
  /// - Parameters:
  ///   - upstream: The gradient for the states behind the tokens, `[token, model]`.
  ///   - unembedding: The head's gradient for the unembedding, `[vocabulary, model]`, where the model
  ///     is tied; `nil` where it is not trained.
  ///   - rollouts: The completions.
  ///   - prompts: Their prompts.
  /// - Returns: The norm of the gradient.
  /// - Throws: An error of the runtime.
  func step(
    along upstream: [Float], unembedding: [Float]?, rollouts: [Rollout], prompts: [PromptTokens]
  ) throws -> Double {
    let width = configuration.width
    var gradient = Tensor([batch, length, width], filledWith: 0)
    var start = 0
    for place in places(of: rollouts, prompts: prompts) {
      gradient.elements.replaceSubrange(place, with: upstream[start..<start + place.count])
      start += place.count
    }
    var inputs = ["ids": try ids(of: rollouts, prompts: prompts), "upstream": gradient]
    if tiedName != nil, let unembedding {
      inputs["unembedding gradient"] = try Tensor(
        [configuration.vocabulary, width], unembedding)
    }
    return try trainer.step(inputs).gradientNorm
  }

  /// The ids of prompts and completions, `[batch, position]`; a completion's last token is not read.
  private func ids(of rollouts: [Rollout], prompts: [PromptTokens]) throws -> Tensor {
    let rows = rollouts.map { rollout in
      let row = prompts[rollout.prompt].ids + rollout.ids.dropLast()
      return row + Array(repeating: 0, count: length - row.count)
    }
    return try Tensor(indices: rows.flatMap(\.self), [batch, length])
  }

  /// Where the states behind each completion's tokens lie in `[batch, position, model]`.
  private func places(of rollouts: [Rollout], prompts: [PromptTokens]) -> [Range<Int>] {
    let width = configuration.width
    return rollouts.enumerated().map { row, rollout in
      let first = row * length + prompts[rollout.prompt].ids.count - 1
      return first * width..<(first + rollout.ids.count) * width
    }
  }

  // MARK: Weights

  /// The matrix that the head and the embedding share, if this body trains it.
  func tiedUnembedding() throws -> [Float]? {
    try tiedName.map { try parameters.value($0).elements }
  }

  /// How far each parameter of the model has moved from the base.
  func changes() throws -> [String: Tensor] {
    if let adapters {
      if changesProgram == nil {
        changesProgram = try Program(
          try adapters.changes(), parameters: parameters,
          options: .init(updated: Set(adapters.names)))
      }
      return try changesProgram?() ?? [:]
    }
    var changes: [String: Tensor] = [:]
    for name in trained {
      var tensor = try parameters.value(name)
      let base = try baseParameters.value(name)
      for index in tensor.elements.indices { tensor.elements[index] -= base.elements[index] }
      changes[name] = tensor
    }
    return changes
  }

  /// The weights and moments, to resume from.
  func state() throws -> [String: Tensor] {
    try trainer.state().filter { name, _ in
      guard let parameter = name.split(separator: ".", maxSplits: 1).last, name.hasPrefix("param")
      else { return true }
      return trained.contains(String(parameter))
    }
  }

  /// Continues from a state after a number of steps.
  func restore(_ state: [String: Tensor], step: Int) throws {
    var whole = state
    for name in parameters.names where whole["parameter.\(name)"] == nil {
      whole["parameter.\(name)"] = try parameters.value(name)
    }
    try trainer.restore(whole, step: step)
  }
}
