/// The words of a reward's text.
struct RewardLexer {
  enum Token: Equatable {
    case number(Double, digits: String)
    case name(String)
    case quoted(String)
    case symbol(Character)
    case end
  }

  struct Word {
    let token: Token
    /// Where it begins, in characters from 0.
    let offset: Int
    /// The word as it was written.
    let text: String
  }

  /// Splits a text into words; the last one is the end.
  static func words(_ text: String) throws(RewardError) -> [Word] {
    var lexer = RewardLexer(text: text, characters: Array(text))
    var words: [Word] = []
    while let word = try lexer.next() { words.append(word) }
    words.append(Word(token: .end, offset: lexer.characters.count, text: ""))
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

  private mutating func next() throws(RewardError) -> Word? {
    _ = take { $0.isWhitespace }
    guard let first = current else { return nil }
    let start = position
    let token: Token
    if first.isASCII, first.isNumber || first == "." {
      token = try number()
    } else if first.isLetter {
      token = .name(take { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" })
    } else if first == "\"" || first == "'" {
      token = .quoted(try quoted(by: first))
    } else {
      position += 1
      token = .symbol(first)
    }
    return Word(token: token, offset: start, text: String(characters[start..<position]))
  }

  private mutating func number() throws(RewardError) -> Token {
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
      throw error(.unexpected(found: "'\(digits)'", expected: "a number"), start)
    }
    return .number(value, digits: digits)
  }

  /// What stands between quotation marks, its backslashes kept.
  private mutating func quoted(by mark: Character) throws(RewardError) -> String {
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
    throw error(
      .unexpected(found: "the end of the text", expected: "a closing quotation mark"), start)
  }

  private func error(_ reason: RewardError.Reason, _ offset: Int) -> RewardError {
    RewardError(reason: reason, place: .init(text: text, offset: offset))
  }
}
