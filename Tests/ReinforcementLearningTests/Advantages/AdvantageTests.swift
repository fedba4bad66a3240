import Goldens
import PlumbFiles
import Testing

@testable import ReinforcementLearning

@Suite("Advantages")
struct AdvantageTests {
  private func outcomes(_ rewards: [[Double]], prompts: [Int]? = nil) -> [AdvantageEstimator
    .Outcome]
  {
    rewards.enumerated().map { index, rewards in
      .init(prompt: prompts?[index] ?? 0, credit: Credit(base: 0, perToken: rewards))
    }
  }

  private func advantages(
    _ estimator: AdvantageEstimator, _ rewards: [[Double]], prompts: [Int]? = nil
  ) -> [[Double]] {
    var memory = AdvantageEstimator.Memory()
    return estimator.advantages(of: outcomes(rewards, prompts: prompts), memory: &memory)
  }

  @Test("Match PyTorch's", .enabled(if: Golden.isPresent, "\(SharedFiles.reason)"))
  func golden() throws {
    let golden = try Golden.file()
    let ids = try #require(try golden.tensor("input_ids").integers()).rows(of: 17)
    let rewards = ids.map { $0.dropFirst(Golden.prompt).map { $0 == Golden.fullStop ? 1.0 : 0 } }
    #expect(try rewards.map { $0.reduce(0, +) } == golden.doubles("rewards"))
    let mean = advantages(.init(baseline: .mean), rewards)
    #expect(excess(mean.map { $0[0] }, try golden.doubles("adv_mean")) < 1e-6)
    #expect(mean.allSatisfy { $0.count == Golden.new && Set($0).count == 1 })
    let whitened = advantages(
      .init(baseline: .mean, whitening: .init(.population)), rewards)
    #expect(excess(whitened.map { $0[0] }, try golden.doubles("adv_std")) < 1e-5)
    let toGo = advantages(
      .init(baseline: .none, credit: .rewardToGo(discount: 1)), rewards)
    #expect(toGo.flatMap(\.self) == (try golden.doubles("reward_to_go")))

    let general = GeneralizedAdvantage(discount: 0.98, lambda: 0.9)
    let values = try golden.doubles("values").rows(of: Golden.new)
    let tokenRewards = try golden.doubles("token_rewards").rows(of: Golden.new)
    let bootstrap = try golden.doubles("bootstrap_value")
    let results = (0..<Golden.batch).map { row in
      general.advantages(
        rewards: tokenRewards[row], values: values[row], bootstrap: bootstrap[row])
    }
    let gae = results.flatMap(\.advantages)
    #expect(excess(gae, try golden.doubles("gae_advantages"), relative: 1e-5) < 1e-5)
    let returns = results.flatMap(\.returns)
    #expect(excess(returns, try golden.doubles("gae_returns"), relative: 1e-5) < 1e-5)
    let whitenedGAE = Whitening(.population).applied(to: gae)
    #expect(excess(whitenedGAE, try golden.doubles("ppo_advantages_whitened")) < 1e-5)

    let predicted = try golden.doubles("value_pred")
    let loss = GeneralizedAdvantage.valueLoss(predicted: predicted, returns: returns)
    #expect(abs(loss - (try golden.scalar("value_loss"))) < 1e-5)
    let clipped = GeneralizedAdvantage.valueLoss(
      predicted: predicted, returns: returns, clippedTo: (values.flatMap(\.self), 0.2))
    #expect(abs(clipped - (try golden.scalar("value_loss_clipped"))) < 1e-5)
  }

  @Test("Leave-one-out compares a completion with the others")
  func leaveOneOut() {
    let result = advantages(.init(baseline: .leaveOneOut), [[1, 0], [0], [5]])
    #expect(result == [[-1.5, -1.5], [-3], [4.5]])
  }

  @Test("Prompts are never compared with each other")
  func prompts() {
    let result = advantages(
      .init(baseline: .mean), [[1], [100], [3], [102]], prompts: [0, 1, 0, 1])
    #expect(result == [[-1], [-1], [1], [1]])
  }

  @Test("Reward-to-go has a baseline per position, where the ended earn nothing")
  func rewardToGo() {
    let result = advantages(
      .init(baseline: .mean, credit: .rewardToGo(discount: 0.5)), [[1, 2, 4], [2]])
    // Returns 3, 4, 4 and 2; means 2.5, 2, 2.
    #expect(result == [[0.5, 2, 2], [-0.5]])
  }

  @Test("A moving baseline knows earlier steps alone, prompt by prompt")
  func moving() {
    let estimator = AdvantageEstimator(baseline: .moving(decay: 0.75))
    var memory = AdvantageEstimator.Memory()
    let first = estimator.advantages(of: outcomes([[2], [4]]), memory: &memory)
    #expect(first == [[2], [4]])
    #expect(memory.averages == [0: 3])
    let second = estimator.advantages(
      of: outcomes([[3], [11], [9]], prompts: [0, 0, 1]), memory: &memory)
    #expect(second == [[0], [8], [9]])
    #expect(memory.averages == [0: 0.75 * 3 + 0.25 * 7, 1: 9])
  }

  @Test("Whitening names its deviation", arguments: Whitening.Deviation.allCases)
  func whitening(deviation: Whitening.Deviation) {
    let result = Whitening(deviation, epsilon: 0).applied(to: [1, 3])
    let expected = deviation == .population ? 1 : 0.5.squareRoot()
    #expect(excess(result, [-expected, expected]) < 1e-12)
    #expect(Whitening(deviation).applied(to: [5]) == [5])
    #expect(Whitening(deviation).applied(to: [5, 5]) == [0, 0])
  }

  @Test("The heavy tail is found")
  func heavyTail() throws {
    let result = AdvantageEstimator.largestShare(of: [[1, 1], [-3], [0]])
    #expect(result?.index == 1)
    #expect(result?.share == 0.9)
    #expect(AdvantageEstimator.largestShare(of: [[0], [0]]) == nil)
  }
}
