/// Part N: when reward and topics rose during training.
public struct Timeline: Sendable, Codable {
  /// What one snapshot shows, over all seeds.
  public struct Moment: Sendable, Codable {
    /// The training step.
    public let step: Int
    /// The mean reward.
    public let reward: Estimate
    /// The share of each topic, in the order of ``Timeline/topics``.
    public let topics: [Estimate]
  }

  /// The topics.
  public let topics: [String]
  /// The snapshots in order, the base at step 0 first.
  public let moments: [Moment]
  /// The step at which the reward was halfway from its first to its last value, between snapshots.
  public let rewardHalfway: Double?
  /// The step at which each topic was halfway, with its interval; `nil` where the topic did not
  /// change beyond chance.
  public let topicHalfway: [Estimate?]

  /// Lines up snapshots.
  ///
  /// - Parameters:
  ///   - names: The topics.
  ///   - steps: The steps, ascending, 0 first.
  ///   - arms: The arms of each step, `[step][seed]`, of equally many completions.
  ///   - bootstrap: Resamples for that many completions.
  public init(_ names: [String], steps: [Int], arms: [[Arm]], bootstrap: Bootstrap) {
    topics = names
    moments = zip(steps, arms).map { step, arms in
      Moment(
        step: step, reward: bootstrap.mean(arms.map(\.rewards)),
        topics: names.indices.map { topic in bootstrap.mean(arms.map { $0.topics[topic] }) })
    }
    rewardHalfway = Self.halfway(moments.map(\.reward.value), steps)
    topicHalfway = names.indices.map { topic in
      guard let first = arms.first, let last = arms.last else { return nil }
      let change = bootstrap.mean(
        zip(last, first).map { last, first in
          zip(last.topics[topic], first.topics[topic]).map { $0 - $1 }
        })
      guard change.sign != 0 else { return nil }
      return bootstrap.estimate { weights in
        halfwayOrNaN(arms.map { weights.mean($0.map { $0.topics[topic] }) }, steps)
      }
    }
  }

  /// Where a curve first crosses the middle between its ends.
  static func halfway(_ values: [Double], _ steps: [Int]) -> Double? {
    guard let first = values.first, let last = values.last, first != last else { return nil }
    let middle = (first + last) / 2
    for index in values.indices.dropFirst() {
      let (a, b) = (values[index - 1] - middle, values[index] - middle)
      if a * b <= 0, a != b {
        return Double(steps[index - 1]) + Double(steps[index] - steps[index - 1]) * a / (a - b)
      }
    }
    return nil
  }
}

private func halfwayOrNaN(_ values: [Double], _ steps: [Int]) -> Double {
  Timeline.halfway(values, steps) ?? .nan
}
