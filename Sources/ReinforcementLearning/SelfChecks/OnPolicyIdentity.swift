import Foundation

/// Whether tokens are scored by the distribution that they were sampled from: then the mean of
/// `-ln p(token)` is the mean entropy.
///
/// Given what came before, `-ln p(token) - H` has mean 0, so that a sum over all tokens is as far from
/// 0 as its own squares allow. Off-by-one positions, another temperature, cut-off tails, dropout that
/// was left on: all of them break the identity.
struct OnPolicyIdentity: Sendable, Hashable, Codable {
  /// The number of tokens.
  private(set) var count = 0
  private(set) var sum = 0.0
  private(set) var sumOfSquares = 0.0

  mutating func add(_ statistics: PolicyStatistics) {
    for (logProbability, entropy) in zip(statistics.logProbabilities, statistics.entropies) {
      let surprise = -Double(logProbability) - Double(entropy)
      sum += surprise
      sumOfSquares += surprise * surprise
      count += 1
    }
  }

  /// How many standard deviations the sum is away from 0.
  var z: Double {
    // Where every distribution is a certainty there is nothing to see.
    sumOfSquares > 1e-12 ? sum / sumOfSquares.squareRoot() : 0
  }

  /// The excess of surprise over entropy, in nats per token.
  var excess: Double { count > 0 ? sum / Double(count) : 0 }

  /// One chance in sixteen thousand, on both sides, if nothing is wrong.
  static let limit = 4.0

  /// Whether the excess is more than chance, and more than rounding could make it.
  var isBroken: Bool { abs(z) > Self.limit && abs(excess) > 1e-3 }
}

extension SelfCheck {
  /// Checks the identity on a batch and, where it fails, tries out which mistake explains it.
  ///
  /// - Parameters:
  ///   - batch: The batch that was sampled.
  ///   - rows: How its tokens are scored.
  ///   - statistics: The scores.
  ///   - temperature: The temperature that sampling should have had.
  ///   - score: Scores rows at a temperature.
  /// - Returns: The finding.
  /// - Throws: What `score` throws.
  static func onPolicy(
    _ batch: RolloutBatch, _ rows: PolicyRows, _ statistics: PolicyStatistics,
    temperature: Float, score: (PolicyRows, Float) throws -> PolicyStatistics
  ) rethrows -> SelfCheck {
    var identity = OnPolicyIdentity()
    identity.add(statistics)
    let numbers = String(
      format: "The sampled tokens surprise the policy by %+.4f nats more than its entropy,"
        + " on %d tokens (z = %.1f)", identity.excess, identity.count, identity.z)
    guard identity.isBroken else { return SelfCheck(.onPolicy, .passed, numbers + ".") }

    // Off by one: the token at each place was chosen one place earlier or later.
    for shift in [-1, 1] {
      var shifted = OnPolicyIdentity()
      shifted.add(try score(rows.shifted(by: shift, counts: batch.counts), temperature))
      if !shifted.isBroken, abs(shifted.excess) < abs(identity.excess) / 4 {
        return SelfCheck(
          .onPolicy, .failed,
          numbers
            + String(
              format:
                "; it fits (z = %.1f) if each token is scored one position \(shift < 0 ? "earlier" : "later")."
                + " The log-probabilities are taken off by one.", shifted.z))
      }
    }
    // Another temperature: the one under which the tokens are most probable fulfills the identity.
    let best = try likeliestTemperature(rows, near: temperature, score: score)
    var other = OnPolicyIdentity()
    other.add(try score(rows, best))
    if !other.isBroken, abs(best / temperature - 1) > 0.02 {
      return SelfCheck(
        .onPolicy, .failed,
        numbers
          + String(
            format:
              "; it fits (z = %.1f) at temperature %.2f. The tokens were sampled at about that"
              + " temperature, or from the most probable tokens alone, but are scored at %.2f.",
            other.z, best, temperature))
    }
    return SelfCheck(
      .onPolicy, .failed,
      numbers + ". They were sampled from another distribution than the one that scores them:"
        + " dropout left on, other weights, or cut-off tails.")
  }

  /// The temperature under which the sampled tokens are most probable, between a quarter and four
  /// times the one given.
  private static func likeliestTemperature(
    _ rows: PolicyRows, near temperature: Float,
    score: (PolicyRows, Float) throws -> PolicyStatistics
  ) rethrows -> Float {
    func likelihood(_ logarithm: Double) throws -> Double {
      try score(rows, temperature * Float(exp(logarithm))).logProbabilities
        .reduce(0) { $0 + Double($1) }
    }
    // The likelihood has one peak in 1 / temperature; golden sections close in on it.
    let ratio = (5.0.squareRoot() - 1) / 2
    var (low, high) = (-log(4.0), log(4.0))
    var (a, b) = (high - ratio * (high - low), low + ratio * (high - low))
    var (valueA, valueB) = (try likelihood(a), try likelihood(b))
    for _ in 0..<14 {
      if valueA > valueB {
        (high, b, valueB) = (b, a, valueA)
        a = high - ratio * (high - low)
        valueA = try likelihood(a)
      } else {
        (low, a, valueA) = (a, b, valueB)
        b = low + ratio * (high - low)
        valueB = try likelihood(b)
      }
    }
    return temperature * Float(exp((low + high) / 2))
  }
}

extension PolicyRows {
  /// The same tokens, each scored where the token `shift` places later in its completion was; those
  /// without such a place are left out.
  func shifted(by shift: Int, counts: [Int]) -> PolicyRows {
    let width = count > 0 ? hidden.count / count : 0
    var result = PolicyRows(hidden: [], baseHidden: nil, targets: [])
    var start = 0
    for length in counts {
      for index in 0..<length where (0..<length).contains(index + shift) {
        let place = start + index + shift
        result.hidden += hidden[place * width..<(place + 1) * width]
        result.targets.append(targets[start + index])
      }
      start += length
    }
    return result
  }
}
