import Foundation

/// How strongly divergence from the base is held against the policy.
///
/// The divergence is exact, over the whole vocabulary, at each position that was sampled, and is
/// part of the loss: `β · KL(policy || base)` in nats.
public enum KLPenalty: Sendable, Hashable, Codable {
  /// The same coefficient throughout.
  case fixed(Double)
  /// A coefficient that grows while the divergence of a completion, the sum over its tokens, is
  /// above a target, and shrinks while it is below.
  ///
  /// `e = clip(KL / target - 1, -0.2, 0.2)`, `β ← β (1 + e · completions / horizon)`.
  ///
  /// Source: Ziegler et al., "Fine-Tuning Language Models from Human Preferences", 2019.
  case adaptive(initial: Double, target: Double, horizon: Double)

  /// The coefficient of the first step.
  public var initial: Double {
    switch self {
    case .fixed(let coefficient), .adaptive(let coefficient, _, _): coefficient
    }
  }

  /// The coefficient of the next step.
  ///
  /// - Parameters:
  ///   - coefficient: That of this step.
  ///   - divergence: The mean divergence of a completion in this step, in nats.
  ///   - completions: How many completions the step saw.
  /// - Returns: The next coefficient.
  public func next(after coefficient: Double, divergence: Double, completions: Int) -> Double {
    guard case .adaptive(_, let target, let horizon) = self else { return coefficient }
    let error = min(max(divergence / target - 1, -0.2), 0.2)
    return coefficient * (1 + error * Double(completions) / horizon)
  }
}

/// Estimates of `KL(policy || base)` from the log-probabilities of what the policy sampled, for
/// comparison with other tools; training uses the exact value.
///
/// With `r = ln base(token) - ln policy(token)`.
///
/// Source: Schulman, "Approximating KL Divergence", 2020.
public enum KLEstimator: String, Sendable, Hashable, Codable, CaseIterable {
  /// `-r`: unbiased, noisy, sometimes negative.
  case k1
  /// `r² / 2`: biased, but its gradient is right on samples of the policy itself.
  case k2
  /// `e^r - 1 - r`: unbiased and never negative.
  case k3

  /// The estimate from one token.
  public func value(policy: Double, base: Double) -> Double {
    let r = base - policy
    switch self {
    case .k1: return -r
    case .k2: return r * r / 2
    case .k3: return exp(r) - 1 - r
    }
  }
}
