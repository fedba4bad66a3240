import Foundation
import PlumbRuntime

/// The chance that at least one of k completions passes, with a 95 % interval.
public struct PassAtK: Sendable, Codable, Equatable {
  /// The unbiased estimate.
  public let estimate: Double
  /// The interval's lower end.
  public let low: Double
  /// The interval's upper end.
  public let high: Double

  /// For one problem, from `passed` of `count` completions.
  ///
  /// The interval is Wilson's for the chance p that one completion passes; its ends are carried
  /// over to k by 1 - (1 - p)^k, which grows with p. A bootstrap over the completions would have no
  /// width when all pass or all fail. Where k is near `count` the estimate can lie past the
  /// interval's end, and the interval then reaches to it.
  public init(passed: Int, of count: Int, k: Int) {
    estimate = Self.estimate(passed: passed, of: count, k: k)
    let one = WilsonInterval(successes: passed, of: count)
    func atK(_ p: Double) -> Double { 1 - pow(1 - p, Double(k)) }
    // Rounding must not push an end past the estimate where the two are equal.
    low = passed == 0 ? 0 : min(atK(one.low), estimate)
    high = passed == count ? 1 : max(atK(one.high), estimate)
  }

  /// For several problems: the mean over them, with a bootstrap over problems.
  ///
  /// Completions of one problem are alike, so problems are what is drawn again, 2,000 times; the
  /// interval is from the 2.5 % to the 97.5 % point. At least one problem; the same seed gives the
  /// same interval.
  public init(problems: [(passed: Int, count: Int)], k: Int, seed: UInt64 = 0) {
    precondition(!problems.isEmpty, "pass@\(k) needs at least one problem.")
    let values = problems.map { Self.estimate(passed: $0.passed, of: $0.count, k: k) }
    let count = Double(values.count)
    estimate = values.reduce(0, +) / count
    var generator = SeededGenerator(seed: seed)
    let means = (0..<2000).map { _ in
      values.reduce(0) { sum, _ in sum + (values.randomElement(using: &generator) ?? 0) } / count
    }.sorted()
    low = min(means[50], estimate)
    high = max(means[1949], estimate)
  }

  /// Returns 1 - C(n - c, k) / C(n, k) for c passed of n, as 1 - Π (1 - k / i) for i from n - c + 1
  /// to n; 1 if fewer than k failed.
  ///
  /// Source: Chen et al., "Evaluating Large Language Models Trained on Code", 2021.
  public static func estimate(passed: Int, of count: Int, k: Int) -> Double {
    precondition(
      (0...count).contains(passed) && (1...max(count, 1)).contains(k),
      "pass@\(k) of \(passed) passed among \(count) has no meaning.")
    if count - passed < k { return 1 }
    let noneOfK = (count - passed + 1..<count + 1).reduce(1.0) { $0 * (1 - Double(k) / Double($1)) }
    return 1 - noneOfK
  }
}
