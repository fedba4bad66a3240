import Foundation
import PlumbRuntime

/// Tests that ask how often chance alone would do as well.
public enum PermutationTest {
  /// Whether paired differences have a mean other than 0, by flipping their signs.
  ///
  /// - Parameters:
  ///   - differences: One difference per pair; pairs without a difference say nothing.
  ///   - draws: How many sign patterns are drawn.
  ///   - seed: Decides the draws.
  /// - Returns: The two-sided p-value; never 0, for the data themselves are one of the patterns.
  public static func signFlips(
    _ differences: [Double], draws: Int = 2000, seed: UInt64
  ) -> Double {
    let differences = differences.filter { $0 != 0 }
    let observed = abs(differences.reduce(0, +))
    let stream = RandomStream(seed: seed, name: "drift sign flips")
    var extreme = 1
    for draw in 0..<draws {
      var stream = stream.substream(draw)
      var sum = 0.0
      for (uniform, difference) in zip(stream.uniform(differences.count), differences) {
        sum += uniform < 0.5 ? difference : -difference
      }
      if abs(sum) >= observed * (1 - 1e-12) { extreme += 1 }
    }
    return Double(extreme) / Double(draws + 1)
  }

  /// Whether two groups have different means, by shuffling who belongs to which.
  ///
  /// - Parameters:
  ///   - first: The values of one group.
  ///   - second: The values of the other.
  ///   - draws: How many shuffles are drawn.
  ///   - seed: Decides the draws.
  /// - Returns: The two-sided p-value; never 0.
  public static func twoGroups(
    _ first: [Double], _ second: [Double], draws: Int = 2000, seed: UInt64
  ) -> Double {
    guard !first.isEmpty, !second.isEmpty else { return 1 }
    let pooled = first + second
    let mean = pooled.reduce(0, +) / Double(pooled.count)
    // With the pooled mean taken off, one group's sum says everything.
    let observed = abs(first.reduce(0) { $0 + $1 - mean })
    let stream = RandomStream(seed: seed, name: "drift shuffles")
    var extreme = 1
    for draw in 0..<draws {
      var stream = stream.substream(draw)
      let sum = stream.shuffled(pooled).prefix(first.count).reduce(0) { $0 + $1 - mean }
      if abs(sum) >= observed * (1 - 1e-12) { extreme += 1 }
    }
    return Double(extreme) / Double(draws + 1)
  }
}
