import PlumbRuntime

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
  public var estimate: Estimate {
    guard total > 0 else { return Estimate(.nan, low: 0, high: 1) }
    let interval = WilsonInterval(successes: count, of: total)
    return Estimate(interval.share, low: interval.low, high: interval.high)
  }
}
