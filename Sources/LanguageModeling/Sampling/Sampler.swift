import Foundation
import PlumbKernels
import PlumbRuntime

/// Chooses tokens from rows of logits.
public struct Sampler: Sendable {
  /// How tokens are chosen.
  public let sampling: Sampling

  /// Creates a sampler.
  ///
  /// - Throws: ``SamplingError/outOfRange(name:value:range:)``.
  public init(_ sampling: Sampling) throws(SamplingError) {
    try sampling.validate()
    self.sampling = sampling
  }

  /// What came before the token.
  public struct History: Sendable {
    /// The tokens of the prompt.
    public var prompt: [Int]
    /// The tokens that were generated.
    public var generated: [Int]

    /// Creates a history.
    public init(prompt: [Int] = [], generated: [Int] = []) {
      self.prompt = prompt
      self.generated = generated
    }
  }

  /// The number in `[0, 1)` that decides a token.
  ///
  /// - Parameters:
  ///   - seed: The user's seed.
  ///   - completion: The number of the completion.
  ///   - position: The number of the new token in it, from 0.
  /// - Returns: The number; it depends on these three alone.
  public static func draw(seed: UInt64, completion: Int, position: Int) -> Double {
    var stream = RandomStream(seed: seed, name: "completion").substream(completion)
      .substream(position)
    return stream.uniformDouble()
  }

  /// Chooses a token.
  ///
  /// - Parameters:
  ///   - logits: One number per token.
  ///   - history: What came before.
  ///   - draw: A number in `[0, 1)`: the first token, by id, whose cumulative probability exceeds it
  ///     is taken.
  /// - Returns: The token's id.
  public func token(from logits: Span<Float>, after history: History, draw: Double) -> Int {
    token(from: logits, summary: TokenKernels.summarize(logits), after: history, draw: draw)
  }

  /// Chooses a token from logits of which something is known already.
  func token(
    from logits: Span<Float>, summary: TokenKernels.Summary, after history: History, draw: Double
  ) -> Int {
    guard let penalized = penalized(logits, history) else {
      return choose(from: logits, summary, draw: draw)
    }
    let row = penalized.span
    return choose(from: row, TokenKernels.summarize(row), draw: draw)
  }

  private func choose(
    from logits: Span<Float>, _ summary: TokenKernels.Summary, draw: Double
  ) -> Int {
    if sampling.isGreedy { return summary.index }
    let scale = 1 / sampling.temperature
    if sampling.topK == nil, sampling.topP == 1, sampling.minP == 0 {
      return TokenKernels.sample(logits, largest: summary.largest, scale: scale, share: draw)
    }
    return candidates(logits, summary).draw(draw)
  }

  /// The probability of every token.
  ///
  /// - Parameters:
  ///   - logits: One number per token.
  ///   - history: What came before.
  /// - Returns: As many probabilities; those of tokens that are not kept are 0. If the most probable
  ///   token is always taken, its probability is 1.
  public func probabilities(_ logits: [Float], after history: History = History()) -> [Double] {
    let penalized = penalized(logits.span, history) ?? logits
    let summary = TokenKernels.summarize(penalized.span)
    var result = [Double](repeating: 0, count: logits.count)
    if sampling.isGreedy {
      result[summary.index] = 1
    } else {
      let kept = candidates(penalized.span, summary)
      let weights = kept.weights
      let sum = weights.reduce(0, +)
      for (token, weight) in zip(kept.tokens, weights) { result[token.id] = weight / sum }
    }
    return result
  }

  private func candidates(
    _ logits: Span<Float>, _ summary: TokenKernels.Summary
  ) -> Candidates {
    switch sampling.semantics {
    case .huggingFace:
      var kept = Candidates(
        logits, largest: summary.largest, temperature: sampling.temperature, topK: sampling.topK)
      kept.keep(mass: sampling.topP)
      kept.keep(shareOfLargest: sampling.minP)
      return kept
    case .transformerLens:
      var kept = Candidates(
        logits, largest: summary.largest, temperature: sampling.temperature, topK: sampling.topK)
      if sampling.topK == nil { kept.keep(mass: sampling.topP, includingBorder: true) }
      return kept
    case .mlx:
      var kept = Candidates(logits, largest: summary.largest, temperature: 1, topK: nil)
      kept.keep(mass: sampling.topP)
      kept.keep(shareOfLargest: sampling.minP)
      kept.keep(count: sampling.topK)
      kept.divide(by: sampling.temperature)
      return kept
    }
  }

  // MARK: Penalties

  /// The logits after penalties, or `nil` where there are none.
  private func penalized(_ logits: Span<Float>, _ history: History) -> [Float]? {
    guard
      sampling.repetitionPenalty != 1 || sampling.presencePenalty != 0
        || sampling.frequencyPenalty != 0
    else { return nil }
    var result = logits.indices.map { logits[$0] }
    var seen = history.prompt + history.generated
    if sampling.semantics == .mlx { seen = Array(seen.suffix(20)) }
    let penalty = sampling.repetitionPenalty
    for id in Set(seen) where result.indices.contains(id) {
      result[id] = result[id] > 0 ? result[id] / penalty : result[id] * penalty
    }
    let isLens = sampling.semantics == .transformerLens
    let counted = isLens ? history.prompt + history.generated : history.generated
    // TransformerLens subtracts after the temperature has divided.
    let factor = isLens && !sampling.isGreedy ? sampling.temperature : 1
    for (id, count) in Self.counts(counted) where result.indices.contains(id) {
      result[id] -=
        factor * (Float(count) * sampling.frequencyPenalty + sampling.presencePenalty)
    }
    return result
  }

  private static func counts(_ ids: [Int]) -> [Int: Int] {
    Dictionary(ids.map { ($0, 1) }, uniquingKeysWith: +)
  }
}
