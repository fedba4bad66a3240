import Foundation
import LanguageModeling
import PlumbRuntime

extension FineTuningRun {
  /// Draws a batch, rewards it, and moves the weights; nothing has changed if it throws.
  func takeStep() throws -> StepMetrics {
    let isFirst = step == 0
    let order = (0..<recipe.batch).map { $0 % recipe.prompts.count }
    let batch: RolloutBatch
    do {
      batch = try policy.draw(
        recipe.prompts, order: order,
        numbers: (0..<recipe.batch).map { step * recipe.batch + $0 },
        settings: RolloutSettings(
          tokens: recipe.tokens, temperature: recipe.temperature, endToken: endToken,
          seed: rolloutSeed))
    } catch SamplingError.notFinite {
      throw FineTuningError.notFinite(
        step: step + 1, what: "A logit", folder: folder.url.path)
    }
    let rows = try policy.rows(of: batch, prompts: recipe.prompts)

    let needsBase = recipe.reward.needs.contains(.baseLogProbabilities)
    let known = needsBase ? policy.head.statistics(of: rows) : nil
    let (completions, credits) = earned(by: batch, base: known?.baseLogProbabilities)
    var memory = self.memory
    let advantages = recipe.advantage.advantages(
      of: zip(batch.rollouts, credits).map { .init(prompt: $0.prompt, credit: $1) },
      memory: &memory)

    var findings: [SelfCheck] = []
    if isFirst, recipe.checksItself {
      findings = try firstChecks(batch, rows, completions, credits, advantages)
      if let failed = findings.first(where: { $0.verdict == .failed }) {
        checks = findings
        throw FineTuningError.failedCheck(step: 1, failed)
      }
    }
    let result = try update(batch, rows, advantages)
    // Without a difference between rewards nothing asks the weights to move; a check says so.
    let rewardVaries = findings.contains { $0.kind == .rewardVaries && $0.verdict == .passed }
    if isFirst { checks = findings }
    if isFirst, recipe.checksItself, rewardVaries || result.gradientNorm > 0 {
      let moved = SelfCheck.weightsMove(
        try policy.changeNorm(), learningRate: result.learningRate,
        gradientNorm: result.gradientNorm)
      findings.append(moved)
      checks = findings
      if moved.verdict == .failed { throw FineTuningError.failedCheck(step: 1, moved) }
    }

    self.memory = memory
    identity.add(result.statistics)
    step += 1
    let metrics = metrics(batch, credits, advantages, result)
    klCoefficient = recipe.penalty.next(
      after: klCoefficient, divergence: metrics.kl, completions: recipe.batch)
    try folder.append([metrics], to: folder.metricsFile)
    try folder.append(records(batch, credits, advantages), to: folder.rolloutsFile)
    if recipe.checksItself, identity.isBroken {
      let finding = SelfCheck(
        .onPolicy, .failed,
        String(
          format: "Over all steps so far the sampled tokens surprise the policy by %+.4f nats more"
            + " than its entropy (z = %.1f): they are not scored by the distribution that they were"
            + " sampled from.", identity.excess, identity.z))
      checks.append(finding)
      throw FineTuningError.failedCheck(step: step, finding)
    }
    return metrics
  }

  /// The seed of the completions that are trained on, which share no random numbers with those
  /// before and after.
  private var rolloutSeed: UInt64 {
    var stream = RandomStream(seed: recipe.seed, name: "rollouts")
    return UInt64(stream.integer(below: .max))
  }

  // MARK: Rewards

  private func earned(
    by batch: RolloutBatch, base: [Float]?
  ) -> (completions: [RewardedCompletion], credits: [Credit]) {
    var start = 0
    var completions: [RewardedCompletion] = []
    for rollout in batch.rollouts {
      let end = start + rollout.ids.count
      completions.append(
        RewardedCompletion(
          rollout.ids, texts: texts, baseLogProbabilities: base.map { Array($0[start..<end]) }))
      start = end
    }
    var credits = completions.map(reward.credit)
    if recipe.control == .shuffledRewards {
      var random = RandomStream(seed: recipe.seed, name: "shuffled rewards").substream(step)
      // A completion gets another one's total, all of it for its last token.
      let totals = random.shuffled(credits.map(\.total))
      credits = zip(completions, totals).map { completion, total in
        Credit(base: 0, perToken: completion.ids.dropLast().map { _ in 0 } + [total])
      }
    }
    return (completions, credits)
  }

  // MARK: Training

  /// What a step's updates did, together.
  struct StepResult {
    /// The statistics of the policy that sampled.
    var statistics: PolicyStatistics
    var loss: Double
    var gradientNorm: Double
    var learningRate: Double
    var clipped: Double
  }

