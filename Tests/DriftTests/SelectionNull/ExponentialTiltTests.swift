import Foundation
import PlumbRuntime
import Testing

@testable import Drift

@Suite("Exponential tilts")
struct ExponentialTiltTests {
  let rewards = (0..<1000).map { Double($0 % 4) }

  @Test("Reach the mean that was asked for", arguments: [0.3, 1.5, 2.9])
  func reach(target: Double) throws {
    let tilt = try #require(ExponentialTilt.reaching(target, rewards))
    #expect(abs(tilt.mean(of: rewards) - target) < 1e-9)
    #expect(tilt.divergence >= 0)
  }

  @Test("Cannot reach what no completion has")
  func unreachable() {
    #expect(ExponentialTilt.reaching(3, rewards) == nil)
    #expect(ExponentialTilt.reaching(5, rewards) == nil)
    #expect(ExponentialTilt.reaching(1, [1, 1, 1]) == nil)
  }

  @Test("Of strength 0 are the base itself")
  func none() {
    let tilt = ExponentialTilt(rewards, strength: 0)
    #expect(abs(tilt.effectiveSampleSize - 1000) < 1e-6)
    #expect(abs(tilt.divergence) < 1e-12)
  }

  @Test("Have the divergence E[λR] - ln Z")
  func divergence() {
    let tilt = ExponentialTilt(rewards, strength: 0.7)
    let partition = rewards.reduce(0) { $0 + exp(0.7 * $1) } / 1000
    #expect(abs(tilt.divergence - (0.7 * tilt.mean(of: rewards) - log(partition))) < 1e-9)
  }

  @Test("The best of n of few values is the mean of maxima over all draws")
  func bestOfN() {
    #expect(RewardFrontier.bestOf(1, [0, 1, 2]) == 1)
    // Of nine pairs the maxima are 0, 1, 1, 1, 2, 2, 2, 2, 2.
    #expect(abs(RewardFrontier.bestOf(2, [0, 1, 2]) - 13.0 / 9) < 1e-12)
  }
}
