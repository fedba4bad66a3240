import PlumbKernels

/// Decisions of a policy, one row each: where it stood, and which token it took.
struct PolicyRows {
  /// The final hidden states from which the policy chose, `[row, model]`.
  var hidden: [Float]
  /// Those of the base model in the same places; `nil` where the body is shared.
  var baseHidden: [Float]?
  /// The token that each row took.
  var targets: [Int32]
  /// The policy's logits, if they are known; they are lost once a gradient was computed.
  var logits: SampledLogits?

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
}

extension PolicyStatistics {
  /// Statistics that are still to come.
  init(count: Int) {
    let zeros = [Float](repeating: 0, count: count)
    (logProbabilities, baseLogProbabilities, entropies, divergences) = (zeros, zeros, zeros, zeros)
  }

  /// The statistics of the rows of a tile.
  init(of tile: PolicyKernels.Rows) {
    logProbabilities = tile.values(.logProbability)
    baseLogProbabilities = tile.values(.referenceLogProbability)
    entropies = tile.values(.entropy)
    divergences = tile.values(.divergence)
  }

  /// Takes over the statistics of some of the rows.
  mutating func set(_ rows: some Sequence<Int>, to part: PolicyStatistics) {
    for (index, row) in rows.enumerated() {
      logProbabilities[row] = part.logProbabilities[index]
      baseLogProbabilities[row] = part.baseLogProbabilities[index]
      entropies[row] = part.entropies[index]
      divergences[row] = part.divergences[index]
    }
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

  /// The weights of some of the rows.
  subscript(rows: some Sequence<Int>) -> PolicyWeights {
    PolicyWeights(
      log: rows.map { log[$0] }, divergence: rows.map { divergence[$0] },
      entropy: rows.map { entropy[$0] })
  }
}
