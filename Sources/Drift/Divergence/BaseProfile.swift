/// What the base's own distributions look like on its own completions.
struct BaseProfile {
  /// The mean probability of each token.
  private(set) var frequencies: [Double]
  /// The probability of a token that earns, at each token of the completions in order.
  private(set) var rewardedMass: [Double] = []
  /// The largest divergence at any position of the base from itself, by two programs.
  private(set) var divergenceFromItself = 0.0

  /// How many completions the profile is made of; frequencies need no more.
  private static let completions = 300

  init(
    _ completions: Completions, states: [Float], unembedding: UnembeddingMatrix,
    classes: RewardClasses?, temperature: Float
  ) throws {
    frequencies = Array(repeating: 0, count: unembedding.vocabulary)
    let rows = 256
    let program = try LogitProgram(unembedding, rows: rows)
    let twin = try LogitProgram(unembedding, rows: rows)
    var distribution = TokenDistribution(vocabulary: unembedding.vocabulary)
    var other = distribution
    let width = unembedding.width
    let count = completions.ids.prefix(Self.completions).reduce(0) { $0 + $1.count }
    for start in stride(from: 0, to: count, by: rows) {
      try Task.checkCancellation()
      let block = states[start * width..<min(start + rows, count) * width]
      let logits = try program.logits(block)
      // The check is exact, so a part of the states will do.
      let again = start < 4 * rows ? try twin.logits(block) : nil
      for row in 0..<block.count / width {
        guard distribution.set(logits, row: row, temperature: temperature) else {
          throw DriftError.notFinite(name: "The model before")
        }
        for token in frequencies.indices {
          frequencies[token] += Double(distribution.probabilities[token])
        }
        if let classes {
          rewardedMass.append(1 - distribution.masses(classes)[classes.largest])
        }
        if let again, other.set(again, row: row, temperature: temperature) {
          divergenceFromItself = max(
            divergenceFromItself, abs(distribution.divergence(from: other)))
        }
      }
    }
    let total = Double(max(count, 1))
    for token in frequencies.indices { frequencies[token] /= total }
  }

  /// How probable a token that earns is right after each token, where that was seen often enough;
  /// and after any.
  func rewardedNext(
    after completions: Completions, atLeast fewest: Int = 20
  ) -> (perToken: [Int: Double], overall: Double) {
    guard !rewardedMass.isEmpty else { return ([:], 0) }
    var sums: [Int: (Double, Int)] = [:]
    var place = 0
    var overall = (0.0, 0)
    for ids in completions.ids.prefix(Self.completions) {
      for position in ids.indices {
        overall = (overall.0 + rewardedMass[place], overall.1 + 1)
        if position > 0 {
          sums[ids[position - 1], default: (0, 0)].0 += rewardedMass[place]
          sums[ids[position - 1], default: (0, 0)].1 += 1
        }
        place += 1
      }
    }
    return (
      sums.filter { $0.value.1 >= fewest }.mapValues { $0.0 / Double($0.1) },
      overall.0 / Double(max(overall.1, 1))
    )
  }
}
