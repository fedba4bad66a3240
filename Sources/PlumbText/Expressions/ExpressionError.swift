/// What can be wrong with an expression of one kind.
public protocol ExpressionProblem: Error, Equatable, CustomStringConvertible {
  /// The grammar wants something else here.
  static func unexpected(found: String, expected: String) -> Self
}

/// Why an expression could not be understood.
public struct ExpressionError<Problem: ExpressionProblem>: Error, Equatable, Sendable {
  /// What is wrong.
  public let problem: Problem
  /// Where it is wrong; `nil` for an expression that was not read from text.
  public let place: ExpressionPlace?

  /// An error at a place of a text, if the expression was read from one.
  public init(_ problem: Problem, at place: ExpressionPlace? = nil) {
    self.problem = problem
    self.place = place
  }
}

/// A character of a text.
public struct ExpressionPlace: Equatable, Sendable {
  /// The text.
  public let text: String
  /// The index of the character, from 0; the text's count is its end.
  public let offset: Int

  /// The character of `text` at an index from 0.
  public init(text: String, offset: Int) {
    self.text = text
    self.offset = offset
  }
}

extension ExpressionError: CustomStringConvertible {
  /// What went wrong, with a mark below the character if it was read from text.
  public var description: String {
    guard let place else { return problem.description }
    let mark = String(repeating: " ", count: place.offset) + "^"
    return "\(problem.description)\n  \(place.text)\n  \(mark)"
  }
}
