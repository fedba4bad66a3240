/// A well-known way to follow the policy gradient: a name for a baseline, an objective and how often a
/// batch is used.
public enum PolicyMethod: String, Sendable, Hashable, Codable, CaseIterable {
  /// One update per batch along `A ∇ ln p`, with a leave-one-out baseline.
  case reinforce
  /// Four updates per batch, each token's ratio of probabilities clipped at `1 ± 0.2`, whitened
  /// advantages.
  case ppo
  /// REINFORCE with a leave-one-out baseline, each completion's ratio clipped.
  case rloo
  /// Advantages whitened among the completions of a prompt, tokens' ratios clipped, the loss a mean
  /// over tokens.
  case grpo
}

extension FineTuningRecipe {
  /// Takes over what a method says about advantages, objective and updates per batch.
  public mutating func apply(_ method: PolicyMethod) {
    switch method {
    case .reinforce:
      advantage = AdvantageEstimator(baseline: .leaveOneOut)
      objective = PolicyObjective()
      epochs = 1
    case .ppo:
      advantage = AdvantageEstimator(baseline: .mean, whitening: Whitening(.sample))
      objective = PolicyObjective(ratio: .token(clip: 0.2))
      epochs = 4
    case .rloo:
      advantage = AdvantageEstimator(baseline: .leaveOneOut)
      objective = PolicyObjective(ratio: .sequence(clip: 0.2))
      epochs = 1
    case .grpo:
      // TRL's epsilon, and its mean over the tokens of the whole batch.
      advantage = AdvantageEstimator(
        baseline: .none, whitening: Whitening(.sample, epsilon: 1e-4, isByPrompt: true))
      objective = PolicyObjective(ratio: .token(clip: 0.2), averaging: .tokens)
      epochs = 1
    }
  }
}
