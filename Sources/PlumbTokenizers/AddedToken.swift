/// A token that is matched in the text as it is written, before the text is split.
public struct AddedToken: Hashable, Sendable {
  /// The token's id.
  public var id: Int
  /// The text that it stands for.
  public var content: String
  /// Whether it is a control token, which text from outside must not be able to write by accident.
  public var isSpecial: Bool
  /// Whether it is matched in the normalized text rather than in the text as given.
  public var isNormalized: Bool
  /// Whether it takes the white space before it.
  public var stripsLeft: Bool
  /// Whether it takes the white space after it.
  public var stripsRight: Bool
  /// Whether it only matches where no letter, mark, digit or underscore touches it.
  public var isWholeWord: Bool

  /// Makes an added token; the defaults are those of a control token.
  public init(
    id: Int, content: String, isSpecial: Bool = true, isNormalized: Bool = false,
    stripsLeft: Bool = false, stripsRight: Bool = false, isWholeWord: Bool = false
  ) {
    self.id = id
    self.content = content
    self.isSpecial = isSpecial
    self.isNormalized = isNormalized
    self.stripsLeft = stripsLeft
    self.stripsRight = stripsRight
    self.isWholeWord = isWholeWord
  }
}
