/// The largest difference between two lists of numbers; infinity where a number is not one.
public func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  excess(a, b, relative: 0)
}

/// The largest excess of a difference over `relative` times the expected value.
///
/// Compare it with the absolute tolerance. It is infinity where a number is not one.
public func excess<Number: BinaryFloatingPoint>(
  _ got: [Number], _ expected: [Number], relative: Number = 0
) -> Number {
  guard got.count == expected.count else { return .infinity }
  var largest: Number = 0
  for (x, y) in zip(got, expected) where x != y {
    let excess = abs(x - y) - relative * abs(y)
    if excess.isNaN { return .infinity }
    largest = max(largest, excess)
  }
  return largest
}

/// The cosine of the angle between two lists of numbers.
public func cosine(_ a: [Float], _ b: [Float]) -> Double {
  var (dot, left, right) = (0.0, 0.0, 0.0)
  for (x, y) in zip(a, b) {
    dot += Double(x) * Double(y)
    left += Double(x) * Double(x)
    right += Double(y) * Double(y)
  }
  return dot / (left * right).squareRoot()
}
