import Foundation
import PlumbRuntime

extension Workbench {
  /// Whether a token earns something else than most do.
  func isRewarded(_ token: Int) -> Bool { classes?.isRewarded(token) ?? false }

  /// The change of one seed's last layer, taken apart; `nil` where the bodies differ or nothing
  /// changed.
  func anatomy(ofSeed seed: Int) -> ChangeAnatomy? {
    let (before, after) = (subject.before, subject.afters[seed].model)
    guard before.body === after.body, before.unembedding.bias == after.unembedding.bias,
      before.unembedding.weights != after.unembedding.weights
    else { return nil }
    let states =
      spread(baseStates, over: 4096) + spread(tunedStates[seed].before, over: 4096)
    return ChangeAnatomy(
      before: before.unembedding, after: after.unembedding, frequencies: profile.frequencies,
      states: states)
  }

  /// At most so many states, spread over all.
  private func spread(_ states: [Float], over count: Int) -> [Float] {
    let width = subject.before.unembedding.width
    let total = states.count / width
    guard total > count else { return states }
    return (0..<count).flatMap { index in
      let place = index * total / count
      return states[place * width..<(place + 1) * width]
    }
  }

  /// Part H.
  ///
  /// - Parameters:
  ///   - anatomies: The change of each seed.
  ///   - shamValue: The largest singular value that a sham training reached, if there was one.
  /// - Returns: The directions, or `nil` where there is no change to take apart.
  /// - Throws: Errors of the runtime, or `CancellationError`.
  func anatomyFindings(
    _ anatomies: [ChangeAnatomy], shamValue: Double?
  ) throws -> AnatomyFindings? {
    guard let anatomy = anatomies.first, !anatomy.directions.isEmpty else { return nil }
    let count = min(8, anatomy.directions.count)
    let divergence = try DirectionDivergence(
      anatomy, count: count, states: spread(tunedStates[0].before, over: 1500),
      temperature: subject.temperature)
    let floor =
      shamValue ?? anatomy.noiseFloor(isRewarded: isRewarded, draws: 12, seed: settings.seed)
    return AnatomyFindings(
      name: subject.afters[0].name, gaugeShare: anatomy.gaugeShare, noiseFloor: floor,
      noiseSource: shamValue == nil
        ? "random signs, rows of rewarded tokens left out" : "the sham training",
      aboveNoise: anatomy.directions.count { $0.singularValue > floor },
      rank: anatomy.directions.count, singularValues: anatomy.directions.map(\.singularValue),
      directions: (0..<count).map { index in
        direction(
          anatomy, index, nats: divergence.perDirection[index], total: divergence.total, floor)
      },
      pathNats: divergence.total, exactNats: divergence.exact,
      agreementBetweenSeeds: Self.agreement(anatomies))
  }

  private func direction(
    _ anatomy: ChangeAnatomy, _ index: Int, nats: Double, total: Double, _ floor: Double
  ) -> AnatomyFindings.Direction {
    let direction = anatomy.directions[index]
    // A direction has no sign of its own; it is turned so that it reads a positive number most often
    // where the tuned model goes.
    let reads = readings(of: direction)
    let sign: Double = reads.reduce(0) { $0 + $1.value } < 0 ? -1 : 1
    let order = direction.writer.indices
      .sorted { sign * direction.writer[$0] > sign * direction.writer[$1] }
    let square = direction.writer.reduce(0) { $0 + $1 * $1 }
    let rewarded = direction.writer.indices.filter(isRewarded)
      .reduce(0) { $0 + direction.writer[$1] * direction.writer[$1] }
    return AnatomyFindings.Direction(
      number: index + 1, singularValue: direction.singularValue,
      energyShare: anatomy.energyShare(index), nats: nats,
      divergenceShare: total > 0 ? nats / total : 0,
      isAboveNoise: direction.singularValue > floor,
      raised: order.prefix(10).map { scorer.text(of: [$0]) },
      lowered: order.suffix(10).reversed().map { scorer.text(of: [$0]) },
      contexts: contexts(reads.map { ($0.completion, $0.position, sign * $0.value) }),
      rewardedShare: square > 0 ? rewarded / square : 0)
  }

  /// What a direction reads at each token of the first seed's first completions.
  private func readings(
    of direction: ChangeAnatomy.Direction
  ) -> [(completion: Int, position: Int, value: Double)] {
    let states = tunedStates[0].before
    let width = direction.reader.count
    var place = 0
    var readings: [(completion: Int, position: Int, value: Double)] = []
    for (completion, ids) in tuned[0].completions.ids.prefix(200).enumerated() {
      for position in ids.indices {
        var value = 0.0
        for index in 0..<width {
          value += direction.reader[index] * Double(states[place * width + index])
        }
        readings.append((completion, position, value))
        place += 1
      }
    }
    return readings
  }

