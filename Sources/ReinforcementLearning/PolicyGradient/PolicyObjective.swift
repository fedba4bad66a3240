import Foundation

/// What a policy gradient increases, apart from what holds it back: the surrogate of Williams or of
/// Schulman, as a loss.
///
/// With the log-probability `ℓ` of a token that was taken, `ℓ'` the one when it was sampled, and its
/// advantage `A`:
///
/// | ratio | each token adds to the loss |
/// |---|---|
/// | `none` | `-A ℓ` |
/// | `token` | `-min(ρ A, clip(ρ, 1 - ε, 1 + ε) A)`, `ρ = e^(ℓ - ℓ')` |
/// | `sequence` | the same once per completion, with the sums of its `ℓ` and `ℓ'` |
///
/// Source: Williams, 1992; Schulman et al., "Proximal Policy Optimization Algorithms", 2017;
/// Ahmadian et al., "Back to Basics: Revisiting REINFORCE-Style Optimization", 2024.
public struct PolicyObjective: Sendable, Hashable, Codable {
  /// How samples of a policy that has moved since are weighted.
  public enum Ratio: Sendable, Hashable, Codable {
    /// Not at all: one update per batch.
    case none
    /// Each token by its own ratio of probabilities, up to `1 ± clip`.
    case token(clip: Double)
    /// Each completion by its ratio of probabilities, up to `1 ± clip`.
    case sequence(clip: Double)
  }

  /// What the losses are divided by.
  public enum Averaging: String, Sendable, Hashable, Codable, CaseIterable {
    /// The number of completions: a long one weighs more.
    case completions
    /// The number of tokens in the batch.
    case tokens
  }

  /// How samples of a policy that has moved since are weighted.
  public var ratio: Ratio
  /// What the losses are divided by.
  public var averaging: Averaging

  /// Creates an objective.
  public init(ratio: Ratio = .none, averaging: Averaging = .completions) {
    self.ratio = ratio
    self.averaging = averaging
  }

  /// The factor before each token's loss, `1 / completions` or `1 / tokens`.
  func scale(completions: Int, tokens: Int) -> Double {
    1 / Double(max(averaging == .completions ? completions : tokens, 1))
  }

  /// The loss of a batch and how it depends on the log-probabilities.
  public struct Evaluation: Sendable, Equatable {
    /// The loss.
    public var loss: Double
    /// Minus the derivative of the loss for each token's log-probability.
    public var logWeights: [Double]
    /// The share of ratios outside `1 ± clip`; 0 without ratios.
    public var clippedShare: Double
  }

  /// Evaluates the loss.
  ///
  /// - Parameters:
  ///   - now: The log-probability of each token under the policy, in nats, one completion after the
  ///     other.
  ///   - then: The same when the tokens were sampled.
  ///   - advantages: The advantage of each token, in the same order.
  ///   - counts: The number of tokens of each completion.
  /// - Returns: The loss, its derivatives and the share of clipped ratios.
  public func evaluate(
    now: [Float], then: [Float], advantages: [Double], counts: [Int]
  ) -> Evaluation {
    precondition(
      now.count == counts.reduce(0, +) && then.count == now.count && advantages.count == now.count,
      "\(now.count), \(then.count) and \(advantages.count) numbers for completions of \(counts)")
    let scale = scale(completions: counts.count, tokens: now.count)
    var result = Evaluation(
      loss: 0, logWeights: Array(repeating: 0, count: now.count), clippedShare: 0)
    switch ratio {
    case .none:
      for index in now.indices {
        result.loss -= scale * advantages[index] * Double(now[index])
        result.logWeights[index] = scale * advantages[index]
      }
    case .token(let clip):
      for index in now.indices {
        let surrogate = Surrogate(
          difference: Double(now[index]) - Double(then[index]), advantage: advantages[index],
          clip: clip)
        result.loss -= scale * surrogate.value
        result.logWeights[index] = scale * surrogate.slope
        result.clippedShare += surrogate.isOutside ? 1 / Double(now.count) : 0
      }
    case .sequence(let clip):
      var start = 0
      for count in counts where count > 0 {
        let range = start..<start + count
        start += count
        let difference = range.reduce(0) { $0 + Double(now[$1]) - Double(then[$1]) }
        // Completions have one advantage; with reward-to-go it is that of the whole.
        let surrogate = Surrogate(
          difference: difference, advantage: advantages[range.lowerBound], clip: clip)
        result.loss -= scale * surrogate.value
        for index in range { result.logWeights[index] = scale * surrogate.slope }
        result.clippedShare += surrogate.isOutside ? 1 / Double(counts.count) : 0
      }
    }
    return result
  }

  /// `min(ρ A, clip(ρ) A)` and its derivative for `ln ρ`.
  private struct Surrogate {
    let value: Double
    let slope: Double
    let isOutside: Bool

    init(difference: Double, advantage: Double, clip: Double) {
      let ratio = exp(difference)
      let free = ratio * advantage
      let clipped = min(max(ratio, 1 - clip), 1 + clip) * advantage
      value = min(free, clipped)
      isOutside = abs(ratio - 1) > clip
      slope = free <= clipped ? free : 0
    }
  }
}
