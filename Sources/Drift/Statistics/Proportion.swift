import Foundation

/// How many of how many.
public struct Proportion: Sendable, Hashable, Codable {
  /// How many had the property.
  public var count: Int
  /// Of how many.
  public var total: Int

  /// Creates a proportion.
  public init(_ count: Int, of total: Int) {
    self.count = count
    self.total = total
  }

  /// The share with Wilson's 95% interval, which never leaves 0...1; no data give 0...1.
  ///
  /// Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
  public var estimate: Estimate {
    guard total > 0 else { return Estimate(.nan, low: 0, high: 1) }
    let z = 1.959963984540054
    let (n, share) = (Double(total), Double(count) / Double(total))
    let center = (share + z * z / (2 * n)) / (1 + z * z / n)
    let half =
      z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    // At the ends the formula is exact and its rounding is not.
    return Estimate(
      share, low: count == 0 ? 0 : center - half, high: count == total ? 1 : center + half)
  }
}
