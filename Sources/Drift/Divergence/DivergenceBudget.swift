import Foundation

/// Where the divergence of a tuned model from its base is spent, over the full vocabulary.
///
/// `KL(π‖π₀) = Σ_t E KL(π(·|x<t) ‖ π₀(·|x<t))`, the expectation over completions of the tuned model;
/// each position's divergence is exact, so only the choice of completions is left to chance. Per
/// position it splits by the chain rule on the class of a token, here what the token earns:
/// `KL = KL(classes) + Σ_c π(c) KL(π(·|c) ‖ π₀(·|c))`. The first part is what the reward asks for at
/// once; the second is change among tokens that earn the same.
public struct DivergenceBudget: Sendable {
  /// Nats at each token, `[completion][token]`.
  public private(set) var total: [[Double]] = []
  /// Nats spent on the probabilities of the classes; empty without classes.
  public private(set) var betweenClasses: [[Double]] = []
  /// Nats spent within the classes, computed by itself; empty without classes.
  public private(set) var withinClasses: [[Double]] = []
  /// The log-probability of each sampled token under the base, in nats.
  public private(set) var baseLogProbabilities: [[Double]] = []
  /// The probability of each sampled position's rewarded classes, under the tuned model.
  public private(set) var rewardedMass: [[Double]] = []
  /// Each token's share of the sum `Σ p (ln p - ln p₀)`, in nats over all positions; some are
  /// negative.
  public private(set) var perToken: [Double]
  /// The same for the part within classes.
  public private(set) var perTokenWithin: [Double]

  /// How far the two parts are from the whole, at worst: rounding alone.
  public var largestChainRuleError: Double {
    var largest = 0.0
    for (whole, parts) in zip(total, zip(betweenClasses, withinClasses)) {
      for (index, value) in whole.enumerated() {
        largest = max(largest, abs(value - parts.0[index] - parts.1[index]))
      }
    }
    return largest
  }

  /// Computes the budget of completions.
  ///
  /// - Parameters:
  ///   - completions: Completions of the tuned model.
  ///   - states: The hidden states of the tuned body and of the base's at their tokens, each
  ///     `[token, width]`.
  ///   - after: The tuned unembedding.
  ///   - before: The base's unembedding.
  ///   - classes: The classes of equal reward, if there are any.
  ///   - temperature: What divides the logits of both.
  /// - Throws: ``DriftError/notFinite(name:)``, errors of the runtime, or `CancellationError`.
  public init(
    _ completions: Completions, states: (after: [Float], before: [Float]), after: UnembeddingMatrix,
    before: UnembeddingMatrix, classes: RewardClasses?, temperature: Float = 1
  ) throws {
    perToken = Array(repeating: 0, count: after.vocabulary)
    perTokenWithin = perToken
    let rows = 256
    let programs = (
      after: try LogitProgram(after, rows: rows), before: try LogitProgram(before, rows: rows)
    )
    var (tuned, base) = (
      TokenDistribution(vocabulary: after.vocabulary),
      TokenDistribution(vocabulary: after.vocabulary)
    )
    let tokens = completions.ids.flatMap { $0 }
    var flat = Flat(count: tokens.count)
    for start in stride(from: 0, to: tokens.count, by: rows) {
      try Task.checkCancellation()
      let count = min(rows, tokens.count - start)
      let logits = (
        after: try programs.after.logits(
          states.after[start * after.width..<(start + count) * after.width]),
        before: try programs.before.logits(
          states.before[start * before.width..<(start + count) * before.width])
      )
      for row in 0..<count {
        guard tuned.set(logits.after, row: row, temperature: temperature) else {
          throw DriftError.notFinite(name: "The model after")
        }
        guard base.set(logits.before, row: row, temperature: temperature) else {
          throw DriftError.notFinite(name: "The model before")
        }
        let place = start + row
        flat.base[place] = Double(base.logs[tokens[place]])
        flat.total[place] = addShares(tuned, base)
        if let classes { flat.setParts(place, addParts(tuned, base, classes)) }
      }
    }
    let lengths = completions.ids.map(\.count)
    total = Self.split(flat.total, lengths)
    baseLogProbabilities = Self.split(flat.base, lengths)
    if classes != nil {
      betweenClasses = Self.split(flat.between, lengths)
      withinClasses = Self.split(flat.within, lengths)
      rewardedMass = Self.split(flat.rewarded, lengths)
    }
  }

  private struct Flat {
    var total: [Double]
    var between: [Double]
    var within: [Double]
    var base: [Double]
    var rewarded: [Double]

    init(count: Int) {
      total = Array(repeating: 0, count: count)
      (between, within, base, rewarded) = (total, total, total, total)
    }

    mutating func setParts(
      _ place: Int, _ parts: (between: Double, within: Double, rewarded: Double)
    ) {
      between[place] = parts.between
      within[place] = parts.within
      rewarded[place] = parts.rewarded
    }
  }

  /// Adds each token's share and returns the divergence.
  private mutating func addShares(
    _ tuned: borrowing TokenDistribution, _ base: borrowing TokenDistribution
  ) -> Double {
    var sum = 0.0
    for token in 0..<perToken.count {
      let share = Double(tuned.probabilities[token]) * Double(tuned.logs[token] - base.logs[token])
      perToken[token] += share
      sum += share
    }
    return sum
  }

  private mutating func addParts(
    _ tuned: borrowing TokenDistribution, _ base: borrowing TokenDistribution,
    _ classes: RewardClasses
  ) -> (between: Double, within: Double, rewarded: Double) {
    let masses = (tuned: tuned.masses(classes), base: base.masses(classes))
    var between = 0.0
    var ratios = Array(repeating: 0.0, count: classes.count)
    for index in 0..<classes.count where masses.tuned[index] > 0 {
      // Equal masses have the ratio ln 1 = 0 exactly.
      ratios[index] = log(masses.tuned[index] / masses.base[index])
      between += masses.tuned[index] * ratios[index]
    }
    var within = 0.0
    for token in 0..<perToken.count {
      let log = Double(tuned.logs[token] - base.logs[token]) - ratios[Int(classes.indices[token])]
      let share = Double(tuned.probabilities[token]) * log
      perTokenWithin[token] += share
      within += share
    }
    return (between, within, 1 - masses.tuned[classes.largest])
  }

  private static func split(_ values: [Double], _ lengths: [Int]) -> [[Double]] {
    var start = 0
    return lengths.map { length in
      defer { start += length }
      return Array(values[start..<start + length])
    }
  }
}

extension DivergenceBudget {
  /// Nats of each whole completion.
  public var perCompletion: [Double] { total.map { $0.reduce(0, +) } }

  /// Nats of each whole completion that were spent between classes and within them.
  public var partsPerCompletion: (between: [Double], within: [Double]) {
    (betweenClasses.map { $0.reduce(0, +) }, withinClasses.map { $0.reduce(0, +) })
  }

  /// The first token of each completion at which more than so many nats are spent; `nil` where none.
  public func firstLargeStep(above nats: Double = 1) -> [Int?] {
    total.map { $0.firstIndex { $0 > nats } }
  }
}
