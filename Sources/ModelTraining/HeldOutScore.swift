import PlumbRuntime

/// A score on held-out data with the interval that 95 of 100 repetitions would cover.
public struct HeldOutScore: Sendable, Hashable, Codable {
  /// What was measured, such as `fiction`.
  public var name: String
  /// The unit, such as `bits per byte`.
  public var unit: String
  /// The score.
  public var estimate: Double
  /// The lower end of the interval.
  public var low: Double
  /// The upper end of the interval.
  public var high: Double
  /// How many documents or images it was measured on.
  public var count: Int

  /// Creates a score.
  public init(
    name: String, unit: String, estimate: Double, low: Double, high: Double, count: Int
  ) {
    self.name = name
    self.unit = unit
    self.estimate = estimate
    self.low = low
    self.high = high
    self.count = count
  }
}

/// A quotient of two sums over examples, such as bits over bytes, resampled with its examples.
struct BootstrappedRatio {
  /// The quotient of the sums.
  let estimate: Double
  /// The quotients of resampled examples, in random order.
  let resamples: [Double]

  /// Draws the examples anew, as many as there are, again and again.
  ///
  /// - Parameters:
  ///   - examples: Numerator and denominator of each; at least one.
  ///   - stream: Where randomness comes from.
  ///   - count: The number of resamples.
  init(
    _ examples: [(numerator: Double, denominator: Double)], stream: RandomStream,
    count: Int = 1000
  ) {
    var stream = stream
    func ratio(_ chosen: some Sequence<(numerator: Double, denominator: Double)>) -> Double {
      var (top, bottom) = (0.0, 0.0)
      for example in chosen {
        top += example.numerator
        bottom += example.denominator
      }
      return top / bottom
    }
    estimate = ratio(examples)
    resamples = (0..<count).map { _ in
      ratio((0..<examples.count).map { _ in examples[stream.integer(below: examples.count)] })
    }
  }

  /// The middle 95 % of resampled values.
  static func interval(_ values: [Double]) -> (low: Double, high: Double) {
    let sorted = values.sorted()
    let last = Double(sorted.count - 1)
    return (sorted[Int((0.025 * last).rounded())], sorted[Int((0.975 * last).rounded())])
  }
}
