/// What a completion is worth, as an expression: `count(".") - 0.1 * length`.
///
/// Only the completion counts, never its prompt. Every reward has a value for each beginning of a
/// completion as well, so that each token can be credited with what it added (``Credit``).
public indirect enum Reward: Hashable, Sendable {
  /// A number.
  case constant(Double)
  /// How often a text occurs, without overlaps, from left to right.
  case count(String)
  /// How many tokens have an id.
  case token(TokenName)
  /// How many matches a regular expression has, without overlaps.
  case matches(String)
  /// How often any of these words occurs, whole and whatever its case.
  case words([String])
  /// ``words(_:)`` with the lines of a file.
  case lexicon(path: String, words: [String])
  /// The number of tokens.
  case length
  /// The number of characters.
  case characters
  /// The log-probability of the tokens under the base model, in nats.
  case baseLogProbability
  /// The sum of two rewards.
  case sum(Reward, Reward)
  /// The first reward minus the second.
  case difference(Reward, Reward)
  /// The product of two rewards.
  case product(Reward, Reward)
  /// Minus a reward.
  case negation(Reward)
  /// A reward no lower than the first limit and no higher than the second.
  case clipped(Reward, Double, Double)

  /// How a token is named.
  public enum TokenName: Hashable, Sendable {
    /// By the text that it is, which the tokenizer must have as one token.
    case text(String)
    /// By its id.
    case id(Int)
  }
}

extension Reward {
  /// What a reward needs to be evaluated.
  public struct Needs: OptionSet, Sendable {
    /// The bits.
    public let rawValue: Int

    /// Creates a set of these bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The completion's text.
    public static let text = Needs(rawValue: 1)
    /// How the text is split into tokens, so that the text alone is not enough.
    public static let tokens = Needs(rawValue: 2)
    /// The tokens' log-probabilities under the base model.
    public static let baseLogProbabilities = Needs(rawValue: 4)
  }

  /// What this reward needs to be evaluated.
  public var needs: Needs {
    switch self {
    case .constant: []
    case .count, .matches, .words, .lexicon, .characters: .text
    case .token, .length: .tokens
    case .baseLogProbability: [.tokens, .baseLogProbabilities]
    case .sum(let a, let b), .difference(let a, let b), .product(let a, let b):
      a.needs.union(b.needs)
    case .negation(let a), .clipped(let a, _, _): a.needs
    }
  }
}