  private func update(
    _ batch: RolloutBatch, _ sampledRows: PolicyRows, _ advantages: [[Double]]
  ) throws -> StepResult {
    let counts = batch.counts
    let flat = advantages.flatMap(\.self)
    let scale = recipe.objective.scale(completions: counts.count, tokens: batch.tokenCount)
    let penalty = [Float](repeating: Float(klCoefficient * scale), count: batch.tokenCount)
    let bonus = [Float](repeating: Float(recipe.entropyBonus * scale), count: batch.tokenCount)
    let zeros = [Float](repeating: 0, count: batch.tokenCount)
    var first: StepResult?
    var rows = sampledRows
    // Only here: the checks before compute logits of their own, so that the two can disagree.
    rows.logits = batch.logits
    for epoch in 0..<recipe.epochs {
      // On fresh samples every ratio is 1, so that the weights are known before the logits are.
      var now = zeros
      var then = zeros
      if epoch > 0, let sampled = first {
        rows = try policy.rows(of: batch, prompts: recipe.prompts)
        now = policy.head.statistics(of: rows).logProbabilities
        then = sampled.statistics.logProbabilities
      }
      let evaluation = recipe.objective.evaluate(
        now: now, then: then, advantages: flat, counts: counts)
      var loss = 0.0
      let update = try policy.update(
        rows, batch, prompts: recipe.prompts,
        weights: PolicyWeights(
          log: evaluation.logWeights.map { Float($0) }, divergence: penalty, entropy: bonus)
      ) { statistics, norm in
        loss = self.loss(
          statistics, then: epoch == 0 ? statistics.logProbabilities : then, advantages: flat,
          counts: counts)
        for (value, what) in [(loss, "The loss"), (norm, "The gradient")] where !value.isFinite {
          throw FineTuningError.notFinite(
            step: step + 1, what: what, folder: folder.url.path)
        }
      }
      if first == nil {
        first = StepResult(
          statistics: update.statistics, loss: loss, gradientNorm: update.gradientNorm,
          learningRate: update.learningRate, clipped: 0)
      }
      first?.clipped = evaluation.clippedShare
    }
    guard let first else { preconditionFailure("\(recipe.epochs) updates per batch") }
    return first
  }

  private func loss(
    _ statistics: PolicyStatistics, then: [Float], advantages: [Double], counts: [Int]
  ) -> Double {
    let evaluation = recipe.objective.evaluate(
      now: statistics.logProbabilities, then: then, advantages: advantages, counts: counts)
    let scale = recipe.objective.scale(
      completions: counts.count, tokens: statistics.logProbabilities.count)
    let divergence = statistics.divergences.reduce(0) { $0 + Double($1) }
    let entropy = statistics.entropies.reduce(0) { $0 + Double($1) }
    return evaluation.loss + scale * (klCoefficient * divergence - recipe.entropyBonus * entropy)
  }

  // MARK: Reports

  private func metrics(
    _ batch: RolloutBatch, _ credits: [Credit], _ advantages: [[Double]], _ result: StepResult
  ) -> StepMetrics {
    let rewards = credits.map(\.total)
    let count = Double(rewards.count)
    let mean = rewards.reduce(0, +) / count
    let squares = rewards.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let tokens = Double(batch.tokenCount)
    let divergence = result.statistics.divergences.reduce(0) { $0 + Double($1) }
    return StepMetrics(
      step: step, reward: mean, rewardDeviation: (squares / max(count - 1, 1)).squareRoot(),
      kl: divergence / count, klPerToken: divergence / tokens, klCoefficient: klCoefficient,
      entropy: result.statistics.entropies.reduce(0) { $0 + Double($1) } / tokens,
      loss: result.loss, gradientNorm: result.gradientNorm, learningRate: result.learningRate,
      topShare: AdvantageEstimator.largestShare(of: advantages)?.share ?? 0,
      length: tokens / count,
      ended: Double(batch.rollouts.count { $0.hasEnded }) / count, onPolicyZ: identity.z,
      clipped: result.clipped)
  }

  private func records(
    _ batch: RolloutBatch, _ credits: [Credit], _ advantages: [[Double]]
  ) -> [RolloutRecord] {
    batch.rollouts.indices.map { index in
      let values = advantages[index]
      let first = values.first ?? 0
      return RolloutRecord(
        step: step, prompt: batch.rollouts[index].prompt, ids: batch.rollouts[index].ids,
        reward: credits[index].total, advantage: first,
        advantages: values.allSatisfy { $0 == first } ? nil : values)
    }
  }

  // MARK: Checks

  private func firstChecks(
    _ batch: RolloutBatch, _ rows: PolicyRows, _ completions: [RewardedCompletion],
    _ credits: [Credit], _ advantages: [[Double]]
  ) throws -> [SelfCheck] {
    let statistics = policy.head.statistics(of: rows)
    var findings = [
      SelfCheck.startsAtBase(statistics),
      SelfCheck.onPolicy(batch, rows, statistics, temperature: recipe.temperature) {
        policy.head.statistics(of: $0, temperature: $1)
      },
      .constantReward(
        try policy.pulls(of: rows), hidden: rows.hidden, width: policy.head.width),
    ]
    if let tokenizer = model.tokenizer {
      let texts = try batch.rollouts.map {
        try tokenizer.decode($0.ids, skippingSpecialTokens: true)
      }
      findings.append(.rewardFromText(reward, zip(completions, texts).map { ($0, $1) }))
      let different = zip(batch.rollouts, texts).count { rollout, text in
        tokenizer.encode(text) != rollout.ids.filter { $0 != tokenizer.endOfText }
      }
      findings.append(.retokenization(different: different, of: texts.count))
    }
    findings.append(.rewardVaries(credits.map(\.total)))
    let largest = AdvantageEstimator.largestShare(of: advantages)
    findings.append(
      .heavyTail(largest?.share, reward: largest.map { credits[$0.index].total }))
    if let tied = SelfCheck.tiedHead(
      isTied: model.transformer.configuration.isTied, part: recipe.trainedPart)
    {
      findings.append(tied)
    }
    return findings
  }
}
