import PlumbText

extension Reward: CustomStringConvertible {
  /// The reward as text, from which ``init(parsing:tokenizer:)`` gives it back.
  public var description: String { printed(within: 0) }

  /// How tightly the outermost operator binds: 1 for sums, 2 for products, 3 for the rest.
  private var precedence: Int {
    switch self {
    case .sum, .difference: 1
    case .product: 2
    // After a sign a number would become a part of it.
    case .negation: 3
    default: 4
    }
  }

  private func printed(within outer: Int) -> String {
    let text =
      switch self {
      case .constant(let value): Self.number(value)
      case .count(let text): "count(\(QuotedText.quoting(text: text)))"
      case .token(.text(let text)): "token(\(QuotedText.quoting(text: text)))"
      case .token(.id(let id)): "token(\(id))"
      case .matches(let pattern): "matches(\(QuotedText.quoting(pattern: pattern)))"
      case .words(let words):
        "words(\(words.map { QuotedText.quoting(text: $0) }.joined(separator: ", ")))"
      case .lexicon(let path, _): "lexicon(\(QuotedText.quoting(text: path)))"
      case .length: "length"
      case .characters: "characters"
      case .baseLogProbability: "logprob"
      case .sum(let a, let b): "\(a.printed(within: 1)) + \(b.printed(within: 2))"
      case .difference(let a, let b): "\(a.printed(within: 1)) - \(b.printed(within: 2))"
      case .product(let a, let b): "\(a.printed(within: 2)) * \(b.printed(within: 3))"
      case .negation(.constant(let value)): "-(\(Self.number(value)))"
      case .negation(let a): "-\(a.printed(within: 3))"
      case .clipped(let a, let low, let high):
        "clip(\(a.printed(within: 0)), \(Self.number(low)), \(Self.number(high)))"
      }
    return precedence < outer ? "(\(text))" : text
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }
}

extension Reward: Codable {
  /// Reads a reward, with the words of its lexicons as they were.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let text = try container.decode(String.self, forKey: .expression)
    let lexicons = try container.decodeIfPresent([String: [String]].self, forKey: .lexicons) ?? [:]
    self = try Reward(text, lexicons: lexicons)
  }

  /// Writes the text and the words of all lexicons.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(description, forKey: .expression)
    let lexicons = self.lexicons
    if !lexicons.isEmpty { try container.encode(lexicons, forKey: .lexicons) }
  }

  private enum Key: String, CodingKey { case expression, lexicons }

  /// The words of every lexicon, by path.
  public var lexicons: [String: [String]] {
    switch self {
    case .lexicon(let path, let words): [path: words]
    case .sum(let a, let b), .difference(let a, let b), .product(let a, let b):
      a.lexicons.merging(b.lexicons) { first, _ in first }
    case .negation(let a), .clipped(let a, _, _): a.lexicons
    default: [:]
    }
  }
}
