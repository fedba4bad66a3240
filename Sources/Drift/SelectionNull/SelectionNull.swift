/// Part E: the topics one would see if training did no more than prefer the completions of the base
/// that earn more, compared with those it does show.
public struct SelectionNull: Sendable, Codable {
  /// What selection alone predicts for one topic.
  public struct Prediction: Sendable, Codable {
    /// The topic.
    public let topic: String
    /// The base's share.
    public let before: Double
    /// The share that the tilt predicts.
    public let predicted: Estimate
    /// The share that is there.
    public let observed: Estimate
    /// Observed minus predicted.
    public let unexplained: Estimate
    /// The first-order prediction of the change, `Cov(y, R) / Var(R) · ΔR`.
    public let firstOrderChange: Double
  }

  /// The training step at which both are compared; `nil` for the end of training.
  public let step: Int?
  /// The mean reward there.
  public let reward: Double
  /// The effective sample size of the tilt.
  public let effectiveSampleSize: Double
  /// The divergence that the tilt needs, in nats.
  public let divergence: Double
  /// The predictions, one per topic.
  public let predictions: [Prediction]

  /// How many effective completions a tilt must have to be believed.
  public static let smallestSampleSize = 100.0

  /// Compares an arm with the base tilted to the arm's mean reward.
  ///
  /// - Parameters:
  ///   - names: The topics.
  ///   - before: The base's arm.
  ///   - observed: The arms of each seed at one step, maybe of fewer completions.
  ///   - step: The step.
  ///   - seed: Decides the resamples.
  /// - Returns: The comparison, or `nil` where no tilt reaches the reward with an effective sample of
  ///   at least ``smallestSampleSize``.
  public static func compare(
    _ names: [String], before: Arm, observed: [Arm], step: Int?, seed: UInt64
  ) -> SelectionNull? {
    guard let first = observed.first else { return nil }
    let count = first.completions.count
    let rewards = observed.map(\.rewards)
    let mean = rewards.reduce(0) { $0 + $1.reduce(0, +) } / Double(count * observed.count)
    guard let tilt = ExponentialTilt.reaching(mean, before.rewards),
      tilt.effectiveSampleSize >= smallestSampleSize
    else { return nil }

    // Base and observed completions are resampled apart: there may be fewer of the latter.
    let base = Bootstrap(completions: before.completions.count, replicates: 300, seed: seed)
    let other = Bootstrap(
      completions: count, seeds: observed.count, replicates: 300, seed: seed &+ 1)
    let pairs = base.paired(with: other).map { weights in
      (
        tilt: ExponentialTilt.reaching(
          weights.1.mean(rewards), before.rewards, counts: weights.0.completions),
        observed: weights.1
      )
    }
    let predictions = names.indices.map { topic in
      let base = before.topics[topic]
      let values = observed.map { $0.topics[topic] }
      let observedShare = other.mean(values)
      let tilted = tilt.mean(of: base)
      return Prediction(
        topic: names[topic], before: base.reduce(0, +) / Double(base.count),
        predicted: other.interval(tilted, pairs.map { $0.tilt?.mean(of: base) ?? .nan }),
        observed: observedShare,
        unexplained: other.interval(
          observedShare.value - tilted,
          pairs.map { pair in
            pair.tilt.map { pair.observed.mean(values) - $0.mean(of: base) } ?? .nan
          }),
        firstOrderChange: firstOrder(base, before.rewards, to: mean))
    }
    return SelectionNull(
      step: step, reward: mean, effectiveSampleSize: tilt.effectiveSampleSize,
      divergence: tilt.divergence, predictions: predictions)
  }

  private static func firstOrder(_ topic: [Double], _ rewards: [Double], to mean: Double) -> Double
  {
    let count = Double(rewards.count)
    let (meanTopic, meanReward) = (topic.reduce(0, +) / count, rewards.reduce(0, +) / count)
    var (covariance, variance) = (0.0, 0.0)
    for index in rewards.indices {
      covariance += (topic[index] - meanTopic) * (rewards[index] - meanReward)
      variance += (rewards[index] - meanReward) * (rewards[index] - meanReward)
    }
    return variance > 0 ? covariance / variance * (mean - meanReward) : 0
  }
}
