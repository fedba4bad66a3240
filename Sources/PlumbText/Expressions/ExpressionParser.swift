/// Reads an expression by recursive descent over its words.
///
/// Arithmetic is the same for all kinds of expressions: `+` and `-` bind less than `*` (and `/` where
/// there is one), signs bind most. A kind says what its atoms are.
public protocol ExpressionParser {
  /// What is read.
  associatedtype Value: ArithmeticExpression
  /// What can be wrong with it.
  associatedtype Problem: ExpressionProblem

  /// The words that are read, and how far.
  var reader: ExpressionReader<Problem> { get set }

  /// Reads what is neither a sign nor a number nor in parentheses.
  mutating func atom() throws(ExpressionError<Problem>) -> Value

  /// The operator of a symbol that binds like `*`, if it is one.
  func factor(by symbol: Character) -> ((Value, Value) -> Value)?
}

extension ExpressionParser {
  /// The product alone.
  public func factor(by symbol: Character) -> ((Value, Value) -> Value)? {
    symbol == "*" ? Value.product : nil
  }

  /// Reads the whole text.
  public mutating func whole() throws(ExpressionError<Problem>) -> Value {
    let value = try sum()
    guard reader.word.token == .end else { throw reader.unexpected("an operator or the end") }
    return value
  }

  /// Reads a sum, as far as it goes.
  public mutating func sum() throws(ExpressionError<Problem>) -> Value {
    var left = try product()
    while true {
      if reader.take("+") {
        left = try .sum(left, product())
      } else if reader.take("-") {
        left = try .difference(left, product())
      } else {
        return left
      }
    }
  }

  private mutating func product() throws(ExpressionError<Problem>) -> Value {
    var left = try signed()
    while case .symbol(let symbol) = reader.word.token, let combined = factor(by: symbol) {
      reader.advance()
      left = combined(left, try signed())
    }
    return left
  }

  private mutating func signed() throws(ExpressionError<Problem>) -> Value {
    reader.depth += 1
    defer { reader.depth -= 1 }
    // A limit keeps hostile text off the stack.
    guard reader.depth <= 100 else {
      throw reader.unexpected("at most 100 parentheses within each other")
    }
    if reader.take("-") {
      // A sign before a number is part of it.
      if case .number(let value, _) = reader.word.token {
        reader.advance()
        return .constant(-value)
      }
      return .negation(try signed())
    }
    if reader.take("(") {
      let inner = try sum()
      try reader.require(")")
      return inner
    }
    if case .number(let value, _) = reader.word.token {
      reader.advance()
      return .constant(value)
    }
    return try atom()
  }
}
