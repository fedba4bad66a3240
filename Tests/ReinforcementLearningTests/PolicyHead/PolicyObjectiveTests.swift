import Foundation
import Testing

@testable import ReinforcementLearning

@Suite("Policy objectives")
struct PolicyObjectiveTests {
  static let objectives: [PolicyObjective] = [
    .init(), .init(averaging: .tokens), .init(ratio: .token(clip: 0.2)),
    .init(ratio: .token(clip: 0.2), averaging: .tokens), .init(ratio: .sequence(clip: 0.2)),
  ]

  @Test("Weights are minus the derivatives of the loss", arguments: objectives)
  func derivatives(_ objective: PolicyObjective) {
    let counts = [3, 1, 2]
    let then: [Float] = [-1, -2, -0.5, -1.5, -1, -3]
    let now: [Float] = [-1.05, -1.5, -0.52, -1.49, -1.3, -2.95]
    // Completions have one advantage each.
    let advantages: [Double] = [2, 2, 2, -1, 0.5, 0.5]
    func loss(_ now: [Float]) -> Double {
      objective.evaluate(now: now, then: then, advantages: advantages, counts: counts).loss
    }
    let weights = objective.evaluate(
      now: now, then: then, advantages: advantages, counts: counts
    ).logWeights
    for index in now.indices {
      var (up, down) = (now, now)
      up[index] += 1e-3
      down[index] -= 1e-3
      let width = Double(up[index]) - Double(down[index])
      let slope = (loss(up) - loss(down)) / width
      #expect(abs(slope + weights[index]) < 1e-4)
    }
  }

  @Test("On fresh samples all objectives have the same gradient")
  func fresh() {
    let now: [Float] = [-1, -2, -0.5]
    let weights = Self.objectives.filter { $0.averaging == .completions }.map {
      $0.evaluate(now: now, then: now, advantages: [2, 2, -1], counts: [2, 1]).logWeights
    }
    #expect(weights.allSatisfy { $0 == [1, 1, -0.5] })
  }

  @Test("A ratio is held back only where it would gain")
  func clipping() {
    let objective = PolicyObjective(ratio: .token(clip: 0.2))
    let result = objective.evaluate(
      now: [0, 0, -2, -2], then: [-1, -1, -1, -1], advantages: [1, -1, 1, -1],
      counts: [1, 1, 1, 1])
    #expect(result.logWeights.map { $0 != 0 } == [false, true, true, false])
    #expect(result.clippedShare == 1)
  }

  @Test("An adaptive coefficient follows the divergence, no faster than a fifth")
  func adaptive() {
    let penalty = KLPenalty.adaptive(initial: 0.2, target: 6, horizon: 10_000)
    #expect(penalty.initial == 0.2)
    #expect(penalty.next(after: 0.2, divergence: 6, completions: 100) == 0.2)
    #expect(penalty.next(after: 0.2, divergence: 60, completions: 100) == 0.2 * 1.002)
    #expect(penalty.next(after: 0.2, divergence: 0, completions: 100) == 0.2 * 0.998)
    #expect(
      abs(penalty.next(after: 0.2, divergence: 6.6, completions: 100) - 0.2 * 1.001) < 1e-12)
    #expect(KLPenalty.fixed(0.3).next(after: 0.3, divergence: 99, completions: 64) == 0.3)
  }
}
