/// How much better each token's outcome was than expected.
///
/// Source: Williams, "Simple Statistical Gradient-Following Algorithms for Connectionist
/// Reinforcement Learning", 1992; leave-one-out: Kool, van Hoof and Welling, "Buy 4 REINFORCE
/// Samples, Get a Baseline for Free!", 2019.
public struct AdvantageEstimator: Sendable, Hashable, Codable {
  /// What is subtracted.
  public var baseline: Baseline
  /// Which rewards a token is held responsible for.
  public var credit: CreditAssignment
  /// How the result is scaled; `nil` leaves it in units of reward.
  public var whitening: Whitening?

  /// Creates an estimator.
  public init(
    baseline: Baseline = .leaveOneOut, credit: CreditAssignment = .sequence,
    whitening: Whitening? = nil
  ) {
    self.baseline = baseline
    self.credit = credit
    self.whitening = whitening
  }

  /// A completion's reward, and the prompt that it continues.
  public struct Outcome: Sendable, Equatable {
    /// Which prompt, from 0.
    public var prompt: Int
    /// What the completion earned.
    public var credit: Credit

    /// Creates an outcome.
    public init(prompt: Int, credit: Credit) {
      self.prompt = prompt
      self.credit = credit
    }
  }

  /// What moving baselines remember, one number per prompt.
  public struct Memory: Sendable, Hashable, Codable {
    /// The average of each prompt's returns so far; `nil` before its first.
    public var averages: [Int: Double] = [:]

    /// Creates a memory of nothing.
    public init() {}
  }

  /// The advantage of each token of each completion.
  ///
  /// - Parameters:
  ///   - outcomes: The completions of one step.
  ///   - memory: What moving baselines remember; this step is added to it.
  /// - Returns: For each completion one number per token.
  public func advantages(of outcomes: [Outcome], memory: inout Memory) -> [[Double]] {
    let returns = outcomes.map { self.returns(of: $0.credit) }
    var advantages = returns
    let groups = Dictionary(grouping: outcomes.indices) { outcomes[$0].prompt }
    for (prompt, members) in groups.sorted(by: { $0.key < $1.key }) {
      subtract(from: &advantages, returns, members, memory.averages[prompt] ?? 0)
      if case .moving(let decay) = baseline {
        // The first token's return is the completion's: what a sequence's baseline predicts.
        let mean =
          members.reduce(0) { $0 + (returns[$1].first ?? 0) } / Double(members.count)
        memory.averages[prompt] =
          memory.averages[prompt].map {
            decay * $0 + (1 - decay) * mean
          } ?? mean
      }
    }
    return whiten(advantages, groups.sorted { $0.key < $1.key }.map(\.value))
  }

  /// The rewards that each token is held responsible for.
  private func returns(of outcome: Credit) -> [Double] {
    switch credit {
    case .sequence: return outcome.perToken.map { _ in outcome.total }
    case .rewardToGo(let discount):
      var returns = outcome.perToken
      for index in returns.indices.dropLast().reversed() {
        returns[index] += discount * returns[index + 1]
      }
      return returns
    }
  }

  /// Subtracts the baseline of one prompt's completions.
  ///
  /// With reward-to-go there is a baseline for each position; a completion that has ended counts
  /// with 0, which is what it still earns.
  private func subtract(
    from advantages: inout [[Double]], _ returns: [[Double]], _ members: [Int], _ average: Double
  ) {
    let count = Double(members.count)
    let longest = members.map { returns[$0].count }.max() ?? 0
    for position in 0..<longest {
      func value(_ member: Int) -> Double {
        if returns[member].indices.contains(position) { return returns[member][position] }
        return credit == .sequence ? returns[member].last ?? 0 : 0
      }
      let sum = members.reduce(0) { $0 + value($1) }
      for member in members where returns[member].indices.contains(position) {
        switch baseline {
        case .none: break
        case .mean: advantages[member][position] -= sum / count
        case .leaveOneOut:
          advantages[member][position] -= (sum - value(member)) / max(count - 1, 1)
        case .moving: advantages[member][position] -= average
        }
      }
    }
  }

  private func whiten(_ advantages: [[Double]], _ groups: [[Int]]) -> [[Double]] {
    guard let whitening else { return advantages }
    var result = advantages
    for members in whitening.isByPrompt ? groups : [Array(advantages.indices)] {
      if credit == .sequence {
        // One number per completion, whatever its length.
        let values = whitening.applied(to: members.map { advantages[$0].first ?? 0 })
        for (member, value) in zip(members, values) {
          result[member] = advantages[member].map { _ in value }
        }
      } else {
        var values = whitening.applied(to: members.flatMap { advantages[$0] })[...]
        for member in members {
          result[member] = Array(values.prefix(advantages[member].count))
          values = values.dropFirst(advantages[member].count)
        }
      }
    }
    return result
  }
}

extension AdvantageEstimator {
  /// The share of the squared advantages that the one completion with the largest share has.
  ///
  /// Near 1 a single sample makes the whole gradient.
  ///
  /// - Parameter advantages: For each completion one number per token.
  /// - Returns: A share in 0...1, and whose it is; `nil` if all advantages are 0.
  public static func largestShare(of advantages: [[Double]]) -> (index: Int, share: Double)? {
    let squares = advantages.map { $0.reduce(0) { $0 + $1 * $1 } / Double(max($0.count, 1)) }
    let total = squares.reduce(0, +)
    guard total > 0, let index = squares.indices.max(by: { squares[$0] < squares[$1] }) else {
      return nil
    }
    return (index, squares[index] / total)
  }
}
