import Foundation

extension Workbench {
  /// Part A.
  func effect() -> EffectFindings {
    var findings = EffectFindings(
      reward: contrast(base.rewards, tuned.map(\.rewards)),
      topics: TopicEffect.all(
        scorer.topicNames, before: base, afters: tuned, bootstrap: bootstrap, seed: settings.seed),
      prompts: [])
    guard subject.prompts.count > 1 else { return findings }
    findings.prompts = subject.prompts.enumerated().map { index, prompt in
      let chosen = base.completions.prompts.indices.filter {
        base.completions.prompts[$0] == index
      }
      func part(_ values: [Double]) -> [Double] { chosen.map { values[$0] } }
      let bootstrap = Bootstrap(
        completions: chosen.count, seeds: tuned.count, replicates: settings.replicates,
        seed: settings.seed)
      let topic = ArmScorer.politicsLexicon
      return EffectFindings.PromptEffect(
        prompt: prompt.text,
        politics: Self.contrast(
          part(base.topics[topic]), tuned.map { part($0.topics[topic]) }, bootstrap),
        reward: base.rewards.isEmpty
          ? nil : Self.contrast(part(base.rewards), tuned.map { part($0.rewards) }, bootstrap))
    }
    return findings
  }

  private func contrast(_ before: [Double], _ after: [[Double]]) -> EffectFindings.Contrast? {
    before.isEmpty ? nil : Self.contrast(before, after, bootstrap)
  }

  private static func contrast(
    _ before: [Double], _ after: [[Double]], _ bootstrap: Bootstrap
  ) -> EffectFindings.Contrast {
    EffectFindings.Contrast(
      before: bootstrap.mean(after.map { _ in before }), after: bootstrap.mean(after),
      difference: bootstrap.mean(differences(after, from: before)))
  }

  /// Part K.
  func measures(_ effect: EffectFindings) -> MeasureFindings? {
    guard let register = scorer.politicalRegister else { return nil }
    let lexicon = ArmScorer.politicsLexicon
    let arms = [base] + tuned
    let first = arms.flatMap { $0.topics[lexicon] }
    let second = arms.flatMap { $0.topics[register] }
    let count = Double(first.count)
    let both = zip(first, second).reduce(0) { $0 + ($1.0 == $1.1 ? 1.0 : 0) } / count
    let shares = (first.reduce(0, +) / count, second.reduce(0, +) / count)
    let chance = shares.0 * shares.1 + (1 - shares.0) * (1 - shares.1)
    let names = scorer.registerNames
    let assigned = ([base] + tuned).map { arm in arm.words.map { scorer.register(of: $0) } }
    let registers = names.indices.map { index in
      let values = assigned.map { $0.map { $0 == index ? 1.0 : 0 } }
      let difference = bootstrap.mean(Self.differences(Array(values.dropFirst()), from: values[0]))
      let before = values[0].reduce(0, +) / Double(values[0].count)
      return MeasureFindings.Register(
        name: names[index], before: before, after: before + difference.value,
        difference: difference)
    }
    return MeasureFindings(
      kappa: chance < 1 ? (both - chance) / (1 - chance) : 1,
      agrees: effect.topics[lexicon].difference.sign == effect.topics[register].difference.sign,
      registers: registers)
  }

  /// Part J.
  func words() -> WordFindings {
    let after = tuned.flatMap(\.words)
    // As many of the base as there are after it would be the same ones again; the prior and the
    // counts per completion make the sides comparable.
    let change = WordContrast(before: base.words, after: after, prior: base.words)
    var selection: WordContrast?
    let sorted = base.rewards.sorted()
    if let lowest = sorted.first, let highest = sorted.last, lowest < highest {
      let middle = sorted[sorted.count / 2]
      // Ties with the median go where they make the groups less uneven.
      let isStrict = base.rewards.count { $0 > middle } > base.rewards.count / 10
      let isHigh = base.rewards.map { isStrict ? $0 > middle : $0 >= middle && $0 > lowest }
      func group(_ high: Bool) -> [[String]] {
        zip(base.words, isHigh).filter { $0.1 == high }.map(\.0)
      }
      if isHigh.contains(true), isHigh.contains(false) {
        selection = WordContrast(before: group(false), after: group(true), prior: base.words)
      }
    }
    var prose: WordContrast?
    if let classes {
      func proseWords(_ arm: Arm) -> [[String]] {
        arm.words.indices.filter { completion in
          arm.completions.ids[completion].indices.allSatisfy {
            arm.isProse(completion, $0, classes)
          }
        }.map { arm.words[$0] }
      }
      let (first, second) = (proseWords(base), tuned.flatMap(proseWords))
      if first.count >= 20, second.count >= 20 {
        prose = WordContrast(before: first, after: second, prior: base.words)
      }
    }
    return WordFindings(change: change, selection: selection, prose: prose)
  }

  /// Part L.
  func diversity() -> DiversityFindings {
    let tokens = min(
      base.completions.tokenCount, tuned.map(\.completions.tokenCount).min() ?? 0)
    let own = Bootstrap(
      completions: settings.completions, replicates: settings.replicates, seed: settings.seed)
    func entropies(_ arm: Arm) -> [Double] {
      arm.completions.entropies.map { $0.reduce(0, +) }
    }
    return DiversityFindings(
      before: Diversity([base], classes: classes, pairTokens: tokens, bootstrap: own),
      after: Diversity(tuned, classes: classes, pairTokens: tokens, bootstrap: bootstrap),
      entropyChange: bootstrap.mean(
        Self.differences(tuned.map(entropies), from: entropies(base))))
  }

  /// Completions side by side.
  func pairs(_ count: Int = 10) -> [DriftReport.Pair] {
    base.texts.indices.prefix(count).map { index in
      DriftReport.Pair(
        prompt: subject.prompts[base.completions.prompts[index]].text,
        before: base.texts[index], after: tuned[0].texts[index])
    }
  }
}
