import Foundation

/// The probabilities of the next token and their logarithms, from one row of logits.
///
/// A value is meant to be used again for row after row.
struct TokenDistribution {
  /// ln p of each token.
  private(set) var logs: [Float]
  /// p of each token.
  private(set) var probabilities: [Float]

  init(vocabulary: Int) {
    logs = Array(repeating: 0, count: vocabulary)
    probabilities = logs
  }

  /// Takes a row of logits divided by a temperature.
  ///
  /// - Returns: Whether the row was finite; otherwise the distribution means nothing.
  mutating func set(_ logits: [Float], row: Int, temperature: Float = 1) -> Bool {
    let base = row * logs.count
    let scale = 1 / temperature
    var maximum = -Float.infinity
    for token in 0..<logs.count { maximum = max(maximum, logits[base + token]) }
    guard maximum.isFinite else { return false }
    var sum = 0.0
    for token in 0..<logs.count {
      let shifted = (logits[base + token] - maximum) * scale
      let power = exponential(shifted)
      logs[token] = shifted
      probabilities[token] = power
      sum += Double(power)
    }
    guard sum.isFinite else { return false }
    let (logSum, factor) = (Float(log(sum)), Float(1 / sum))
    for token in 0..<logs.count {
      logs[token] -= logSum
      probabilities[token] *= factor
    }
    return true
  }

  /// Takes class probabilities from one distribution and the choice within each class from another:
  /// `p(a) = P(class of a) · p(a | its class)`.
  mutating func set(
    classes: borrowing TokenDistribution, words: borrowing TokenDistribution,
    _ partition: RewardClasses
  ) {
    let outer = classes.masses(partition)
    let inner = words.masses(partition)
    var shifts = Array(repeating: Float(0), count: partition.count)
    for index in shifts.indices { shifts[index] = Float(log(outer[index]) - log(inner[index])) }
    var factors = shifts
    for index in factors.indices {
      // A class that the word choice rules out cannot be filled.
      factors[index] = inner[index] > 0 ? Float(outer[index] / inner[index]) : 0
    }
    for token in 0..<logs.count {
      let index = Int(partition.indices[token])
      logs[token] = words.logs[token] + shifts[index]
      probabilities[token] = words.probabilities[token] * factors[index]
    }
  }

  /// The probability of each class.
  func masses(_ partition: RewardClasses) -> [Double] {
    var masses = Array(repeating: 0.0, count: partition.count)
    for token in 0..<probabilities.count {
      masses[Int(partition.indices[token])] += Double(probabilities[token])
    }
    return masses
  }

  /// `-Σ p ln p` in nats.
  var entropy: Double {
    var sum = 0.0
    for token in 0..<logs.count where probabilities[token] > 0 {
      sum -= Double(probabilities[token]) * Double(logs[token])
    }
    return sum
  }

  /// `Σ p (ln p - ln q)` in nats, exactly 0 where both are the same.
  func divergence(from other: borrowing TokenDistribution) -> Double {
    var sum = 0.0
    for token in 0..<logs.count {
      sum += Double(probabilities[token]) * Double(logs[token] - other.logs[token])
    }
    return sum
  }

  /// The first token whose cumulative probability exceeds a uniform number.
  ///
  /// Near distributions give the same token for the same number, most of the time: that is what
  /// makes common random numbers useful.
  func token(at uniform: Double) -> Int {
    var total = 0.0
    for token in 0..<probabilities.count { total += Double(probabilities[token]) }
    let target = uniform * total
    var sum = 0.0
    for token in 0..<probabilities.count {
      sum += Double(probabilities[token])
      if sum > target { return token }
    }
    return probabilities.lastIndex { $0 > 0 } ?? 0
  }
}

/// e to the power of a number of at most 0, to about 1e-7 relative, without a call.
///
/// `e^x = 2^n e^r` with `|r| <= ln 2 / 2`, and a polynomial for `e^r` (Cephes, Moshier 1989).
@inline(__always)
func exponential(_ x: Float) -> Float {
  let clipped = max(x, -87)
  // Adding 1.5 · 2^23 rounds to a whole number, which is then in the low bits.
  let shifted = clipped * 1.44269504 + 12_582_912
  let n = shifted - 12_582_912
  let r = (clipped - n * 0.693359375) + n * 2.12194440e-4
  var y: Float = 1.9875691500e-4
  y = y * r + 1.3981999507e-3
  y = y * r + 8.3334519073e-3
  y = y * r + 4.1665795894e-2
  y = y * r + 1.6666665459e-1
  y = y * r + 5.0000001201e-1
  y = y * r * r + r + 1
  let power = Float(bitPattern: (shifted.bitPattern &- 0x4B40_0000 &+ 127) << 23)
  return x < -87 ? 0 : y * power
}
