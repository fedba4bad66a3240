/// A number with the interval that holds it, usually with 95% confidence.
public struct Estimate: Sendable, Hashable, Codable {
  /// The number itself.
  public var value: Double
  /// The lower end of the interval.
  public var low: Double
  /// The upper end of the interval.
  public var high: Double

  /// Creates an estimate.
  public init(_ value: Double, low: Double, high: Double) {
    self.value = value
    self.low = low
    self.high = high
  }

  /// A number known without error.
  public init(exactly value: Double) { self.init(value, low: value, high: value) }

  /// Whether the interval leaves a value out, so that the data speak against it.
  public func excludes(_ other: Double) -> Bool { other < low || other > high }

  /// Which side of 0 the interval lies on: 1, -1, or 0 where it holds 0.
  public var sign: Int { low > 0 ? 1 : high < 0 ? -1 : 0 }
}
