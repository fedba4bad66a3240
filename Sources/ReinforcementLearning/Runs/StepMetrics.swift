/// What one step of a fine-tuning reports.
///
/// Times are left out, so that a resumed run writes the same.
public struct StepMetrics: Sendable, Hashable, Codable {
  /// The step, counted from 1.
  public var step: Int
  /// The mean reward of the batch.
  public var reward: Double
  /// The standard deviation of the rewards, with N - 1.
  public var rewardDeviation: Double
  /// The exact divergence of the policy from the base, summed over a completion's tokens, the mean
  /// over completions, in nats.
  public var kl: Double
  /// The same per token.
  public var klPerToken: Double
  /// The coefficient of the divergence in this step.
  public var klCoefficient: Double
  /// The mean entropy of the policy where tokens were drawn, in nats per token.
  public var entropy: Double
  /// The loss, which says little by itself: it is near 0 however good the policy is.
  public var loss: Double
  /// The L2 norm of the gradient, before it is shortened.
  public var gradientNorm: Double
  /// The learning rate.
  public var learningRate: Double
  /// The share of the squared advantages that one completion has; 0 if all advantages are 0.
  public var topShare: Double
  /// The mean number of tokens of a completion.
  public var length: Double
  /// The share of completions in which the policy ended the text.
  public var ended: Double
  /// How many standard deviations surprise and entropy are apart, over all steps so far.
  public var onPolicyZ: Double
  /// The share of ratios of probabilities that were clipped.
  public var clipped: Double
}
