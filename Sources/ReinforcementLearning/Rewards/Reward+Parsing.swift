import Foundation
import PlumbFiles
import PlumbModels

extension Reward {
  /// Reads a reward from text.
  ///
  /// - `count(".")`: how often a text occurs.
  /// - `token(".")`, `token(13)`: how many tokens are this one.
  /// - `matches("[0-9]+")`: how many matches a regular expression has.
  /// - `words("good", "fine")`, `lexicon("moods.txt")`: how often any of these words occurs.
  /// - `length`, `characters`: the number of tokens, of characters.
  /// - `logprob`: the log-probability of the completion under the base model, in nats.
  /// - `clip(length, 0, 20)`: a reward kept between two limits.
  /// - Numbers, `+ - *` and parentheses.
  ///
  /// Texts stand in double or single quotation marks; `\n`, `\t` and `\"` are what they are in
  /// Swift. In a regular expression backslashes are its own.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - tokenizer: The tokenizer that must know the tokens; without it only the grammar is checked.
  /// - Throws: ``RewardError`` with the place in the text.
  public init(parsing text: String, tokenizer: BPETokenizer? = nil) throws(RewardError) {
    self = try Reward(text, tokenizer: tokenizer, lexicons: [:])
  }

  /// Reads a reward from text; a lexicon that is given is not read from its file.
  init(
    _ text: String, tokenizer: BPETokenizer? = nil, lexicons: [String: [String]]
  ) throws(RewardError) {
    var parser = RewardParser(
      text: text, words: try RewardLexer.words(text), tokenizer: tokenizer, lexicons: lexicons)
    self = try parser.whole()
  }
}

/// Recursive descent over the words of a reward.
private struct RewardParser {
  static let names = [
    "count", "token", "matches", "words", "lexicon", "length", "characters", "logprob", "clip",
  ]

  let text: String
  let words: [RewardLexer.Word]
  let tokenizer: BPETokenizer?
  let lexicons: [String: [String]]
  var index = 0
  /// How many parentheses and signs are open; a limit keeps hostile text off the stack.
  var depth = 0

  init(
    text: String, words: [RewardLexer.Word], tokenizer: BPETokenizer?,
    lexicons: [String: [String]]
  ) {
    self.text = text
    self.words = words
    self.tokenizer = tokenizer
    self.lexicons = lexicons
  }

  var word: RewardLexer.Word { words[index] }

  // MARK: Arithmetic

  mutating func whole() throws(RewardError) -> Reward {
    let reward = try sum()
    guard word.token == .end else { throw unexpected("an operator or the end") }
    return reward
  }

  private mutating func sum() throws(RewardError) -> Reward {
    var left = try product()
    while true {
      if take("+") {
        left = try .sum(left, product())
      } else if take("-") {
        left = try .difference(left, product())
      } else {
        return left
      }
    }
  }

  private mutating func product() throws(RewardError) -> Reward {
    var left = try signed()
    while take("*") { left = try .product(left, signed()) }
    return left
  }

  private mutating func signed() throws(RewardError) -> Reward {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 100 else { throw unexpected("at most 100 parentheses within each other") }
    if take("-") {
      // A sign before a number is part of it.
      if case .number(let value, _) = word.token {
        index += 1
        return .constant(-value)
      }
      return .negation(try signed())
    }
    if take("(") {
      let inner = try sum()
      try require(")")
      return inner
    }
    return try part()
  }

  // MARK: Parts

  private mutating func part() throws(RewardError) -> Reward {
    let start = index
    if case .number(let value, _) = word.token {
      index += 1
      return .constant(value)
    }
    guard case .name(let name) = word.token else {
      throw unexpected("a part such as count(\".\"), a number or '('")
    }
    guard Self.names.contains(name) else {
      throw error(.unknownName(name: name, nearest: Self.names.nearest(to: name)), start)
    }
    index += 1
    switch name {
    case "length": return .length
    case "characters": return .characters
    case "logprob": return .baseLogProbability
    default: break
    }
    try require("(")
    let reward: Reward
    switch name {
    case "count": reward = .count(try nonEmptyText("a text to count"))
    case "token": reward = .token(try token())
    case "matches": reward = .matches(try pattern())
    case "words": reward = .words(try wordList())
    case "lexicon": reward = try lexicon()
    default: reward = try clipped()
    }
    try require(")")
    return reward
  }

