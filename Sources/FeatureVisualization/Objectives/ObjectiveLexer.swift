/// The words of an objective's text.
struct ObjectiveLexer {
  enum Token: Equatable {
    case number(Double, digits: String)
    case name(String)
    case symbol(Character)
    case end
  }

  struct Word {
    let token: Token
    /// Where it begins, in characters from 0.
    let offset: Int
    /// Whether white space comes before it.
    let followsSpace: Bool
    /// The word as it was written.
    let text: String
  }

  /// Splits a text into words; the last one is the end.
  static func words(_ text: String) throws(ObjectiveError) -> [Word] {
    var lexer = ObjectiveLexer(text: text, characters: Array(text))
    var words: [Word] = []
    while let word = try lexer.next() { words.append(word) }
    words.append(Word(token: .end, offset: lexer.characters.count, followsSpace: true, text: ""))
    return words
  }

  private let text: String
  private let characters: [Character]
  private var position = 0

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

  private mutating func next() throws(ObjectiveError) -> Word? {
    let begin = position
    _ = take { $0.isWhitespace }
    guard let first = current else { return nil }
    let start = position
    let token: Token
    if first.isASCII, first.isNumber || first == "." {
      token = try number()
    } else if first.isLetter || first == "_" {
      // Dots, as in `layer1.0.conv1`, belong to a name; anything else needs quotation marks.
      token = .name(take { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." })
    } else if first == "\"" {
      token = .name(try quoted())
    } else {
      position += 1
      token = .symbol(first)
    }
    return Word(
      token: token, offset: start, followsSpace: start > begin,
      text: String(characters[start..<position]))
  }

  private mutating func number() throws(ObjectiveError) -> Token {
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
      throw ObjectiveError(
        reason: .unexpected(found: "'\(digits)'", expected: "a number"),
        place: .init(text: text, offset: start))
    }
    return .number(value, digits: digits)
  }

  private mutating func quoted() throws(ObjectiveError) -> String {
    let start = position
    position += 1
    var name = ""
    while let character = current {
      position += 1
      if character == "\"" { return name }
      if character == "\\", let escaped = current {
        position += 1
        name.append(escaped)
      } else {
        name.append(character)
      }
    }
    throw ObjectiveError(
      reason: .unexpected(found: "the end of the text", expected: "a closing quotation mark"),
      place: .init(text: text, offset: start))
  }
}
