/// A word of an expression.
public struct ExpressionWord: Equatable, Sendable {
  /// What kind of word it is.
  public let token: Token
  /// Where it begins, in characters from 0.
  public let offset: Int
  /// Whether white space comes before it.
  public let followsSpace: Bool
  /// The word as it was written.
  public let text: String

  /// The kinds of words.
  public enum Token: Equatable, Sendable {
    /// A number without a sign.
    case number(Double, digits: String)
    /// Letters, digits, `_` and `.`, beginning with a letter or `_`.
    case name(String)
    /// What stands between double or single quotation marks, with its backslashes.
    case quoted(String)
    /// Any other character.
    case symbol(Character)
    /// The end of the text.
    case end
  }
}
