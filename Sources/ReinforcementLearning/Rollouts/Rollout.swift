import LanguageModeling

/// A completion that a policy drew of a prompt.
public struct Rollout: Sendable, Equatable {
  /// Which prompt, from 0.
  public var prompt: Int
  /// The tokens that were drawn, an end of text among them.
  public var ids: [Int]
  /// Whether the policy ended the text.
  public var hasEnded: Bool

  /// Creates a rollout.
  public init(prompt: Int, ids: [Int], hasEnded: Bool) {
    self.prompt = prompt
    self.ids = ids
    self.hasEnded = hasEnded
  }
}

/// Completions that were drawn together, and the final hidden state behind each of their tokens.
public struct RolloutBatch: Sendable {
  /// The completions.
  public var rollouts: [Rollout]
  /// The final hidden state from which each token was drawn, `[token, model]`, one completion after
  /// the other.
  public var hidden: [Float]
  /// The logits from which the tokens were drawn, if they were kept.
  public var logits: SampledLogits?

  /// Creates a batch.
  public init(rollouts: [Rollout], hidden: [Float], logits: SampledLogits? = nil) {
    self.rollouts = rollouts
    self.hidden = hidden
    self.logits = logits
  }

  /// The number of tokens of each completion.
  public var counts: [Int] { rollouts.map(\.ids.count) }
  /// The number of tokens of all completions.
  public var tokenCount: Int { rollouts.reduce(0) { $0 + $1.ids.count } }
}

/// The logits of a batch's tokens, in the order in which they were computed.
///
/// The memory is used again for the next batch.
public struct SampledLogits: Sendable {
  /// The logits, `[row, vocabulary]`.
  public let buffer: RowBuffer
  /// The token of each row, counted through the completions one after the other.
  public let tokens: [Int]

  /// Describes logits; `tokens` has each token once.
  public init(_ buffer: RowBuffer, tokens: [Int]) {
    (self.buffer, self.tokens) = (buffer, tokens)
  }
}

/// A prompt as tokens.
public struct PromptTokens: Sendable, Hashable, Codable {
  /// The text, empty at the start of a document; `nil` if the prompt was given as ids.
  public var text: String?
  /// The token ids, at least one.
  public var ids: [Int]

  /// Creates a prompt.
  public init(text: String?, ids: [Int]) {
    self.text = text
    self.ids = ids
  }
}

/// What draws completions from a policy.
public protocol RolloutSource: AnyObject {
  /// Draws one completion for each entry of `prompts`.
  ///
  /// - Parameters:
  ///   - prompts: The prompts.
  ///   - order: For each completion the index of its prompt.
  ///   - numbers: For each completion the number that decides its draws.
  ///   - settings: How many tokens, at which temperature, with which seed.
  /// - Returns: The completions in order, with the states behind their tokens.
  /// - Throws: An error of the model, or `CancellationError`.
  func draw(
    _ prompts: [PromptTokens], order: [Int], numbers: [Int], settings: RolloutSettings
  ) throws -> RolloutBatch
}

/// How completions are drawn; nothing is cut off, so that what is sampled is what is scored.
public struct RolloutSettings: Sendable, Hashable {
  /// The most tokens of a completion.
  public var tokens: Int
  /// What divides the logits.
  public var temperature: Float
  /// The token that ends a text, if one does.
  public var endToken: Int?
  /// Decides all draws, with the number of the completion and the position of the token.
  public var seed: UInt64

  /// Creates settings.
  public init(tokens: Int, temperature: Float, endToken: Int?, seed: UInt64) {
    self.tokens = tokens
    self.temperature = temperature
    self.endToken = endToken
    self.seed = seed
  }
}
