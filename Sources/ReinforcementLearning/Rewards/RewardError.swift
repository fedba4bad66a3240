import PlumbText

/// Why a reward could not be understood or evaluated.
public typealias RewardError = ExpressionError<RewardProblem>

/// What is wrong with a reward.
public enum RewardProblem: ExpressionProblem {
  /// The grammar wants something else here.
  case unexpected(found: String, expected: String)
  /// There is no such part of a reward; `nearest` is the most similar name, if any.
  case unknownName(name: String, nearest: String?)
  /// An empty text occurs everywhere and nowhere.
  case emptyText
  /// A regular expression that does not parse.
  case badPattern(String)
  /// Words to count that are more than letters, digits, apostrophes, hyphens and inner spaces.
  case badWord(String)
  /// A text that the tokenizer splits, or has no tokens for.
  case notOneToken(text: String, count: Int)
  /// An id beyond the vocabulary.
  case noSuchToken(id: Int, last: Int)
  /// The file of a lexicon cannot be read or has no words.
  case unreadableLexicon(path: String, reason: String)
  /// Limits the wrong way around.
  case descendingLimits(low: Double, high: Double)
  /// The model has no tokenizer, but the reward is about text.
  case needsTokenizer
}

extension RewardProblem {
  /// What went wrong, with which values.
  public var description: String {
    switch self {
    case .unexpected(let found, let expected):
      return "The reward needs \(expected) here, but has \(found)."
    case .unknownName(let name, let nearest):
      let hint = nearest.map { "; the nearest name is '\($0)'" } ?? ""
      return "A reward has no part named '\(name)'\(hint)."
    case .emptyText:
      return "The text to count is empty; write what to look for between the quotation marks."
    case .badPattern(let pattern):
      return "'\(pattern)' is no regular expression."
    case .badWord(let word):
      return "'\(word)' is no word to count; use letters, digits, apostrophes, hyphens and single"
        + " spaces, or count(\"...\") for any text."
    case .notOneToken(let text, let count):
      return
        "The tokenizer has '\(text)' as \(count) tokens, not as one; name the token by its id, "
        + "or count the text with count(\"...\")."
    case .noSuchToken(let id, let last):
      return "The vocabulary has the tokens 0 to \(last), not \(id)."
    case .unreadableLexicon(let path, let reason):
      return "The lexicon \(path) cannot be used: \(reason)."
    case .descendingLimits(let low, let high):
      return "The limits \(low) and \(high) are the wrong way around; write the lower one first."
    case .needsTokenizer:
      return
        "The reward is about text, but the model has no tokenizer; reward token(ID), length or "
        + "logprob, or use a model with tokenizer files."
    }
  }
}
