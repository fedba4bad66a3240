import Foundation

/// A small generator with a seed (SplitMix64), so that tests see the same numbers every time.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Creates a generator; equal seeds give equal numbers.
  public init(seed: UInt64) {
    self.state = seed
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    // Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }

  /// The next number from the normal distribution with mean 0 and standard deviation 1.
  public mutating func nextNormal() -> Double {
    let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &self))).squareRoot()
    return radius * cos(2 * Double.pi * Double.random(in: 0..<1, using: &self))
  }

  /// The next `count` numbers from the normal distribution.
  public mutating func normals(_ count: Int) -> [Double] {
    (0..<count).map { _ in nextNormal() }
  }
}
