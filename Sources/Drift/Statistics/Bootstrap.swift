import Foundation
import PlumbRuntime

/// Intervals by resampling completions and, from five training seeds on, seeds as well.
///
/// Completion `i` of every arm is drawn with the same random numbers, so a resample takes the same
/// completions from every arm and seed: what the arms share cancels. Two levels are crossed: a
/// resample draws seeds, and completions, each with replacement. With fewer than
/// ``seedsForIntervals`` seeds only completions are drawn, and an interval speaks of those training
/// runs alone.
///
/// Percentile intervals of few units are too narrow; they are expanded as Hesterberg proposes, by
/// the ratio of Student's to the normal quantile times √(n / (n - 1)).
///
/// Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993; Hesterberg, "What
/// Teachers Should Know About the Bootstrap", The American Statistician, 2015.
public struct Bootstrap: Sendable {
  /// From how many seeds on seeds are resampled.
  public static let seedsForIntervals = 5

  /// How often each unit was drawn in one resample.
  public struct Weights: Sendable {
    /// Per seed.
    public let seeds: [Double]
    /// Per completion.
    public let completions: [Double]

    /// The mean of values `[seed][completion]` with these weights.
    public func mean(_ values: [[Double]]) -> Double {
      var (sum, total) = (0.0, 0.0)
      for (seed, row) in zip(seeds, values) where seed != 0 {
        var rowSum = 0.0
        for index in row.indices { rowSum += completions[index] * row[index] }
        sum += seed * rowSum
        total += seed
      }
      return sum / (total * completions.reduce(0, +))
    }
  }

  /// The number of completions per arm.
  public let completions: Int
  /// The number of training seeds.
  public let seeds: Int
  /// Whether seeds are resampled too.
  public var isOverSeeds: Bool { seeds >= Self.seedsForIntervals }

  private let resamples: [Weights]
  private let tail: Double

  /// Draws the resamples.
  ///
  /// - Parameters:
  ///   - completions: The number of completions per arm, at least 1.
  ///   - seeds: The number of training seeds, at least 1.
  ///   - replicates: How many resamples are drawn.
  ///   - seed: Decides the resamples.
  public init(completions: Int, seeds: Int = 1, replicates: Int = 1000, seed: UInt64) {
    precondition(completions > 0 && seeds > 0, "\(completions) completions of \(seeds) seeds")
    self.completions = completions
    self.seeds = seeds
    let stream = RandomStream(seed: seed, name: "drift bootstrap")
    let isOverSeeds = seeds >= Self.seedsForIntervals
    resamples = (0..<replicates).map { replicate in
      var stream = stream.substream(replicate)
      return Weights(
        seeds: isOverSeeds
          ? Self.counts(seeds, &stream) : Array(repeating: 1, count: seeds),
        completions: Self.counts(completions, &stream))
    }
    tail = Self.expandedTail(units: isOverSeeds ? min(seeds, completions) : completions)
  }

  /// The mean over all values `[seed][completion]`, or over one row for all seeds.
  public func mean(_ values: [[Double]]) -> Estimate {
    estimate { weights in weights.mean(values) }
  }

  /// Any statistic that weights can be given to.
  ///
  /// - Parameter statistic: The statistic of one resample; NaN where it has none.
  /// - Returns: The statistic of the data as they are, with its interval. Where more than a
  ///   twentieth of the resamples have no statistic, the interval is everything.
  public func estimate(_ statistic: (Weights) -> Double) -> Estimate {
    let value = statistic(
      Weights(
        seeds: Array(repeating: 1, count: seeds),
        completions: Array(repeating: 1, count: completions)))
    return interval(value, resamples.map(statistic))
  }

  /// A value with the interval that its resamples span; see ``estimate(_:)``.
  func interval(_ value: Double, _ resampled: [Double]) -> Estimate {
    let values = resampled.filter { !$0.isNaN }.sorted()
    guard values.count * 20 >= resampled.count * 19, !value.isNaN, !values.isEmpty else {
      return Estimate(value, low: -.infinity, high: .infinity)
    }
    return Estimate(
      value, low: Self.quantile(tail, of: values), high: Self.quantile(1 - tail, of: values))
  }

  /// The resamples of two independent draws, side by side.
  func paired(with other: Bootstrap) -> [(Weights, Weights)] {
    Array(zip(resamples, other.resamples))
  }

  /// The quantile of sorted values, between neighbors by their distances.
  static func quantile(_ share: Double, of sorted: [Double]) -> Double {
    let place = share * Double(sorted.count - 1)
    let index = Int(place)
    guard index + 1 < sorted.count else { return sorted[sorted.count - 1] }
    let (low, high) = (sorted[index], sorted[index + 1])
    // Equal neighbors, which may be infinite, stay what they are.
    return low == high ? low : low + (place - Double(index)) * (high - low)
  }

  private static func counts(_ count: Int, _ stream: inout RandomStream) -> [Double] {
    var counts = Array(repeating: 0.0, count: count)
    for uniform in stream.uniform(count) {
      // 24 random bits are plenty for the few thousand completions of an arm.
      counts[min(Int(uniform * Float(count)), count - 1)] += 1
    }
    return counts
  }

  /// The share of resamples that lies beyond each end.
  private static func expandedTail(units: Int) -> Double {
    guard units > 1 else { return 0.025 }
    let expansion = (Double(units) / Double(units - 1)).squareRoot()
    return Gaussian.lowerTail(
      -expansion * StudentT.quantile(0.975, degreesOfFreedom: units - 1))
  }
}
