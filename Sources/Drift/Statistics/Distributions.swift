import Foundation

/// The standard normal distribution.
enum Gaussian {
  /// The probability below a value.
  static func lowerTail(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

  /// The probability of a value as far from 0, on either side.
  static func twoSided(_ z: Double) -> Double { erfc(abs(z) / 2.0.squareRoot()) }
}

/// Student's t distribution.
enum StudentT {
  /// The value below which a share of the distribution lies.
  ///
  /// - Parameters:
  ///   - share: The share, in 0.5 ..< 1.
  ///   - degreesOfFreedom: At least 1.
  /// - Returns: The value, at least 0.
  static func quantile(_ share: Double, degreesOfFreedom: Int) -> Double {
    var (low, high) = (0.0, 1.0)
    while lowerTail(high, degreesOfFreedom) < share { high *= 2 }
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if lowerTail(middle, degreesOfFreedom) < share { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The probability below a value of at least 0, in closed form for whole degrees of freedom
  /// (Abramowitz and Stegun, 26.7.3 and 26.7.4).
  static func lowerTail(_ t: Double, _ degreesOfFreedom: Int) -> Double {
    let n = degreesOfFreedom
    let angle = atan(t / Double(n).squareRoot())
    let (sine, cosine) = (sin(angle), cos(angle))
    var (sum, term) = (0.0, 1.0)
    if n.isMultiple(of: 2) {
      for k in stride(from: 0, to: n, by: 2) {
        sum += term
        term *= cosine * cosine * Double(k + 1) / Double(k + 2)
      }
      return 0.5 + sine * sum / 2
    }
    term = cosine
    for k in stride(from: 1, to: n, by: 2) {
      sum += term
      term *= cosine * cosine * Double(k + 1) / Double(k + 2)
    }
    return 0.5 + (angle + sine * sum) / .pi
  }
}
