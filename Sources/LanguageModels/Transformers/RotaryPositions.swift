import Foundation

/// Positions as turns: pairs of a head's dimensions turned by an angle that grows with the position.
///
/// Source: Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding", 2021.
public struct RotaryPositions: Sendable, Hashable, Codable {
  /// Which dimensions make a pair.
  public enum Pairing: String, Sendable, Hashable, Codable {
    /// `i` and `i + width / 2`, as GPT-NeoX and Llama have it.
    case half
    /// `2i` and `2i + 1`, as GPT-J has it.
    case adjacent
  }

  /// How the turns are slowed down for contexts longer than those of training.
  public enum Scaling: Sendable, Hashable, Codable {
    /// Not at all.
    case none
    /// Every turn is divided by a factor.
    case linear(factor: Double)
    /// As Llama 3.1: turns with a wavelength above `originalLength / lowFrequencyFactor` positions
    /// are divided by `factor`, those below `originalLength / highFrequencyFactor` stay, and the
    /// ones between are blended.
    case llama3(
      factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalLength: Int)
  }

  /// Which dimensions make a pair.
  public var pairing: Pairing
  /// How many of a head's first dimensions turn; even.
  public var width: Int
  /// The base of the wavelengths: pair `i` turns by `theta^(-2i / width)` radians per position.
  public var theta: Double
  /// How the turns are slowed down.
  public var scaling: Scaling

  /// Creates a description.
  public init(
    pairing: Pairing = .half, width: Int, theta: Double = 10_000, scaling: Scaling = .none
  ) {
    self.pairing = pairing
    self.width = width
    self.theta = theta
    self.scaling = scaling
  }

  /// The turn of each pair in radians per position, `width / 2` numbers.
  public var frequencies: [Float] {
    (0..<width / 2).map { pair in
      let frequency = pow(theta, -2 * Double(pair) / Double(width))
      switch scaling {
      case .none: return Float(frequency)
      case .linear(let factor): return Float(frequency / factor)
      case .llama3(let factor, let low, let high, let length):
        // How many times the pair turns around within the original context.
        let turns = Double(length) * frequency / (2 * .pi)
        if turns < low { return Float(frequency / factor) }
        if turns > high { return Float(frequency) }
        let blend = (turns - low) / (high - low)
        return Float((1 - blend) * frequency / factor + blend * frequency)
      }
    }
  }

  /// The cosines and sines of the positions `0..<count`, each `[count, width / 2]`.
  public func tables(count: Int) -> (cosines: [Float], sines: [Float]) {
    let frequencies = frequencies
    // The angle is rounded to fp32 before the cosine is taken, as the original code has it.
    let angles = (0..<count).flatMap { position in
      frequencies.map { Double(Float(position) * $0) }
    }
    return (angles.map { Float(cos($0)) }, angles.map { Float(sin($0)) })
  }
}
