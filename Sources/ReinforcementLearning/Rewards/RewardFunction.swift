import Foundation
import PlumbText
import PlumbTokenizers

/// A reward, ready to be evaluated on completions of one vocabulary.
public struct RewardFunction: Sendable {
  /// The reward.
  public let reward: Reward
  private let term: Term

  /// Prepares a reward.
  ///
  /// - Parameters:
  ///   - reward: The reward.
  ///   - tokenizer: The model's tokenizer; without one a reward cannot be about text.
  /// - Throws: ``RewardError`` if the vocabulary lacks a token, or there is no vocabulary.
  public init(_ reward: Reward, tokenizer: BPETokenizer?) throws(RewardError) {
    if reward.needs.contains(.text), tokenizer == nil {
      throw RewardError(.needsTokenizer)
    }
    self.reward = reward
    self.term = try Term(reward, tokenizer)
  }

  /// What a whole completion is worth.
  public func value(of completion: RewardedCompletion) -> Double {
    term.values(of: completion, at: [completion.ids.count])[0]
  }

  /// What the completion is worth, and what each token added.
  public func credit(of completion: RewardedCompletion) -> Credit {
    let values = term.values(of: completion, at: Array(0...completion.ids.count))
    return Credit(
      base: values[0], perToken: zip(values.dropFirst(), values).map { $0 - $1 })
  }

  /// What a text is worth by itself; `nil` if the reward is about tokens, not text alone.
  public func value(ofText text: String) -> Double? {
    guard reward.needs.isSubset(of: .text) else { return nil }
    return term.values(of: RewardedCompletion(bytes: Array(text.utf8)), at: [1])[0]
  }
}

/// A reward split over the tokens that earned it.
///
/// A token's credit is what the completion is worth up to and with it, minus what it is worth
/// before it. So the credits add up to the reward whatever the expression, and no credit depends on
/// later tokens, which is what reward-to-go needs to be unbiased.
public struct Credit: Sendable, Equatable {
  /// What an empty completion is worth.
  public let base: Double
  /// What each token added.
  public let perToken: [Double]

  /// What the completion is worth.
  public var total: Double { perToken.reduce(base, +) }
}

/// A reward with its patterns compiled and its tokens looked up.
private indirect enum Term: Sendable {
  case constant(Double)
  case count([UInt8])
  case token(Int)
  case matches(NSRegularExpression)
  case words(WordCounting)
  case length
  case characters
  case baseLogProbability
  case pair(Term, Term, @Sendable (Double, Double) -> Double)
  case map(Term, @Sendable (Double) -> Double)

  init(_ reward: Reward, _ tokenizer: BPETokenizer?) throws(RewardError) {
    switch reward {
    case .constant(let value): self = .constant(value)
    case .count(let text): self = .count(Array(text.utf8))
    case .token(.id(let id)):
      if let tokenizer, id >= tokenizer.vocabularySize {
        throw RewardError(.noSuchToken(id: id, last: tokenizer.vocabularySize - 1))
      }
      self = .token(id)
    case .token(.text(let text)):
      guard let tokenizer else { throw RewardError(.needsTokenizer) }
      guard let id = tokenizer.id(of: text) else {
        throw RewardError(.notOneToken(text: text, count: tokenizer.encode(text).count))
      }
      self = .token(id)
    case .matches(let pattern):
      guard let expression = try? NSRegularExpression(pattern: pattern) else {
        throw RewardError(.badPattern(pattern))
      }
      self = .matches(expression)
    case .words(let words), .lexicon(_, let words): self = .words(WordCounting(words))
    case .length: self = .length
    case .characters: self = .characters
    case .baseLogProbability: self = .baseLogProbability
    case .sum(let a, let b): self = .pair(try Term(a, tokenizer), try Term(b, tokenizer), +)
    case .difference(let a, let b): self = .pair(try Term(a, tokenizer), try Term(b, tokenizer), -)
    case .product(let a, let b): self = .pair(try Term(a, tokenizer), try Term(b, tokenizer), *)
    case .negation(let a): self = .map(try Term(a, tokenizer), -)
    case .clipped(let a, let low, let high):
      self = .map(try Term(a, tokenizer)) { min(max($0, low), high) }
    }
  }

  /// The values of a completion's beginnings.
  ///
  /// - Parameters:
  ///   - completion: The completion.
  ///   - lengths: How many tokens each beginning has, ascending.
  /// - Returns: A value for each length.
  func values(of completion: RewardedCompletion, at lengths: [Int]) -> [Double] {
    switch self {
    case .constant(let value): return lengths.map { _ in value }
    case .count(let text): return Self.counts(of: text, completion, lengths)
    case .token(let id): return Self.sums(completion.ids.map { $0 == id ? 1 : 0 }, lengths)
    case .length: return lengths.map(Double.init)
    case .baseLogProbability:
      guard let values = completion.baseLogProbabilities else {
        preconditionFailure("a reward needs the base's log-probabilities of \(completion.ids)")
      }
      return Self.sums(values.map(Double.init), lengths)
    case .matches(let expression):
      return Self.ofTexts(completion, lengths) { text in
        expression.numberOfMatches(in: text, range: NSRange(text.startIndex..., in: text))
      }
    case .words(let counting): return Self.ofTexts(completion, lengths, counting.count)
    case .characters: return Self.ofTexts(completion, lengths, \.count)
    case .pair(let a, let b, let combine):
      return zip(a.values(of: completion, at: lengths), b.values(of: completion, at: lengths))
        .map(combine)
    case .map(let a, let change): return a.values(of: completion, at: lengths).map(change)
    }
  }

  private static func sums(_ values: [Double], _ lengths: [Int]) -> [Double] {
    var sum = 0.0
    var done = 0
    return lengths.map { length in
      while done < length {
        sum += values[done]
        done += 1
      }
      return sum
    }
  }

  private static func ofTexts(
    _ completion: RewardedCompletion, _ lengths: [Int], _ value: (String) -> Int
  ) -> [Double] {
    let pieces = completion.pieces ?? []
    return lengths.map { Double(value(String(decoding: pieces[..<$0].joined(), as: UTF8.self))) }
  }

  /// A left-to-right scan without overlaps never takes a match back, so one scan serves all
  /// beginnings.
  private static func counts(
    of text: [UInt8], _ completion: RewardedCompletion, _ lengths: [Int]
  ) -> [Double] {
    let pieces = completion.pieces ?? []
    var bytes: [UInt8] = []
    var start = 0
    var count = 0
    var done = 0
    return lengths.map { length in
      while done < length {
        bytes += pieces[done]
        done += 1
      }
      while start + text.count <= bytes.count {
        let isMatch = bytes[start..<start + text.count].elementsEqual(text)
        count += isMatch ? 1 : 0
        start += isMatch ? text.count : 1
      }
      return Double(count)
    }
  }
}
