import Foundation

extension Workbench {
  private func name(_ token: Int) -> String { scorer.text(of: [token]) }

  /// Part B.
  func budget() -> BudgetFindings {
    let perCompletion = budgets.map(\.perCompletion)
    let completions = Double(settings.completions * budgets.count)
    let tokens = tuned.reduce(0) { $0 + $1.completions.tokenCount }
    let steps = budgets.map { $0.firstLargeStep() }
    let firsts = steps.flatMap { $0.compactMap { $0 } }.sorted()
    let shares = summed(budgets.map(\.perToken)).map { $0 / completions }
    let order = shares.indices.sorted { (shares[$1], $0) < (shares[$0], $1) }
    return BudgetFindings(
      total: bootstrap.mean(perCompletion),
      perToken: perCompletion.reduce(0) { $0 + $1.reduce(0, +) } / Double(max(tokens, 1)),
      perPosition: (0..<subject.length).map { position in
        bootstrap.mean(
          budgets.map { $0.total.map { position < $0.count ? $0[position] : 0 } })
      },
      largeStepShare: bootstrap.mean(steps.map { $0.map { $0 == nil ? 0 : 1 } }),
      medianLargeStep: firsts.isEmpty ? nil : firsts[firsts.count / 2],
      tokens: (order.prefix(15).filter { shares[$0] > 0 }
        + order.suffix(5).filter { shares[$0] < 0 })
        .map { .init(id: $0, token: name($0), nats: shares[$0]) },
      places: places(), baseFromItself: profile.divergenceFromItself,
      largest: perCompletion.flatMap { $0 }.max() ?? 0)
  }

  private func summed(_ rows: [[Double]]) -> [Double] {
    rows.dropFirst().reduce(rows[0]) { zip($0, $1).map(+) }
  }

  /// The most expensive places of the first seed, of different completions.
  private func places(_ count: Int = 8) -> [BudgetFindings.Place] {
    let arm = tuned[0]
    let best = budgets[0].total.enumerated().compactMap { completion, nats in
      nats.indices.max { nats[$0] < nats[$1] }.map { (completion, $0, nats[$0]) }
    }
    return best.sorted { $0.2 > $1.2 }.prefix(count).filter { $0.2 > 0 }.map {
      completion, place, nats in
      let ids = arm.completions.ids[completion]
      let prompt = subject.prompts[arm.completions.prompts[completion]].text
      return BudgetFindings.Place(
        context: (place < 10 ? prompt : "…")
          + scorer.text(of: Array(ids[max(0, place - 10)..<place])),
        token: name(ids[place]), nats: nats)
    }
  }

  /// Part C.
  func classFindings() -> ClassFindings? {
    guard classes != nil else { return nil }
    let parts = budgets.map(\.partsPerCompletion)
    let (between, within) = (parts.map(\.between), parts.map(\.within))
    let completions = Double(settings.completions * budgets.count)
    let shares = summed(budgets.map(\.perTokenWithin)).map { $0 / completions }
    let order = shares.indices.sorted { (shares[$1], $0) < (shares[$0], $1) }
    let next = profile.rewardedNext(after: base.completions)
    return ClassFindings(
      intended: bootstrap.mean(between), collateral: bootstrap.mean(within),
      collateralShare: bootstrap.estimate { weights in
        let (a, b) = (weights.mean(between), weights.mean(within))
        return a + b > 1e-12 ? b / (a + b) : .nan
      },
      perPosition: (0..<subject.length).map { position in
        [\DivergenceBudget.betweenClasses, \.withinClasses].map { part in
          budgets.reduce(0) { sum, budget in
            sum + budget[keyPath: part].reduce(0) { $0 + (position < $1.count ? $1[position] : 0) }
          } / completions
        }
      },
      chainRuleError: budgets.map(\.largestChainRuleError).max() ?? 0,
      tokens: order.prefix(15).filter { shares[$0] > 0 }.map {
        .init(token: name($0), nats: shares[$0], rewardedNext: next.perToken[$0])
      },
      rewardedNext: next.overall)
  }

  /// Part D.
  func swap() throws -> SwapFindings? {
    guard let classes else { return nil }
    let (base, temperature) = (subject.before, subject.temperature)
    let classArms = try subject.afters.map { after in
      try arm(
        Policy(
          classesOf: after.model, wordsOf: base, classes, temperature: temperature),
        "swap: reward classes of \(after.name)")
    }
    let wordArms = try subject.afters.map { after in
      try arm(
        Policy(
          classesOf: base, wordsOf: after.model, classes, temperature: temperature),
        "swap: words of \(after.name)")
    }
    func row(_ name: String, _ value: (Arm) -> [Double]) -> SwapFindings.Row {
      let zero = value(self.base)
      let (tuned, one, two) = (self.tuned.map(value), classArms.map(value), wordArms.map(value))
      let rest = tuned.indices.map { seed in
        zero.indices.map { tuned[seed][$0] - one[seed][$0] - two[seed][$0] + zero[$0] }
      }
      return SwapFindings.Row(
        topic: name, base: bootstrap.mean(tuned.map { _ in zero }),
        classesAlone: bootstrap.mean(one), wordsAlone: bootstrap.mean(two),
        tuned: bootstrap.mean(tuned),
        effectOfClasses: bootstrap.mean(Self.differences(one, from: zero)),
        effectOfWords: bootstrap.mean(Self.differences(two, from: zero)),
        interaction: bootstrap.mean(rest))
    }
    return SwapFindings(
      rows: [row("reward", \.rewards)]
        + scorer.topicNames.indices.map { topic in
          row(scorer.topicNames[topic]) { $0.topics[topic] }
        })
  }

  /// Part F.
  func sharpening() throws -> SharpeningFindings? {
    let target =
      tuned.reduce(0) { $0 + $1.proseEntropy(classes) } / Double(tuned.count)
    let start = base.proseEntropy(classes)
    guard target > 0.05, start > 0.05 else { return nil }
    let null = try SharpeningNull(
      base: subject.before, target: target, start: (subject.temperature, start), classes: classes
    ) { policy, isFinal in
      try arm(
        policy, isFinal ? "base at another temperature" : "finding the temperature",
        count: isFinal ? nil : min(250, settings.completions))
    }
    let own = Bootstrap(
      completions: settings.completions, replicates: settings.replicates, seed: settings.seed)
    return SharpeningFindings(
      temperature: Double(null.temperature), targetEntropy: target,
      reachedEntropy: null.entropies.reached, baseEntropy: start,
      rows: scorer.topicNames.indices.map { topic in
        let (zero, other) = (base.topics[topic], null.arm.topics[topic])
        return SharpeningFindings.Row(
          topic: scorer.topicNames[topic], base: own.mean([zero]), sharpened: own.mean([other]),
          effect: own.mean(Self.differences([other], from: zero)),
          unexplained: bootstrap.mean(
            Self.differences(tuned.map { $0.topics[topic] }, from: other)))
      })
  }
}
