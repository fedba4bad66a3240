import Foundation

/// What snapshots of training show.
struct TrainingArms {
  /// The steps, ascending, 0 for the base.
  let steps: [Int]
  /// `[step][seed]`.
  let arms: [[Arm]]
  /// Nats per completion, `[step][seed][completion]`.
  let divergences: [[[Double]]]
  /// The base's log-probability per token that does not earn, `[step][seed][completion]`.
  let prose: [[[Double]]]
}

extension Workbench {
  /// Samples snapshots at steps that every seed has; `nil` where there are none.
  func trainingArms() throws -> TrainingArms? {
    let shared = subject.afters.dropFirst().reduce(
      Set(subject.afters[0].snapshots.map(\.step))
    ) { $0.intersection($1.snapshots.map(\.step)) }
    let steps = Self.spread(shared.filter { $0 > 0 }.sorted(), count: settings.snapshots)
    guard !steps.isEmpty else { return nil }
    let count = settings.snapshotCompletions
    var arms = [tuned.map { _ in base.prefix(count) }]
    var divergences = [tuned.map { _ in Array(repeating: 0.0, count: count) }]
    let own = base.completions.logProbabilities.prefix(count)
    let baseProse = zip(base.completions.ids, own).map { meanOfProse($0, $1) }
    var prose = [tuned.map { _ in baseProse }]
    for step in steps {
      var row: [(arm: Arm, budget: DivergenceBudget)] = []
      for after in subject.afters {
        guard let snapshot = after.snapshots.first(where: { $0.step == step }) else { continue }
        row.append(
          try measuredArm(snapshot.model, "\(after.name) at step \(step)", count: count))
      }
      arms.append(row.map(\.arm))
      divergences.append(row.map(\.budget.perCompletion))
      prose.append(
        row.map { row in
          zip(row.arm.completions.ids, row.budget.baseLogProbabilities).map(meanOfProse)
        })
    }
    return TrainingArms(steps: [0] + steps, arms: arms, divergences: divergences, prose: prose)
  }

  private func meanOfProse(_ ids: [Int], _ logs: [Double]) -> Double {
    let kept = zip(ids, logs).filter { !isRewarded($0.0) }.map(\.1)
    // A completion of rewarded tokens alone has no prose; it says nothing.
    return kept.isEmpty ? .nan : kept.reduce(0, +) / Double(kept.count)
  }

  /// At most so many, the last among them, denser at the start where most happens.
  static func spread(_ steps: [Int], count: Int) -> [Int] {
    guard steps.count > count, count > 1 else { return steps }
    var chosen: Set<Int> = []
    for index in 0..<count {
      let share = Double(index) / Double(count - 1)
      let place = pow(share, 1.6) * Double(steps.count - 1)
      chosen.insert(Int(place.rounded()))
    }
    return chosen.sorted().map { steps[$0] }
  }

  private func trainingBootstrap() -> Bootstrap {
    Bootstrap(
      completions: settings.snapshotCompletions, seeds: subject.afters.count,
      replicates: settings.replicates, seed: settings.seed)
  }

  /// Part E.
  func selection(_ training: TrainingArms?) -> SelectionNull? {
    guard subject.reward != nil else { return nil }
    if let null = SelectionNull.compare(
      scorer.topicNames, before: base, observed: tuned, step: nil, seed: settings.seed)
    {
      return null
    }
    guard let training else { return nil }
    for index in training.steps.indices.dropFirst().reversed() {
      if let null = SelectionNull.compare(
        scorer.topicNames, before: base, observed: training.arms[index],
        step: training.steps[index], seed: settings.seed)
      {
        return null
      }
    }
    return nil
  }

  /// Part M.
  func frontier(_ training: TrainingArms?) -> RewardFrontier? {
    guard subject.reward != nil, Set(base.rewards).count > 1 else { return nil }
    var points: [RewardFrontier.Point] = []
    if let training {
      let bootstrap = trainingBootstrap()
      points = training.steps.indices.dropFirst().map { index in
        let prose = training.prose[index]
        return RewardFrontier.Point(
          step: training.steps[index], divergence: bootstrap.mean(training.divergences[index]),
          reward: bootstrap.mean(training.arms[index].map(\.rewards)),
          prose: bootstrap.estimate { Self.meanOfKnown(prose, $0) })
      }
    }
    let prose = zip(tuned, budgets).map { arm, budget in
      zip(arm.completions.ids, budget.baseLogProbabilities).map(meanOfProse)
    }
    points.append(
      RewardFrontier.Point(
        step: subject.afters[0].steps, divergence: bootstrap.mean(budgets.map(\.perCompletion)),
        reward: bootstrap.mean(tuned.map(\.rewards)),
        prose: bootstrap.estimate { Self.meanOfKnown(prose, $0) }))
    return RewardFrontier(
      baseRewards: base.rewards, training: points, seed: settings.seed)
  }

  private static func meanOfKnown(_ values: [[Double]], _ weights: Bootstrap.Weights) -> Double {
    var (sum, total) = (0.0, 0.0)
    for (seed, row) in zip(weights.seeds, values) {
      for (weight, value) in zip(weights.completions, row) where !value.isNaN {
        sum += seed * weight * value
        total += seed * weight
      }
    }
    return total > 0 ? sum / total : .nan
  }

  /// Part N.
  func timeline(_ training: TrainingArms?) -> Timeline? {
    guard let training, subject.reward != nil else { return nil }
    return Timeline(
      scorer.topicNames, steps: training.steps, arms: training.arms,
      bootstrap: trainingBootstrap())
  }
}

extension Arm {
  /// The first completions alone.
  func prefix(_ count: Int) -> Arm {
    var completions = completions
    completions.prompts = Array(completions.prompts.prefix(count))
    completions.ids = Array(completions.ids.prefix(count))
    completions.entropies = Array(completions.entropies.prefix(count))
    completions.logProbabilities = Array(completions.logProbabilities.prefix(count))
    return Arm(
      completions: completions, texts: Array(texts.prefix(count)),
      words: Array(words.prefix(count)), rewards: Array(rewards.prefix(count)),
      topics: topics.map { Array($0.prefix(count)) },
      topicWords: topicWords.map { Array($0.prefix(count)) })
  }
}
