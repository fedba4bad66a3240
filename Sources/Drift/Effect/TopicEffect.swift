/// Part A: how often completions are of a topic, before and after.
public struct TopicEffect: Sendable, Codable {
  /// The topic.
  public let topic: String
  /// The share before.
  public let before: Estimate
  /// The share after, over all seeds.
  public let after: Estimate
  /// After minus before.
  public let difference: Estimate
  /// The probability of such a difference if there were none, by flipping signs.
  public let pValue: Double
  /// The same corrected for the number of topics.
  public var qValue: Double
  /// The share after, per seed.
  public let perSeed: [Double]
  /// The share of the topic among all words, which full stops in place of words do not lower; `nil`
  /// for topics that are no lists of words.
  public let amongWords: EffectFindings.Contrast?

  /// Compares the topics of arms that were drawn with the same random numbers.
  ///
  /// - Parameters:
  ///   - names: The topics.
  ///   - before: The arm of the base.
  ///   - afters: The arm of each seed.
  ///   - bootstrap: The resamples.
  ///   - seed: Decides the sign flips.
  /// - Returns: The topics in their order.
  public static func all(
    _ names: [String], before: Arm, afters: [Arm], bootstrap: Bootstrap, seed: UInt64
  ) -> [TopicEffect] {
    var effects = names.indices.map { topic in
      let base = before.topics[topic]
      let tuned = afters.map { $0.topics[topic] }
      let differences = tuned.map { zip($0, base).map { $0 - $1 } }
      let perCompletion = base.indices.map { index in
        differences.reduce(0) { $0 + $1[index] } / Double(afters.count)
      }
      let beforeShare = Proportion(Int(base.reduce(0, +)), of: base.count).estimate
      let afterShare =
        afters.count == 1
        ? Proportion(Int(tuned[0].reduce(0, +)), of: base.count).estimate : bootstrap.mean(tuned)
      return TopicEffect(
        topic: names[topic], before: beforeShare, after: afterShare,
        difference: bootstrap.mean(differences),
        pValue: PermutationTest.signFlips(perCompletion, seed: seed), qValue: 1,
        perSeed: tuned.map { $0.reduce(0, +) / Double($0.count) },
        amongWords: topic < before.topicWords.count
          ? amongWords(topic, before, afters, bootstrap) : nil)
    }
    for (index, q) in MultipleTests.benjaminiHochberg(effects.map(\.pValue)).enumerated() {
      effects[index].qValue = q
    }
    return effects
  }

  private static func amongWords(
    _ topic: Int, _ before: Arm, _ afters: [Arm], _ bootstrap: Bootstrap
  ) -> EffectFindings.Contrast {
    func counts(_ arms: [Arm]) -> (hits: [[Double]], words: [[Double]]) {
      (arms.map { $0.topicWords[topic] }, arms.map { $0.words.map { Double($0.count) } })
    }
    let base = counts(afters.map { _ in before })
    let tuned = counts(afters)
    func share(_ counts: (hits: [[Double]], words: [[Double]]), _ weights: Bootstrap.Weights)
      -> Double
    {
      weights.mean(counts.hits) / weights.mean(counts.words)
    }
    return EffectFindings.Contrast(
      before: bootstrap.estimate { share(base, $0) },
      after: bootstrap.estimate { share(tuned, $0) },
      difference: bootstrap.estimate { share(tuned, $0) - share(base, $0) })
  }
}
