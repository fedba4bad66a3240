/// Decisions of a policy, one row each: where it stood, and which token it took.
struct PolicyRows {
  /// The final hidden states from which the policy chose, `[row, model]`.
  var hidden: [Float]
  /// Those of the base model in the same places; `nil` where the body is shared.
  var baseHidden: [Float]?
  /// The token that each row took.
  var targets: [Int32]

  /// How many there are.
  var count: Int { targets.count }
}

/// What is known of each row once the logits are, in nats.
struct PolicyStatistics: Equatable {
  /// The log-probabilities of the tokens that were taken.
  var logProbabilities: [Float] = []
  /// The same under the base.
  var baseLogProbabilities: [Float] = []
  /// The entropy of each row's distribution.
  var entropies: [Float] = []
  /// The exact divergence of each row's distribution from the base's, `KL(policy || base)`.
  var divergences: [Float] = []

  mutating func append(_ other: PolicyStatistics) {
    logProbabilities += other.logProbabilities
    baseLogProbabilities += other.baseLogProbabilities
    entropies += other.entropies
    divergences += other.divergences
  }

  mutating func keepFirst(_ count: Int) {
    logProbabilities.removeLast(logProbabilities.count - count)
    baseLogProbabilities.removeLast(baseLogProbabilities.count - count)
    entropies.removeLast(entropies.count - count)
    divergences.removeLast(divergences.count - count)
  }
}

/// What the loss puts on each row: `Σ -log · ln p(target) + divergence · KL - entropy · H`.
struct PolicyWeights: Equatable {
  /// The weights of the log-probabilities of the tokens that were taken.
  var log: [Float]
  /// The weights of the divergences from the base.
  var divergence: [Float]
  /// The weights of the entropies.
  var entropy: [Float]
}
