import Foundation
import PlumbKernels

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
  ///   - limit: How many of the completions are looked at; `nil` for all.
  /// - Throws: ``DriftError/notFinite(name:)``, errors of the runtime, or `CancellationError`.
  public init(
    _ completions: Completions, states: (after: [Float], before: [Float]), after: UnembeddingMatrix,
    before: UnembeddingMatrix, classes: RewardClasses?, temperature: Float = 1, limit: Int? = nil
  ) throws {
    var shares = Array(repeating: 0.0, count: after.vocabulary)
    var sharesWithin = shares
    let rows = 256
    let programs = (
      after: try LogitProgram(after, rows: rows), before: try LogitProgram(before, rows: rows)
    )
    let counted = completions.ids.prefix(limit ?? completions.count)
    let tokens = counted.flatMap { $0 }
    let kernelClasses = classes?.kernelClasses
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
      let result = try ComputeThread.shared().run {
        ComparisonKernels.compare(
          after: logits.after, before: logits.before,
          targets: tokens[start..<start + count].map { Int32($0) }, columns: after.vocabulary,
          temperature: temperature, classes: kernelClasses, share: &shares,
          shareWithin: &sharesWithin)
      }
      guard result.total.allSatisfy(\.isFinite) else {
        throw DriftError.notFinite(name: "A model")
      }
      let block = start..<start + count
      flat.total.replaceSubrange(block, with: result.total.prefix(count))
      flat.between.replaceSubrange(block, with: result.between.prefix(count))
      flat.within.replaceSubrange(block, with: result.within.prefix(count))
      flat.rewarded.replaceSubrange(block, with: result.rewarded.prefix(count))
      flat.base.replaceSubrange(block, with: result.targetLogs.prefix(count))
    }
    (perToken, perTokenWithin) = (shares, sharesWithin)
    let lengths = counted.map(\.count)
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
    var rewarded: [Double]
    var base: [Double]

    init(count: Int) {
      total = Array(repeating: 0, count: count)
      (between, within, rewarded, base) = (total, total, total, total)
    }
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
