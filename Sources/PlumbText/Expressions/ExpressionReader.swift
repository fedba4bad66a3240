/// The words of an expression's text, read one after another.
public struct ExpressionReader<Problem: ExpressionProblem> {
  /// The text.
  public let text: String
  /// Its words; the last one is the end.
  public let words: [ExpressionWord]
  /// The word that comes next.
  public private(set) var index = 0
  /// How many parentheses and signs are open.
  var depth = 0

  /// The words of a text.
  public init(_ text: String) throws(ExpressionError<Problem>) {
    self.text = text
    words = try ExpressionLexer<Problem>.words(text)
  }

  /// The word that comes next.
  public var word: ExpressionWord { words[index] }

  /// Goes to the word after this one.
  public mutating func advance() { index += 1 }

  /// Goes past a symbol, if it comes next.
  public mutating func take(_ symbol: Character) -> Bool {
    guard word.token == .symbol(symbol) else { return false }
    index += 1
    return true
  }

  /// Goes past a symbol.
  public mutating func require(_ symbol: Character) throws(ExpressionError<Problem>) {
    guard take(symbol) else { throw unexpected("'\(symbol)'") }
  }

  /// Reads a number, with a sign if it has one.
  public mutating func number() throws(ExpressionError<Problem>) -> Double {
    let isNegative = take("-")
    guard case .number(let value, _) = word.token else { throw unexpected("a number") }
    index += 1
    return isNegative ? -value : value
  }

  /// Reads a whole number without a sign.
  public mutating func whole(_ expected: String) throws(ExpressionError<Problem>) -> Int {
    guard case .number(_, let digits) = word.token, let value = Int(digits) else {
      throw unexpected("\(expected), a whole number,")
    }
    index += 1
    return value
  }

  /// Reads what stands in quotation marks, with its backslashes.
  public mutating func quoted(_ expected: String) throws(ExpressionError<Problem>) -> String {
    guard case .quoted(let raw) = word.token else { throw unexpected(expected) }
    index += 1
    return raw
  }

  /// A problem at one of the words.
  public func error(_ problem: Problem, at index: Int) -> ExpressionError<Problem> {
    ExpressionError(problem, at: .init(text: text, offset: words[index].offset))
  }

  /// That the next word is not what is needed.
  public func unexpected(_ expected: String) -> ExpressionError<Problem> {
    let found = word.token == .end ? "the end of the text" : "'\(word.text)'"
    return error(.unexpected(found: found, expected: expected), at: index)
  }
}
