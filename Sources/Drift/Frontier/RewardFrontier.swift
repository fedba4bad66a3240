import Foundation

/// Part M: the reward that training bought for its divergence, against the best possible one.
///
/// The best possible curve is that of exponential tilts of the base's own completions, as far as
/// they reach: at most about `ln n` nats, and only while the effective sample is 10 or more.
public struct RewardFrontier: Sendable, Codable {
  /// A point of a curve.
  public struct Point: Sendable, Codable {
    /// The training step; `nil` on curves that are not of training.
    public let step: Int?
    /// The divergence per completion, in nats.
    public let divergence: Estimate
    /// The mean reward.
    public let reward: Estimate
    /// The base's mean log-probability of the tokens that are not rewarded, in nats per token.
    public let prose: Estimate?

    /// Creates a point.
    public init(step: Int?, divergence: Estimate, reward: Estimate, prose: Estimate? = nil) {
      self.step = step
      self.divergence = divergence
      self.reward = reward
      self.prose = prose
    }
  }

  /// The training's points in order.
  public let training: [Point]
  /// The best possible curve.
  public let best: [Point]
  /// Best-of-n: the reward, and `ln n - (n - 1) / n`, which its divergence does not exceed.
  public let bestOfN: [Point]
  /// How much of its divergence training needed; 1 is perfect.
  ///
  /// The least divergence for the reward of the last point that the best curve reaches with an
  /// effective sample of 100 or more, divided by what that point spent. The interval is over the
  /// base's completions.
  public let efficiency: Estimate?
  /// The step of that point.
  public let efficiencyStep: Int?

  /// Draws the frontier.
  ///
  /// - Parameters:
  ///   - rewards: What the base's completions are worth.
  ///   - training: The training's points in order.
  ///   - seed: Decides the resamples.
  public init(baseRewards rewards: [Double], training: [Point], seed: UInt64) {
    self.training = training
    best = (0...40).compactMap { index -> Point? in
      let tilt = ExponentialTilt(rewards, strength: 0.05 * Double(index) * 2)
      guard tilt.effectiveSampleSize >= 10 else { return nil }
      return Point(
        step: nil, divergence: Estimate(exactly: tilt.divergence),
        reward: Estimate(exactly: tilt.mean(of: rewards)))
    }
    bestOfN = [1, 2, 4, 8, 16, 32, 64].map { n in
      Point(
        step: nil, divergence: Estimate(exactly: log(Double(n)) - Double(n - 1) / Double(n)),
        reward: Estimate(exactly: Self.bestOf(n, rewards)))
    }
    let reachable = training.last { point in
      guard point.divergence.value > 1e-9,
        let tilt = ExponentialTilt.reaching(point.reward.value, rewards)
      else { return false }
      return tilt.strength > 0
        && tilt.effectiveSampleSize >= SelectionNull.smallestSampleSize
    }
    efficiencyStep = reachable?.step
    efficiency = reachable.map { point in
      Bootstrap(completions: rewards.count, replicates: 200, seed: seed).estimate { weights in
        ExponentialTilt.reaching(point.reward.value, rewards, counts: weights.completions).map {
          $0.divergence(counts: weights.completions) / point.divergence.value
        } ?? .nan
      }
    }
  }

  /// The mean of the best of `n` draws with replacement.
  static func bestOf(_ n: Int, _ rewards: [Double]) -> Double {
    let sorted = rewards.sorted()
    let count = Double(sorted.count)
    var (sum, below) = (0.0, 0.0)
    for (index, reward) in sorted.enumerated() {
      let upTo = pow(Double(index + 1) / count, Double(n))
      sum += reward * (upTo - below)
      below = upTo
    }
    return sum
  }
}