  private func contexts(_ readings: [(Int, Int, Double)], _ count: Int = 5) -> [String] {
    var seen: Set<Int> = []
    var contexts: [String] = []
    for (completion, position, _) in readings.sorted(by: { $0.2 > $1.2 })
    where contexts.count < count && seen.insert(completion).inserted {
      let ids = tuned[0].completions.ids[completion]
      let prompt = subject.prompts[tuned[0].completions.prompts[completion]].text
      contexts.append(
        (position < 8 ? prompt : "…") + scorer.text(of: Array(ids[max(0, position - 8)..<position]))
      )
    }
    return contexts
  }

  /// The mean absolute cosine between the strongest writers of different seeds.
  private static func agreement(_ anatomies: [ChangeAnatomy]) -> Double? {
    let writers = anatomies.compactMap { $0.directions.first?.writer }
    guard writers.count > 1 else { return nil }
    var (sum, pairs) = (0.0, 0)
    for first in writers.indices {
      for second in 0..<first {
        func dot(_ a: [Double], _ b: [Double]) -> Double {
          zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let (a, b) = (writers[first], writers[second])
        sum += abs(dot(a, b)) / (dot(a, a) * dot(b, b)).squareRoot()
        pairs += 1
      }
    }
    return sum / Double(pairs)
  }

  /// Part I.
  func removal(_ anatomies: [ChangeAnatomy]) throws -> RemovalFindings? {
    guard anatomies.count == subject.afters.count else { return nil }
    let count = settings.removalCompletions(seeds: anatomies.count)
    let directions = min(
      settings.directions, anatomies.map(\.directions.count).min() ?? 0)
    var removals: [Removal] = (0..<directions).flatMap { [.without([$0]), .only([$0])] }
    if classes != nil { removals += [.rewardedRows, .otherRows] }
    removals += [.meanState]
    removals += [0.25, 0.5, 0.75, 1.25, 1.5].map { .scaled($0) }

    let bootstrap = Bootstrap(
      completions: count, seeds: anatomies.count, replicates: settings.replicates,
      seed: settings.seed)
    let few = Bootstrap(
      completions: min(count, Self.divergenceCompletions), seeds: anatomies.count,
      replicates: settings.replicates, seed: settings.seed)
    func cut(_ values: [Double]) -> [Double] { Array(values.prefix(count)) }
    var findings = RemovalFindings(
      topics: focus.map { scorer.topicNames[$0] }, rows: [], removingAllGivesBase: true, causes: [])
    for removal in removals {
      let measured = try anatomies.map { anatomy in
        try measuredArm(
          .init(
            body: subject.before.body,
            unembedding: anatomy.unembedding(removal, isRewarded: isRewarded)),
          removal.name, count: count)
      }
      let arms = measured.map(\.arm)
      findings.rows.append(
        RemovalFindings.Row(
          name: removal.name,
          reward: base.rewards.isEmpty ? nil : bootstrap.mean(arms.map(\.rewards)),
          divergence: few.mean(measured.map(\.budget.perCompletion)),
          entropy: arms.reduce(0) { $0 + $1.proseEntropy(classes) } / Double(arms.count),
          topics: focus.map { topic in bootstrap.mean(arms.map { $0.topics[topic] }) },
          fromTuned: focus.map { topic in
            bootstrap.mean(
              zip(arms, tuned).map { arm, tuned in
                zip(arm.topics[topic], tuned.topics[topic]).map { $0 - $1 }
              })
          },
          fromBase: focus.map { topic in
            bootstrap.mean(
              Self.differences(arms.map { $0.topics[topic] }, from: cut(base.topics[topic])))
          }))
    }
    findings.removingAllGivesBase = try removesEverything(anatomies, count: min(count, 100))
    findings.causes = causes(findings.rows, directions: directions)
    return findings
  }

  /// Whether the models without any direction write what the base writes, token for token.
  private func removesEverything(_ anatomies: [ChangeAnatomy], count: Int) throws -> Bool {
    let policy = Policy(subject.before, temperature: subject.temperature)
    let expected = try arm(policy, "base again", count: count).completions.ids
    return try anatomies.allSatisfy { anatomy in
      let unembedding = anatomy.unembedding(
        .without(Set(anatomy.directions.indices)), isRewarded: isRewarded)
      let policy = Policy(
        Policy.Model(body: subject.before.body, unembedding: unembedding),
        temperature: subject.temperature)
      return try arm(policy, "every direction removed", count: count).completions.ids == expected
    }
  }

  /// Directions that pass both tests for both measures: without it the topic is rarer, and alone it
  /// makes the topic more frequent (or both the other way round).
  private func causes(_ rows: [RemovalFindings.Row], directions: Int) -> [String] {
    (0..<directions).compactMap { index in
      guard let without = rows.first(where: { $0.name == Removal.without([index]).name }),
        let alone = rows.first(where: { $0.name == Removal.only([index]).name })
      else { return nil }
      let signs = focus.indices.map { topic in
        without.fromTuned[topic].sign == -alone.fromBase[topic].sign
          ? alone.fromBase[topic].sign : 0
      }
      guard let sign = signs.first, sign != 0, signs.allSatisfy({ $0 == sign }) else { return nil }
      return "direction \(index + 1) \(sign > 0 ? "raises" : "lowers") politics"
    }
  }
}
