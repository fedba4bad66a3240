/// Splits the text of an expression into words.
struct ExpressionLexer<Problem: ExpressionProblem> {
  private let text: String
  private let characters: [Character]
  private var position = 0

  /// The words of a text; the last one is the end.
  static func words(_ text: String) throws(ExpressionError<Problem>) -> [ExpressionWord] {
    var lexer = ExpressionLexer(text: text, characters: Array(text))
    var words: [ExpressionWord] = []
    while let word = try lexer.next() { words.append(word) }
    let end = lexer.characters.count
    words.append(ExpressionWord(token: .end, offset: end, followsSpace: true, text: ""))
    return words
  }

  private init(text: String, characters: [Character]) {
    self.text = text
    self.characters = characters
  }

  private var current: Character? {
    position < characters.count ? characters[position] : nil
  }

  private mutating func take(while condition: (Character) -> Bool) -> String {
    let start = position
    while let character = current, condition(character) { position += 1 }
    return String(characters[start..<position])
  }

  private mutating func next() throws(ExpressionError<Problem>) -> ExpressionWord? {
    let begin = position
    _ = take { $0.isWhitespace }
    guard let first = current else { return nil }
    let start = position
    let token: ExpressionWord.Token
    if first.isASCII, first.isNumber || first == "." {
      token = try number()
    } else if first.isLetter || first == "_" {
      // Dots, as in `layer1.0.conv1`, belong to a name; anything else needs quotation marks.
      token = .name(take { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." })
    } else if first == "\"" || first == "'" {
      token = .quoted(try quoted(by: first))
    } else {
      position += 1
      token = .symbol(first)
    }
    return ExpressionWord(
      token: token, offset: start, followsSpace: start > begin,
      text: String(characters[start..<position]))
  }

  private mutating func number() throws(ExpressionError<Problem>) -> ExpressionWord.Token {
    let start = position
    let digit = { (character: Character) in character.isASCII && character.isNumber }
    _ = take(while: digit)
    if current == "." {
      position += 1
      _ = take(while: digit)
    }
    if current == "e" || current == "E" {
      let mark = position
      position += 1
      if current == "+" || current == "-" { position += 1 }
      if take(while: digit).isEmpty { position = mark }
    }
    let digits = String(characters[start..<position])
    guard let value = Double(digits), value.isFinite else {
      throw unexpected(found: "'\(digits)'", expected: "a number", at: start)
    }
    return .number(value, digits: digits)
  }

  private mutating func quoted(
    by mark: Character
  ) throws(ExpressionError<Problem>) -> String {
    let start = position
    position += 1
    var content = ""
    while let character = current {
      position += 1
      if character == mark { return content }
      content.append(character)
      if character == "\\", let escaped = current {
        position += 1
        content.append(escaped)
      }
    }
    throw unexpected(
      found: "the end of the text", expected: "a closing quotation mark", at: start)
  }

  private func unexpected(
    found: String, expected: String, at offset: Int
  ) -> ExpressionError<Problem> {
    ExpressionError(
      .unexpected(found: found, expected: expected), at: .init(text: text, offset: offset))
  }
}
