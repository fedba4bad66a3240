import Goldens
import PlumbFiles
import PlumbRuntime
import Testing

@testable import ReinforcementLearning

@Suite(
  "The policy head against PyTorch", .enabled(if: Golden.isPresent, "\(SharedFiles.reason)"))
struct PolicyHeadGoldenTests {
  let golden: SafetensorsFile
  /// `[vocabulary, model]`.
  let unembedding: Tensor
  let base: [Float]
  let rows: PolicyRows
  let rewards: [Double]
  let counts = Array(repeating: Golden.new, count: Golden.batch)

  init() throws {
    golden = try Golden.file()
    unembedding = try Golden.model().parameters.value("embed.W_E")
    base = try golden.floats("W_ref")
    rewards = try golden.doubles("rewards")
    let width = unembedding.shape[1]
    let length = Golden.prompt + Golden.new
    let ids = (try golden.tensor("input_ids").integers() ?? []).rows(of: length)
    let hidden = try golden.floats("hidden_after_ln_f").rows(of: width).rows(of: length)
    // The token at a position was chosen one position before it.
    rows = PolicyRows(
      hidden: hidden.flatMap { $0[(Golden.prompt - 1)..<(length - 1)].flatMap(\.self) },
      baseHidden: nil,
      targets: ids.flatMap { $0[Golden.prompt...].map { Int32($0) } })
  }

  /// A head whose tiles are smaller than the batch, so that there are several.
  private func head(tileRows: Int = 32) throws -> PolicyHead {
    try PolicyHead(
      unembedding: unembedding, base: Tensor(unembedding.shape, base), bias: nil, temperature: 1,
      isTrained: true, tileLimit: tileRows * unembedding.shape[0])
  }

  private func gradient(_ head: PolicyHead) -> [Float] {
    head.gradient.read(unembedding.elements.count)
  }

  private func norms(_ gradient: [Float]) -> [Float] {
    gradient.rows(of: unembedding.shape[1]).map {
      Float($0.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot())
    }
  }

  private func expectClose(_ got: [Float], _ name: String) throws {
    let expected = try golden.floats(name)
    let largest = expected.map(abs).max() ?? 0
    let worst = excess(got, expected, relative: 1e-3)
    #expect(worst <= 1e-4 * largest, "\(name): \(worst) beyond 1e-3 relative, of \(largest)")
  }

  @Test(
    "Log-probabilities, entropies and divergences, whatever the tiles", arguments: [16, 32, 512])
  func statistics(tileRows: Int) throws {
    let statistics = try head(tileRows: tileRows).statistics(of: rows)
    for (got, name) in [
      (statistics.logProbabilities, "logprobs"), (statistics.baseLogProbabilities, "logprobs_ref"),
      (statistics.entropies, "entropy"), (statistics.divergences, "kl_exact_per_position"),
    ] {
      let worst = excess(got, try golden.floats(name), relative: 1e-5)
      #expect(worst < 1e-5, "\(name): \(worst)")
    }
  }

  @Test("Estimates of the divergence")
  func estimators() throws {
    let now = try golden.doubles("logprobs")
    let then = try golden.doubles("logprobs_ref")
    for estimator in KLEstimator.allCases {
      let values = zip(now, then).map { estimator.value(policy: $0, base: $1) }
      #expect(excess(values, try golden.doubles("kl_\(estimator.rawValue)"), relative: 1e-5) < 1e-5)
    }
  }

