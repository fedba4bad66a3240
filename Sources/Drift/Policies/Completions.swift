/// Sampled continuations, and what was seen while sampling.
public struct Completions: Sendable {
  /// The prompt of each completion, by its index.
  public var prompts: [Int] = []
  /// The tokens of each completion; one that ends early ends with the end of text.
  public var ids: [[Int]] = []
  /// The entropy of the policy at each token, in nats.
  public var entropies: [[Double]] = []
  /// The log-probability of each token under the policy, in nats.
  public var logProbabilities: [[Double]] = []
  /// The hidden states from which each token followed, one list per recorded body,
  /// `[token of all completions in order, width]`.
  public var states: [[Float]] = []

  /// The number of completions.
  public var count: Int { ids.count }
  /// The number of tokens of all completions.
  public var tokenCount: Int { ids.reduce(0) { $0 + $1.count } }
}
