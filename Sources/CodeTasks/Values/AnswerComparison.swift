/// When a returned value counts as the expected one.
public struct AnswerComparison: Sendable, Equatable {
  /// Whether numbers of different types may be equal.
  public enum Numbers: String, Sendable, Codable {
    /// `True`, `1` and `1.0` are three values. The default: a task that asks for an index is not
    /// answered by a truth value.
    case strict
    /// `True == 1 == 1.0`, as Python's `==` has it; for tasks whose own tests use `==`.
    case python
  }

  /// How numbers of different types compare.
  public var numbers: Numbers
  /// How far two numbers may lie apart, absolutely; used only where one of the two is a `float`.
  public var tolerance: Double

  /// Makes a comparison.
  public init(numbers: Numbers = .strict, tolerance: Double = 0) {
    self.numbers = numbers
    self.tolerance = tolerance
  }

  /// Same type, same content.
  public static let strict = AnswerComparison()

  /// Returns whether `got` counts as `expected`.
  ///
  /// Lists and tuples are compared item by item, dictionaries and sets without regard to order.
  /// `nan` matches `nan`. Cost: quadratic in the size of a dictionary or set, once their counts
  /// agree.
  public func matches(_ expected: PythonValue, _ got: PythonValue) -> Bool {
    switch (expected, got) {
    case (.none, .none): return true
    case (.string(let one), .string(let other)):
      // Not ==, which takes a letter with its accent for the two code points that draw the same.
      return one.unicodeScalars.elementsEqual(other.unicodeScalars)
    case (.list(let one), .list(let other)), (.tuple(let one), .tuple(let other)):
      return one.count == other.count && zip(one, other).allSatisfy { matches($0, $1) }
    case (.dictionary(let one), .dictionary(let other)):
      return one.count == other.count
        && one.allSatisfy { entry in
          other.contains { matches(entry.key, $0.key) && matches(entry.value, $0.value) }
        }
    case (.set(let one), .set(let other)):
      return one.count == other.count
        && one.allSatisfy { item in other.contains { matches(item, $0) } }
    default: return matchesNumbers(expected, got)
    }
  }

  private func matchesNumbers(_ expected: PythonValue, _ got: PythonValue) -> Bool {
    switch (expected, got) {
    case (.boolean(let one), .boolean(let other)): return one == other
    case (.integer(let one), .integer(let other)): return one == other
    case (.largeInteger(let one), .largeInteger(let other)): return one == other
    case (.float(let one), .float(let other)): return isClose(one, other)
    default:
      guard numbers == .python else { return false }
      if let one = expected.wholeNumber, let other = got.wholeNumber { return one == other }
      guard let one = expected.realNumber, let other = got.realNumber else { return false }
      return isClose(one, other)
    }
  }

  private func isClose(_ one: Double, _ other: Double) -> Bool {
    one == other || (one.isNaN && other.isNaN) || abs(one - other) <= tolerance
  }
}

extension PythonValue {
  /// The number of a truth value or an `Int`.
  fileprivate var wholeNumber: Int? {
    switch self {
    case .boolean(let value): value ? 1 : 0
    case .integer(let value): value
    default: nil
    }
  }

  /// The nearest `Double`, for numbers.
  fileprivate var realNumber: Double? {
    switch self {
    case .float(let value): value
    case .largeInteger(let digits): Double(digits)
    default: wholeNumber.map(Double.init)
    }
  }
}
