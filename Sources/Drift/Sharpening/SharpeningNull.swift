import Foundation

/// Part F: the topics one would see if training did no more than make the base surer of itself.
///
/// The base is sampled at the temperature at which its mean entropy over positions of prose is the
/// tuned model's.
public struct SharpeningNull: Sendable {
  /// The temperature.
  public let temperature: Float
  /// The entropy that was aimed at and the one that was reached, in nats per token of prose.
  public let entropies: (target: Double, reached: Double)
  /// The completions at that temperature.
  public let arm: Arm

  /// Finds the temperature by secants, on few completions first.
  ///
  /// - Parameters:
  ///   - base: The base.
  ///   - target: The tuned model's entropy over prose, in nats per token.
  ///   - start: The temperature of the base's arm and its entropy.
  ///   - classes: The classes of reward, if there are any.
  ///   - sample: Draws completions of a policy: at most so many.
  /// - Throws: What sampling throws.
  public init(
    base: Policy.Model, target: Double, start: (temperature: Float, entropy: Double),
    classes: RewardClasses?, sample: (Policy, _ isFinal: Bool) throws -> Arm
  ) throws {
    func entropy(_ logTemperature: Double) throws -> Double {
      try sample(Policy(base, temperature: Float(exp(logTemperature))), false)
        .proseEntropy(classes)
    }
    var known = (x: log(Double(start.temperature)), y: start.entropy)
    // Entropy rises by about a nat as the temperature rises by a fifth.
    var guess = known.x + min(max((target - known.y) * 0.2, -0.5), 0.5)
    for _ in 0..<3 where abs(target - known.y) > 0.01 {
      let value = try entropy(guess)
      let slope = (value - known.y) / (guess - known.x)
      known = (guess, value)
      guard slope > 0.05, slope.isFinite else { break }
      guess += min(max((target - value) / slope, -0.7), 0.7)
      if abs(guess - known.x) < 1e-3 { break }
    }
    temperature = Float(exp(guess))
    arm = try sample(Policy(base, temperature: temperature), true)
    entropies = (target, arm.proseEntropy(classes))
  }
}
