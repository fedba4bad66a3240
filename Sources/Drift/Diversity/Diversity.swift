import Foundation

/// Part L: how varied an arm's completions are.
///
/// Distinct n-grams depend on how much text there is, so they are counted in equally many tokens of
/// every arm.
public struct Diversity: Sendable, Codable {
  /// The entropy of a whole completion in nats, `E Σ_t H(π(·|s_t))`; each step's is exact.
  public let entropy: Estimate
  /// The share of different completions.
  public let unique: Double
  /// The share of different pairs of neighboring tokens among all pairs, in so many tokens.
  public let distinctPairs: Double
  /// How many tokens the pairs were counted in.
  public let pairTokens: Int
  /// How many equally likely first four tokens would be as varied, `1 / Σ p²`.
  public let effectiveOpenings: Double
  /// The share of tokens that earn and follow one that earns.
  public let rewardedRunShare: Estimate

  /// Measures completions.
  ///
  /// - Parameters:
  ///   - arms: The arm of each seed, or the base's.
  ///   - classes: The classes of reward, if there are any.
  ///   - pairTokens: In how many tokens pairs are counted.
  ///   - bootstrap: The resamples.
  public init(_ arms: [Arm], classes: RewardClasses?, pairTokens: Int, bootstrap: Bootstrap) {
    let entropies = arms.map { $0.completions.entropies.map { $0.reduce(0, +) } }
    entropy = bootstrap.mean(entropies)
    let runs = arms.map { arm in
      arm.completions.ids.indices.map { completion in
        let count = arm.completions.ids[completion].count
        let run = (0..<count).count { !arm.isProse(completion, $0, classes) }
        return count > 0 ? Double(run) / Double(count) : 0
      }
    }
    rewardedRunShare = bootstrap.mean(runs)
    func mean(_ value: (Arm) -> Double) -> Double {
      arms.reduce(0) { $0 + value($1) } / Double(arms.count)
    }
    unique = mean { Double(Set($0.completions.ids).count) / Double($0.completions.count) }
    effectiveOpenings = mean {
      Self.effectiveNumber($0.completions.ids.map { Array($0.prefix(4)) })
    }
    distinctPairs = mean { Self.distinctPairs($0.completions.ids, tokens: pairTokens) }
    self.pairTokens = pairTokens
  }

  private static func effectiveNumber(_ openings: [[Int]]) -> Double {
    var counts: [[Int]: Int] = [:]
    for opening in openings { counts[opening, default: 0] += 1 }
    let total = Double(openings.count)
    return 1 / counts.values.reduce(0) { $0 + Double($1 * $1) / (total * total) }
  }

  private static func distinctPairs(_ ids: [[Int]], tokens: Int) -> Double {
    var pairs: Set<[Int]> = []
    var (seen, count) = (0, 0)
    for completion in ids where seen < tokens {
      for (first, second) in zip(completion, completion.dropFirst()) {
        pairs.insert([first, second])
        count += 1
      }
      seen += completion.count
    }
    return count > 0 ? Double(pairs.count) / Double(count) : 0
  }
}