  private mutating func nonEmptyText(_ expected: String) throws(RewardError) -> String {
    let start = index
    let text = QuotedText.text(try quoted(expected))
    guard !text.isEmpty else { throw error(.emptyText, start) }
    return text
  }

  private mutating func pattern() throws(RewardError) -> String {
    let start = index
    let pattern = QuotedText.pattern(try quoted("a regular expression in quotation marks"))
    guard !pattern.isEmpty else { throw error(.emptyText, start) }
    guard (try? NSRegularExpression(pattern: pattern)) != nil else {
      throw error(.badPattern(pattern), start)
    }
    return pattern
  }

  private mutating func token() throws(RewardError) -> Reward.TokenName {
    let start = index
    if case .number(_, let digits) = word.token {
      guard let id = Int(digits) else { throw unexpected("a whole number") }
      index += 1
      if let tokenizer, id >= tokenizer.vocabularySize {
        throw error(.noSuchToken(id: id, last: tokenizer.vocabularySize - 1), start)
      }
      return .id(id)
    }
    let text = try nonEmptyText("a token's text in quotation marks, or its id")
    if let tokenizer, tokenizer.id(of: text) == nil {
      throw error(.notOneToken(text: text, count: tokenizer.encode(text).count), start)
    }
    return .text(text)
  }

  private mutating func wordList() throws(RewardError) -> [String] {
    var list: [String] = []
    repeat {
      let start = index
      let text = try nonEmptyText("a word in quotation marks")
      guard let word = WordCounting.normalized(text) else { throw error(.badWord(text), start) }
      list.append(word)
    } while take(",")
    return list
  }

  private mutating func lexicon() throws(RewardError) -> Reward {
    let start = index
    let path = try nonEmptyText("the path of a file with one word per line")
    if let words = lexicons[path] { return .lexicon(path: path, words: words) }
    do throws(RewardError.Reason) {
      return .lexicon(path: path, words: try WordCounting.lexicon(at: path))
    } catch {
      throw self.error(error, start)
    }
  }

  private mutating func clipped() throws(RewardError) -> Reward {
    let reward = try sum()
    try require(",")
    let start = index
    let low = try number()
    try require(",")
    let high = try number()
    guard low <= high else { throw error(.descendingLimits(low: low, high: high), start) }
    return .clipped(reward, low, high)
  }

  // MARK: Words

  private mutating func take(_ symbol: Character) -> Bool {
    guard word.token == .symbol(symbol) else { return false }
    index += 1
    return true
  }

  private mutating func require(_ symbol: Character) throws(RewardError) {
    guard take(symbol) else { throw unexpected("'\(symbol)'") }
  }

  private mutating func quoted(_ expected: String) throws(RewardError) -> String {
    guard case .quoted(let raw) = word.token else { throw unexpected(expected) }
    index += 1
    return raw
  }

  private mutating func number() throws(RewardError) -> Double {
    let isNegative = take("-")
    guard case .number(let value, _) = word.token else { throw unexpected("a number") }
    index += 1
    return isNegative ? -value : value
  }

  // MARK: Errors

  private func error(_ reason: RewardError.Reason, _ index: Int) -> RewardError {
    RewardError(reason: reason, place: .init(text: text, offset: words[index].offset))
  }

  private func unexpected(_ expected: String) -> RewardError {
    let found = word.token == .end ? "the end of the text" : "'\(word.text)'"
    return error(.unexpected(found: found, expected: expected), index)
  }
}
