/// What is to be completed, and how.
public struct GenerationOptions: Sendable, Hashable, Codable {
  /// How many tokens are generated at most.
  public var newTokens = 30
  /// How each is chosen.
  public var sampling = Sampling()
  /// Decides all draws, with the number of the completion and that of the token.
  public var seed: UInt64 = 0
  /// Tokens that end a completion; they are its last.
  public var endTokens: [Int] = []
  /// Texts that end a completion; it is cut before them.
  public var stopStrings: [String] = []

  /// Creates options.
  public init(
    newTokens: Int = 30, sampling: Sampling = Sampling(), seed: UInt64 = 0,
    endTokens: [Int] = [], stopStrings: [String] = []
  ) {
    self.newTokens = newTokens
    self.sampling = sampling
    self.seed = seed
    self.endTokens = endTokens
    self.stopStrings = stopStrings
  }
}

/// A prompt to be completed, once.
public struct GenerationRequest: Sendable, Hashable, Codable {
  /// The tokens of the prompt, at least one.
  public var prompt: [Int]
  /// The number that, with the seed, decides the draws; a request has the same completion in
  /// whatever company.
  public var completion: Int

  /// Creates a request.
  public init(prompt: [Int], completion: Int) {
    self.prompt = prompt
    self.completion = completion
  }
}

/// How a completion ended.
public enum FinishReason: String, Sendable, Hashable, Codable {
  /// All tokens that were asked for are there.
  case length
  /// It contains a stop string.
  case stop
  /// The model ended the text.
  case end
}

/// What a model wrote.
public struct Completion: Sendable, Hashable, Codable {
  /// The number of the completion.
  public var index: Int
  /// The tokens of the prompt.
  public var prompt: [Int]
  /// The tokens that were generated.
  public var ids: [Int]
  /// The logarithm of each token's probability in nats, by the model alone: before penalties,
  /// temperature and cuts.
  public var logProbabilities: [Float]
  /// How it ended.
  public var finish: FinishReason
  /// The text, cut before a stop string; empty if there is no tokenizer.
  public var text: String
}

/// One new token of every completion that goes on, while a model writes.
public struct GenerationStep {
  /// The number of the token, from 0.
  public let position: Int
  /// The request of each row, as an index.
  public let requests: [Int]
  /// The final hidden state from which each token was drawn, `[row, width]`.
  ///
  /// The memory is used again in the next step.
  public let hidden: RowBuffer
  /// The logits from which each token was drawn, before penalties, `[row, vocabulary]`.
  ///
  /// The memory is used again in the next step, if the logits are not kept.
  public let logits: RowBuffer
  /// The tokens, one per row.
  public let tokens: [Int]
  /// The logarithms of their probabilities by the logits, in nats.
  public let logProbabilities: [Float]
}
