import Foundation
import PlumbRuntime
import ReinforcementLearning

/// Which training completions made a token likelier, exactly, where the final layer was trained by
/// plain gradient descent.
///
/// A step adds `-rate · g hᵀ` to the unembedding for every token that was trained on, with `g` the
/// gradient for its logits and `h` the state behind it. So in a state `s` the logit of token `v` has
/// moved by the sum of `-rate · g_v ⟨h, s⟩` over all of training, each summand the work of one
/// completion. The training is replayed from its rollouts, because `g` depends on the weights of its
/// step. Source: the identity behind influence by gradient tracing (Pruthi et al., "Estimating
/// Training Data Influence by Tracing Gradient Descent", 2020), here without an approximation.
public struct SampleAttribution {
  private let recipe: FineTuningRecipe
  private let rollouts: [RolloutRecord]
  private let metrics: [StepMetrics]
  private let base: Policy.Model
  private let pieces: [[UInt8]]

  /// Prepares the replay of a run.
  ///
  /// - Parameters:
  ///   - run: The folder of the run.
  ///   - base: The model that it started from.
  ///   - pieces: The bytes of each token.
  /// - Throws: Errors of reading the run.
  public init(_ run: FineTuningFolder, base: Policy.Model, pieces: [[UInt8]]) throws {
    recipe = try run.recipe()
    rollouts = try run.rollouts()
    metrics = try run.metrics()
    self.base = base
    self.pieces = pieces
  }

  /// Why a run of this recipe cannot be attributed, or `nil` if it can.
  public static func obstacle(_ recipe: FineTuningRecipe) -> String? {
    guard recipe.trainedPart == .finalLayer else { return "more than the final layer was trained" }
    guard recipe.epochs == 1, recipe.objective.ratio == .none else {
      return "it was not trained by REINFORCE"
    }
    guard case .sgd(let momentum, _, let decay) = recipe.optimizer, momentum == 0, decay == 0 else {
      return "it was not trained by plain gradient descent (--optimizer sgd)"
    }
    return nil
  }

  /// Attributes the rise of a token.
  ///
  /// - Parameters:
  ///   - token: The token.
  ///   - states: The states in which its logit is looked at, `[state, width]`, at least one.
  ///   - after: The unembedding at the end of training.
  ///   - limit: How many completions are named on each side.
  /// - Returns: The completions that raised it and lowered it most.
  /// - Throws: ``DriftError``, errors of the runtime, or `CancellationError`.
  public func attribution(
    of token: Int, in states: [Float], after: UnembeddingMatrix, limit: Int = 10
  ) throws -> AttributionFindings {
    let width = base.unembedding.width
    let count = states.count / width
    var mean = Array(repeating: 0.0, count: width)
    for (place, value) in states.enumerated() {
      mean[place % width] += Double(value) / Double(count)
    }

    var replay = try FinalLayerReplay(base, temperature: recipe.temperature)
    var sources: [AttributionFindings.Source] = []
    for (step, records) in Self.steps(rollouts) {
      try Task.checkCancellation()
      guard let metrics = metrics.first(where: { $0.step == step }) else { continue }
      let shares = try replay.step(
        try batch(records), rate: metrics.learningRate, weights: weights(records, metrics),
        clippingNorm: recipe.clippingNorm, watching: token, in: mean)
      for (record, share) in zip(records, shares) {
        sources.append(
          AttributionFindings.Source(
            step: step, text: text(record), reward: record.reward, advantage: record.advantage,
            logit: share))
      }
    }
    func move(_ unembedding: UnembeddingMatrix) -> Double {
      zip(zip(unembedding.row(token), base.unembedding.row(token)), mean)
        .reduce(0) { $0 + (Double($1.0.0) - Double($1.0.1)) * $1.1 }
    }
    let sorted = sources.sorted { $0.logit > $1.logit }
    return AttributionFindings(
      token: String(decoding: pieces[token], as: UTF8.self), contexts: count, total: move(after),
      explained: sources.reduce(0) { $0 + $1.logit },
      raised: sorted.prefix(limit).filter { $0.logit > 0 },
      lowered: sorted.suffix(limit).reversed().filter { $0.logit < 0 })
  }

  private static func steps(_ rollouts: [RolloutRecord]) -> [(Int, [RolloutRecord])] {
    Dictionary(grouping: rollouts, by: \.step).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private func text(_ record: RolloutRecord) -> String {
    let prompt = recipe.prompts[record.prompt]
    let bytes = record.ids.flatMap { pieces.indices.contains($0) ? pieces[$0] : [] }
    return (prompt.text ?? "") + String(decoding: bytes, as: UTF8.self)
  }

  /// The rows of a step: the state behind each token that was trained on.
  private func batch(_ records: [RolloutRecord]) throws -> [FinalLayerReplay.Row] {
    var rows: [[FinalLayerReplay.Row]] = Array(repeating: [], count: records.count)
    for prompt in recipe.prompts.indices {
      let indices = records.indices.filter { records[$0].prompt == prompt }
      guard !indices.isEmpty else { continue }
      let session = try base.body.session(
        prompt: recipe.prompts[prompt].ids, rows: indices.count, length: recipe.tokens)
      let longest = indices.map { records[$0].ids.count }.max() ?? 0
      for position in 0..<longest {
        let states = session.states
        let width = base.unembedding.width
        for (row, index) in indices.enumerated() where position < records[index].ids.count {
          rows[index].append(
            FinalLayerReplay.Row(
              completion: index, token: records[index].ids[position],
              state: Array(states[row * width..<(row + 1) * width])))
        }
        if position + 1 < longest {
          try session.advance(
            indices.map { position < records[$0].ids.count ? records[$0].ids[position] : 0 })
        }
      }
    }
    return rows.flatMap { $0 }
  }

  private func weights(
    _ records: [RolloutRecord], _ metrics: StepMetrics
  ) -> FinalLayerReplay.Weights {
    let tokens = records.reduce(0) { $0 + $1.ids.count }
    let scale =
      1 / Double(recipe.objective.averaging == .completions ? records.count : max(tokens, 1))
    return FinalLayerReplay.Weights(
      log: records.flatMap { record in
        record.ids.indices.map { scale * (record.advantages?[$0] ?? record.advantage) }
      },
      divergence: scale * metrics.klCoefficient, entropy: scale * recipe.entropyBonus)
  }
}
