import Foundation

extension SelfCheck {
  /// The policy is the base before its first step, so that nothing diverges.
  static func startsAtBase(_ statistics: PolicyStatistics) -> SelfCheck {
    let largest = statistics.divergences.map(abs).max() ?? 0
    let mean =
      statistics.divergences.reduce(0) { $0 + Double($1) }
      / Double(max(statistics.divergences.count, 1))
    // Equal logits give exactly 0; rounding in the body of a trained model may not.
    guard largest <= 1e-5 else {
      return SelfCheck(
        .startsAtBase, .failed,
        String(
          format: "Before the first step the policy diverges from the base by %.4f nats per token,"
            + " where it should be 0: the two are not computed alike (dropout left on, another"
            + " temperature, other weights).", mean))
    }
    return SelfCheck(
      .startsAtBase, .passed,
      String(
        format: "Before the first step the policy diverges from the base by at most %.1g nats.",
        largest))
  }

  /// The first step moves the weights.
  static func weightsMove(_ change: Double, learningRate: Double, gradientNorm: Double) -> SelfCheck
  {
    guard change > 0 else {
      let cause =
        learningRate == 0
        ? "the learning rate is 0"
        : gradientNorm == 0
          ? "the gradient is 0" : "the optimizer never applied its step"
      return SelfCheck(
        .weightsMove, .failed, "The first step did not move the weights: \(cause).")
    }
    return SelfCheck(
      .weightsMove, .passed,
      String(format: "The first step moved the weights by a norm of %.3g.", change))
  }

  /// With a reward of 1 for everyone the expected gradient is 0: what the tokens pull at the weights
  /// adds up to noise.
  ///
  /// Looked at are directions in which the unembedding could change: by a bias along each dimension
  /// of the hidden states, and by a scale of each dimension.
  ///
  /// - Parameters:
  ///   - pulls: The gradient of each token's log-probability for the hidden state behind it,
  ///     `[token, model]`.
  ///   - hidden: The hidden states, `[token, model]`.
  ///   - width: The width of the model.
  /// - Returns: The finding.
  static func constantReward(_ pulls: [Float], hidden: [Float], width: Int) -> SelfCheck {
    var sums = [Double](repeating: 0, count: 2 * width)
    var squares = sums
    for start in stride(from: 0, to: pulls.count, by: width) {
      for index in 0..<width {
        let pull = Double(pulls[start + index])
        let scaled = pull * Double(hidden[start + index])
        sums[index] += pull
        squares[index] += pull * pull
        sums[width + index] += scaled
        squares[width + index] += scaled * scaled
      }
    }
    let largest = zip(sums, squares).map { $1 > 0 ? abs($0) / $1.squareRoot() : 0 }.max() ?? 0
    // Chance reaches this once in some hundred runs, whatever the width.
    let limit = (2 * log(Double(2 * width) * 100)).squareRoot()
    let numbers = String(
      format: "With the same reward for all, the gradient is up to %.1f standard deviations from 0"
        + " in %d directions; chance allows %.1f", largest, 2 * width, limit)
    return SelfCheck(
      .constantReward, largest <= limit ? .passed : .failed,
      numbers
        + (largest <= limit
          ? "."
          : ": tokens are not scored by the distribution that they were sampled from."))
  }

  /// Rewards from ids and from text agree.
  static func rewardFromText(
    _ function: RewardFunction, _ completions: [(completion: RewardedCompletion, text: String)]
  ) -> SelfCheck {
    for (index, (completion, text)) in completions.enumerated() {
      guard let fromText = function.value(ofText: text) else {
        return SelfCheck(
          .rewardFromText, .doesNotApply,
          "The reward depends on tokens, not on the text alone.")
      }
      let fromIDs = function.value(of: completion)
      if fromText != fromIDs {
        return SelfCheck(
          .rewardFromText, .failed,
          "Completion \(index) is worth \(fromIDs) by its tokens but \(fromText) by its text.")
      }
    }
    return SelfCheck(
      .rewardFromText, .passed,
      "\(completions.count) completions are worth the same by their tokens and by their text.")
  }

  /// Rewards differ, or there is nothing to learn.
  static func rewardVaries(_ rewards: [Double]) -> SelfCheck {
    guard let first = rewards.first, rewards.allSatisfy({ $0 == first }) else {
      let mean = rewards.reduce(0, +) / Double(max(rewards.count, 1))
      return SelfCheck(
        .rewardVaries, .passed,
        String(
          format: "Rewards of the first batch lie between %g and %g, with a mean of %.3g.",
          rewards.min() ?? 0, rewards.max() ?? 0, mean))
    }
    return SelfCheck(
      .rewardVaries, .warning,
      String(
        format: "All %d completions of the first batch are worth %g: a constant reward teaches"
          + " nothing. Choose a reward that some completions earn now and then, or a larger batch.",
        rewards.count, first))
  }

  /// One completion should not make the gradient alone.
  static func heavyTail(_ share: Double?, reward: Double?) -> SelfCheck {
    guard let share, let reward else {
      return SelfCheck(.heavyTail, .doesNotApply, "All advantages are 0.")
    }
    let text = String(
      format: "The completion with the largest advantage, of reward %g, has %.0f %% of the squared"
        + " advantages of the first batch.", reward, share * 100)
    return SelfCheck(.heavyTail, share > 0.5 ? .warning : .passed, text)
  }

  /// What a shared embedding means for training the final layer.
  static func tiedHead(isTied: Bool, part: TrainedPart) -> SelfCheck? {
    switch (isTied, part) {
    case (true, .finalLayer):
      return SelfCheck(
        .tiedHead, .note,
        "The model has one matrix as embedding and unembedding. A copy is trained as unembedding;"
          + " the embedding stays as it was. --tie trains both as one.")
    case (_, .tiedFinalLayer):
      return SelfCheck(
        .tiedHead, .note,
        "Embedding and unembedding are trained as one matrix, so what the model reads changes with"
          + " what it writes.")
    default: return nil
    }
  }

  /// How many completions would be other tokens if their text were encoded again.
  static func retokenization(different: Int, of count: Int) -> SelfCheck {
    SelfCheck(
      .retokenization, .note,
      "\(different) of \(count) completions would be other tokens if their text were encoded again;"
        + " all numbers here are those of the sampled tokens.")
  }
}
