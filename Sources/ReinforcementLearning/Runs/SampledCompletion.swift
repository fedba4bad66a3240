import LanguageModeling

/// A completion for people to read, with its reward.
public struct SampledCompletion: Sendable, Hashable, Codable {
  /// One token.
  public struct Token: Sendable, Hashable, Codable {
    /// The id.
    public var id: Int
    /// The text; pieces of characters as U+FFFD.
    public var text: String
    /// The log-probability in nats, by the model alone.
    public var logprob: Float
    /// What the token added to the reward.
    public var credit: Double
  }

  /// The number of the completion, which with the seed decides its random numbers.
  public var index: Int
  /// The prompt: its text, or its ids where it had none.
  public var prompt: String
  /// The completion's text, without the prompt.
  public var text: String
  /// The token ids.
  public var ids: [Int]
  /// The tokens.
  public var tokens: [Token]
  /// How it ended.
  public var finish: FinishReason
  /// What it is worth.
  public var reward: Double
}

/// The completions of a model, before or after.
public struct CompletionSet: Sendable, Hashable, Codable {
  /// The completions, all of the first prompt first.
  public var completions: [SampledCompletion]

  /// Creates a set.
  public init(completions: [SampledCompletion]) { self.completions = completions }

  /// The mean reward; 0 of nothing.
  public var meanReward: Double {
    completions.reduce(0) { $0 + $1.reward } / Double(max(completions.count, 1))
  }
}
