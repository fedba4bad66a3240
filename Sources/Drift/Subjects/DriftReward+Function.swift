import PlumbTokenizers
import ReinforcementLearning

extension DriftReward {
  /// The reward of a fine-tuning; `nil` if it depends on more than the tokens of a completion.
  ///
  /// - Parameters:
  ///   - reward: The reward.
  ///   - tokenizer: The models' tokenizer.
  ///   - vocabulary: The number of tokens that the models know.
  /// - Throws: `RewardError` if the vocabulary lacks a token that the reward names.
  public init?(
    _ reward: Reward, tokenizer: BPETokenizer?, vocabulary: Int
  ) throws(RewardError) {
    guard !reward.needs.contains(.baseLogProbabilities) else { return nil }
    let function = try RewardFunction(reward, tokenizer: tokenizer)
    let texts = tokenizer.map(TokenTexts.init)
    let value: @Sendable ([Int]) -> Double = { ids in
      function.value(of: RewardedCompletion(ids, texts: texts))
    }
    let nothing = value([])
    self.init(
      name: reward.description,
      perToken: reward.addsUpOverTokens
        ? (0..<vocabulary).map { value([$0]) - nothing } : nil,
      value: value)
  }
}

extension Reward {
  /// Whether each token adds the same whatever comes before it.
  var addsUpOverTokens: Bool {
    switch self {
    case .constant, .token, .length: true
    // What is one byte long cannot lie across two tokens.
    case .count(let text): text.utf8.count == 1
    case .matches, .words, .lexicon, .characters, .baseLogProbability, .clipped: false
    case .sum(let a, let b), .difference(let a, let b):
      a.addsUpOverTokens && b.addsUpOverTokens
    case .product(let a, let b):
      a.isConstant && b.addsUpOverTokens || a.addsUpOverTokens && b.isConstant
    case .negation(let a): a.addsUpOverTokens
    }
  }

  private var isConstant: Bool {
    switch self {
    case .constant: true
    case .sum(let a, let b), .difference(let a, let b), .product(let a, let b):
      a.isConstant && b.isConstant
    case .negation(let a), .clipped(let a, _, _): a.isConstant
    default: false
    }
  }
}
