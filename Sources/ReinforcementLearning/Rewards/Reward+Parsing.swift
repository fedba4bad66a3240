import Foundation
import PlumbFiles
import PlumbText
import PlumbTokenizers

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
      reader: try ExpressionReader(text), tokenizer: tokenizer, lexicons: lexicons)
    self = try parser.whole()
  }
}

extension Reward: ArithmeticExpression {}

/// Reads what a reward is made of.
private struct RewardParser: ExpressionParser {
  static let names = [
    "count", "token", "matches", "words", "lexicon", "length", "characters", "logprob", "clip",
  ]

  var reader: ExpressionReader<RewardProblem>
  let tokenizer: BPETokenizer?
  let lexicons: [String: [String]]

  mutating func atom() throws(RewardError) -> Reward {
    let start = reader.index
    guard case .name(let name) = reader.word.token else {
      throw reader.unexpected("a part such as count(\".\"), a number or '('")
    }
    guard Self.names.contains(name) else {
      throw reader.error(.unknownName(name: name, nearest: Self.names.nearest(to: name)), at: start)
    }
    reader.advance()
    switch name {
    case "length": return .length
    case "characters": return .characters
    case "logprob": return .baseLogProbability
    default: break
    }
    try reader.require("(")
    let reward: Reward
    switch name {
    case "count": reward = .count(try nonEmptyText("a text to count"))
    case "token": reward = .token(try token())
    case "matches": reward = .matches(try pattern())
    case "words": reward = .words(try wordList())
    case "lexicon": reward = try lexicon()
    default: reward = try clipped()
    }
    try reader.require(")")
    return reward
  }

  private mutating func nonEmptyText(_ expected: String) throws(RewardError) -> String {
    let start = reader.index
    let text = QuotedText.text(try reader.quoted(expected))
    guard !text.isEmpty else { throw reader.error(.emptyText, at: start) }
    return text
  }

  private mutating func pattern() throws(RewardError) -> String {
    let start = reader.index
    let pattern = QuotedText.pattern(try reader.quoted("a regular expression in quotation marks"))
    guard !pattern.isEmpty else { throw reader.error(.emptyText, at: start) }
    guard (try? NSRegularExpression(pattern: pattern)) != nil else {
      throw reader.error(.badPattern(pattern), at: start)
    }
    return pattern
  }

  private mutating func token() throws(RewardError) -> Reward.TokenName {
    let start = reader.index
    if case .number(_, let digits) = reader.word.token {
      guard let id = Int(digits) else { throw reader.unexpected("a whole number") }
      reader.advance()
      if let tokenizer, id >= tokenizer.vocabularySize {
        throw reader.error(.noSuchToken(id: id, last: tokenizer.vocabularySize - 1), at: start)
      }
      return .id(id)
    }
    let text = try nonEmptyText("a token's text in quotation marks, or its id")
    if let tokenizer, tokenizer.id(of: text) == nil {
      throw reader.error(.notOneToken(text: text, count: tokenizer.encode(text).count), at: start)
    }
    return .text(text)
  }

  private mutating func wordList() throws(RewardError) -> [String] {
    var list: [String] = []
    repeat {
      let start = reader.index
      let text = try nonEmptyText("a word in quotation marks")
      guard let word = WordCounting.normalized(text) else {
        throw reader.error(.badWord(text), at: start)
      }
      list.append(word)
    } while reader.take(",")
    return list
  }

  private mutating func lexicon() throws(RewardError) -> Reward {
    let start = reader.index
    let path = try nonEmptyText("the path of a file with one word per line")
    if let words = lexicons[path] { return .lexicon(path: path, words: words) }
    do throws(RewardProblem) {
      return .lexicon(path: path, words: try WordCounting.lexicon(at: path))
    } catch {
      throw reader.error(error, at: start)
    }
  }

  private mutating func clipped() throws(RewardError) -> Reward {
    let reward = try sum()
    try reader.require(",")
    let start = reader.index
    let low = try reader.number()
    try reader.require(",")
    let high = try reader.number()
    guard low <= high else {
      throw reader.error(.descendingLimits(low: low, high: high), at: start)
    }
    return .clipped(reward, low, high)
  }
}
