import Foundation

/// The base's completions weighted by `e^(strength · reward)`: the policy that reaches a mean reward
/// at the least divergence, as far as these completions can show it.
///
/// Source: Korbak, Perez and Buckley, "RL with KL penalties is better viewed as Bayesian inference",
/// 2022.
public struct ExponentialTilt: Sendable {
  /// One over the temperature of the tilt.
  public let strength: Double
  /// The weight of each completion; they sum to 1.
  public let weights: [Double]

  /// Tilts rewards with a strength; `counts` says how often each completion is there.
  public init(_ rewards: [Double], strength: Double, counts: [Double]? = nil) {
    self.strength = strength
    let highest = rewards.map { $0 * strength }.max() ?? 0
    var powers = rewards.map { exp($0 * strength - highest) }
    if let counts { powers = zip(powers, counts).map { $0 * $1 } }
    let sum = powers.reduce(0, +)
    weights = powers.map { $0 / sum }
  }

  /// The tilt with this mean reward, or `nil` where no tilt reaches it.
  public static func reaching(
    _ target: Double, _ rewards: [Double], counts: [Double]? = nil
  ) -> ExponentialTilt? {
    let present = counts.map { zip(rewards, $0).filter { $1 > 0 }.map(\.0) } ?? rewards
    guard let lowest = present.min(), let highest = present.max(), lowest < target,
      target < highest
    else { return nil }
    func mean(_ strength: Double) -> Double {
      ExponentialTilt(rewards, strength: strength, counts: counts).mean(of: rewards)
    }
    var (low, high) = (-1.0, 1.0)
    while mean(low) > target, low > -1e6 { low *= 2 }
    while mean(high) < target, high < 1e6 { high *= 2 }
    for _ in 0..<60 where high - low > 1e-12 * max(abs(low), abs(high)) {
      let middle = (low + high) / 2
      if mean(middle) < target { low = middle } else { high = middle }
    }
    return ExponentialTilt(rewards, strength: (low + high) / 2, counts: counts)
  }

  /// The tilted mean of values.
  public func mean(of values: [Double]) -> Double {
    var sum = 0.0
    for index in values.indices { sum += weights[index] * values[index] }
    return sum
  }

  /// How many equally weighted completions would say as much: `(Σw)² / Σw²`.
  public var effectiveSampleSize: Double { 1 / weights.reduce(0) { $0 + $1 * $1 } }

  /// The divergence from the base where completion `i` is there `counts[i]` times: each copy has an
  /// equal part of its weight.
  func divergence(counts: [Double]) -> Double {
    let total = counts.reduce(0, +)
    var sum = 0.0
    for index in weights.indices where weights[index] > 0 {
      sum += weights[index] * log(weights[index] / counts[index] * total)
    }
    return max(0, sum)
  }

  /// The divergence of the tilted distribution from the base's, in nats: `Σ w ln(n w)`.
  public var divergence: Double {
    max(0, weights.reduce(0) { $0 + ($1 > 0 ? $1 * log($1 * Double(weights.count)) : 0) })
  }
}