  /// A loss of the references.
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    var estimator = AdvantageEstimator(baseline: .mean)
    var objective = PolicyObjective()
    var divergence = 0.0
    var entropy = 0.0
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "reinforce_sum_nobaseline", estimator: .init(baseline: .none)),
    Case(name: "reinforce_sum_meanbaseline"),
    Case(
      name: "reinforce_tokenmean_whitened",
      estimator: .init(baseline: .mean, whitening: .init(.population)),
      objective: .init(averaging: .tokens)),
    Case(name: "reinforce_kl_entropy", divergence: 0.1, entropy: 0.02),
    Case(
      name: "reinforce_reward_to_go",
      estimator: .init(baseline: .mean, credit: .rewardToGo(discount: 1))),
    Case(name: "ppo_clip", objective: .init(ratio: .token(clip: 0.2), averaging: .tokens)),
  ]

  @Test("Losses and gradients for the unembedding", arguments: cases)
  func losses(_ loss: Case) throws {
    let head = try head()
    var advantages: [Double]
    if loss.name == "ppo_clip" {
      advantages = try golden.doubles("ppo_advantages_whitened")
    } else {
      var memory = AdvantageEstimator.Memory()
      let outcomes = rows.targets.map { $0 == Int32(Golden.fullStop) ? 1.0 : 0 }
        .rows(of: Golden.new)
        .map { AdvantageEstimator.Outcome(prompt: 0, credit: Credit(base: 0, perToken: $0)) }
      advantages = loss.estimator.advantages(of: outcomes, memory: &memory).flatMap(\.self)
    }
    let before = head.statistics(of: rows)
    // For PPO the reference is the policy that sampled.
    let evaluation = loss.objective.evaluate(
      now: before.logProbabilities, then: before.baseLogProbabilities, advantages: advantages,
      counts: counts)
    let scale = loss.objective.scale(completions: counts.count, tokens: rows.count)
    let total =
      evaluation.loss + before.divergences.reduce(0) { $0 + loss.divergence * scale * Double($1) }
      - before.entropies.reduce(0) { $0 + loss.entropy * scale * Double($1) }
    let expected = try golden.scalar("loss.\(loss.name)")
    #expect(abs(total - expected) <= 1e-4 * abs(expected), "\(total), not \(expected)")
    if loss.name == "ppo_clip" {
      let clipped = try golden.scalar("ppo_clip_fraction")
      #expect(abs(evaluation.clippedShare - clipped) < 1e-6)
    }

    let weights = PolicyWeights(
      log: evaluation.logWeights.map { Float($0) },
      divergence: rows.targets.map { _ in Float(loss.divergence * scale) },
      entropy: rows.targets.map { _ in Float(loss.entropy * scale) })
    _ = try head.accumulateGradient(of: rows) { numbers, _ in weights[numbers] }
    let gradient = gradient(head)
    if golden.names.contains("grad_W.\(loss.name)") {
      try expectClose(gradient, "grad_W.\(loss.name)")
    } else {
      try expectClose(norms(gradient), "grad_W_row_norms.\(loss.name)")
    }
  }

  @Test("Three steps of Adam")
  func adam() throws {
    let head = try head()
    let optimizer = try HeadOptimizer(head, .adamW(), clippingNorm: nil)
    let mean = rewards.reduce(0, +) / Double(rewards.count)
    let advantages = rewards.flatMap { Array(repeating: $0 - mean, count: Golden.new) }
    var losses: [Double] = []
    for step in 1...3 {
      head.beginGradient()
      let before = head.statistics(of: rows)
      let evaluation = PolicyObjective().evaluate(
        now: before.logProbabilities, then: before.logProbabilities, advantages: advantages,
        counts: counts)
      losses.append(evaluation.loss)
      let zeros = [Float](repeating: 0, count: rows.count)
      let weights = PolicyWeights(
        log: evaluation.logWeights.map { Float($0) }, divergence: zeros, entropy: zeros)
      _ = try head.accumulateGradient(of: rows) { numbers, _ in weights[numbers] }
      optimizer.step(step, rate: 0.01, gradientNorm: optimizer.gradientNorm())
    }
    let expected = try golden.doubles("adam3.loss_before_each_step")
    #expect(excess(losses, expected, relative: 1e-4) == 0)
    let after = head.statistics(of: rows).logProbabilities
    #expect(excess(after, try golden.floats("adam3.logprobs_after"), relative: 1e-4) < 1e-4)
  }

  @Test("The gradient for the hidden states is that of the logits times the unembedding")
  func hiddenGradient() throws {
    let head = try head()
    // A direction in which to change the hidden states, and the change of the loss along it.
    var random = RandomStream(seed: 3, name: "direction")
    let direction = random.normal(rows.hidden.count)
    let weights: [Float] = random.normal(rows.count)
    func loss(_ step: Float) throws -> Double {
      var moved = rows
      moved.baseHidden = rows.hidden
      for index in moved.hidden.indices { moved.hidden[index] += step * direction[index] }
      let s = head.statistics(of: moved)
      var total = 0.0
      for row in 0..<rows.count {
        total -= Double(weights[row] * s.logProbabilities[row])
        total += 0.3 * Double(s.divergences[row])
        total -= 0.2 * Double(s.entropies[row])
      }
      return total
    }
    let gradient = try head.accumulateGradient(of: rows, needsHidden: true) { numbers, _ in
      PolicyWeights(
        log: numbers.map { weights[$0] }, divergence: numbers.map { _ in 0.3 },
        entropy: numbers.map { _ in 0.2 })
    }.hidden
    let slope = zip(gradient, direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    let difference = (try loss(1e-2) - loss(-1e-2)) / 2e-2
    #expect(abs(slope - difference) < 2e-3 * max(abs(slope), 1))
  }

  @Test("A policy that has not moved diverges by exactly 0")
  func selfDivergence() throws {
    let head = try PolicyHead(
      unembedding: unembedding, bias: nil, temperature: 0.7, isTrained: true)
    let statistics = head.statistics(of: rows)
    #expect(statistics.divergences == [Float](repeating: 0, count: rows.count))
    #expect(statistics.logProbabilities == statistics.baseLogProbabilities)
  }
}
