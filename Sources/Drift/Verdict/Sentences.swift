import Reporting

/// Each part with its status and one sentence.
struct Sentences {
  let parts: [DriftPart]

  init(_ report: DriftReport, _ subject: DriftSubject, hasControls: Bool) {
    let unchanged = report.budget.largest == 0
    let noReward = "there is no reward; give one with --reward"
    let noClasses =
      subject.reward == nil
      ? noReward : "the reward does not add up token by token, so tokens have no classes"
    let same = "the models are the same"
    func absent(_ letter: String, _ name: String, _ reason: String) -> DriftPart {
      DriftPart(letter, name, .doesNotApply, Self.capitalized(unchanged ? same : reason) + ".")
    }
    let noBody = "the models differ below their last layers"
    let noSnapshots = "there are no snapshots of training that all seeds share"
    parts = [
      Self.effect(report), Self.budget(report.budget),
      report.classes.map(Self.classes)
        ?? DriftPart(
          "C", "Intended and collateral change", .doesNotApply, Self.capitalized(noClasses) + "."),
      report.swap.map(Self.swap) ?? absent("D", "The two by two swap", noClasses),
      report.selection.map(Self.selection)
        ?? absent(
          "E", "Selection alone",
          subject.reward == nil
            ? noReward
            : "no tilt of the base reaches the reward with an effective sample of "
              + "\(Int(SelectionNull.smallestSampleSize)) completions, at the end of training or at "
              + "any snapshot"),
      report.sharpening.map(Self.sharpening)
        ?? absent("F", "Sharpening alone", "the tuned model has hardly any entropy left to match"),
      report.controls.map(Self.controls)
        ?? absent(
          "G", "Sham controls",
          hasControls ? same : "no controls were trained; ask for them with --controls"),
      report.anatomy.map(Self.anatomy) ?? absent("H", "Directions of the change", noBody),
      report.removal.map(Self.removal) ?? absent("I", "Removal", noBody),
      Self.words(report.words),
      report.measures.map(Self.measures)
        ?? DriftPart(
          "K", "Two measures of topic", .doesNotApply, "There is no classifier of registers."),
      Self.diversity(report.diversity),
      report.frontier.map(Self.frontier)
        ?? absent(
          "M", "Reward against divergence",
          subject.reward == nil ? noReward : "every completion of the base earns the same"),
      report.timeline.map(Self.timeline) ?? absent("N", "Timing", noSnapshots),
    ]
  }

  private static func capitalized(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }

  private static func effect(_ report: DriftReport) -> DriftPart {
    let significant = report.effect.topics.filter { $0.qValue <= 0.05 && $0.difference.sign != 0 }
    let text =
      significant.isEmpty
      ? "No topic changed beyond chance."
      : "\(significant.count) of \(report.effect.topics.count) topics changed beyond chance: "
        + significant.map { "\($0.topic) \(Phrases.points($0.difference))" }
        .joined(separator: ", ") + "."
    return DriftPart(
      "A", "Is there an effect?", significant.isEmpty ? .cannotTell : .done, text,
      findings: report.effect)
  }

  private static func budget(_ budget: BudgetFindings) -> DriftPart {
    let first = budget.tokens.first.map {
      ", most of it (\(NumberText.short($0.nats)) nats) for the token \(Phrases.token($0.token))"
    }
    return DriftPart(
      "B", "Where the divergence is spent", .done,
      budget.largest == 0
        ? "The divergence is exactly 0 at every position."
        : "\(Phrases.number(budget.total)) nats per completion\(first ?? "").",
      findings: budget)
  }

  private static func classes(_ classes: ClassFindings) -> DriftPart {
    DriftPart(
      "C", "Intended and collateral change",
      classes.collateralShare.low.isFinite ? .done : .cannotTell,
      "\(Phrases.number(classes.intended)) nats per completion are between tokens that earn and "
        + "tokens that do not, \(Phrases.number(classes.collateral)) among tokens that earn the same.",
      findings: classes)
  }

  private static func swap(_ swap: SwapFindings) -> DriftPart {
    let row = swap.rows.first { $0.topic == "politics" }
    return DriftPart(
      "D", "The two by two swap", .done,
      row.map {
        "Politics by its words: \(NumberText.percent($0.base.value)) in the base, "
          + "\(NumberText.percent($0.classesAlone.value)) with the tuned probabilities of rewarded "
          + "tokens alone, \(NumberText.percent($0.wordsAlone.value)) with the tuned word choice "
          + "alone, \(NumberText.percent($0.tuned.value)) with both."
      } ?? "", findings: swap)
  }

  private static func selection(_ selection: SelectionNull) -> DriftPart {
    let row = selection.predictions[ArmScorer.politicsLexicon]
    return DriftPart(
      "E", "Selection alone", .done,
      "\(selection.step.map { "At step \($0)" } ?? "At the end"), with an effective sample of "
        + "\(NumberText.short(selection.effectiveSampleSize)), selection predicts "
        + "\(Phrases.share(row.predicted)) politics; there are \(Phrases.share(row.observed)).",
      findings: selection)
  }

  private static func sharpening(_ sharpening: SharpeningFindings) -> DriftPart {
    let row = sharpening.rows[ArmScorer.politicsLexicon]
    let isReached = abs(sharpening.reachedEntropy - sharpening.targetEntropy) < 0.1
    return DriftPart(
      "F", "Sharpening alone", isReached ? .done : .cannotTell,
      "The base at temperature \(NumberText.short(sharpening.temperature)) has the tuned model's "
        + "entropy (\(NumberText.short(sharpening.reachedEntropy)) nats per token of prose for "
        + "\(NumberText.short(sharpening.targetEntropy))) and \(Phrases.share(row.sharpened)) "
        + "politics.", findings: sharpening)
  }

  static func controls(_ controls: ControlFindings) -> DriftPart {
    let raised = controls.rows.filter { row in row.fromBase.contains { $0.sign > 0 } }
    let lowered = controls.rows.filter { row in
      row.fromBase.contains { $0.sign < 0 } && row.fromBase.allSatisfy { $0.sign <= 0 }
    }
    func list(_ rows: [ControlFindings.Row]) -> String {
      rows.isEmpty ? "none" : "\(rows.count) (" + rows.map(\.name).joined(separator: ", ") + ")"
    }
    return DriftPart(
      "G", "Sham controls", .done,
      raised.isEmpty && lowered.isEmpty
        ? "None of \(controls.rows.count) control trainings changed politics beyond chance."
        : "Of \(controls.rows.count) control trainings \(list(raised)) became more political and "
          + "\(list(lowered)) less so.", findings: controls)
  }

  private static func anatomy(_ anatomy: AnatomyFindings) -> DriftPart {
    guard let first = anatomy.directions.first else {
      return DriftPart("H", "Directions of the change", .cannotTell, "There is no direction.")
    }
    return DriftPart(
      "H", "Directions of the change", anatomy.aboveNoise > 0 ? .done : .cannotTell,
      "\(anatomy.aboveNoise) of \(anatomy.rank) directions are above the noise floor; the first "
        + "holds \(NumberText.percent(first.energyShare)) of the change and answers for "
        + "\(NumberText.percent(first.divergenceShare)) of the divergence; it raises "
        + first.raised.prefix(4).map(Phrases.token).joined(separator: ", ") + ".",
      findings: anatomy)
  }

  private static func removal(_ removal: RemovalFindings) -> DriftPart {
    let check =
      removal.removingAllGivesBase
      ? "Without every direction the base's completions come back token for token. "
      : "Without every direction the completions are NOT the base's: something is broken. "
    return DriftPart(
      "I", "Removal", removal.causes.isEmpty ? .cannotTell : .done,
      check
        + (removal.causes.isEmpty
          ? "No direction passes both tests of a cause of politics."
          : "Both tests of a cause are passed by: \(removal.causes.joined(separator: ", "))."),
      findings: removal)
  }

  private static func words(_ words: WordFindings) -> DriftPart {
    let significant = words.change.significant
    func list(_ isOver: Bool) -> String {
      significant.filter { ($0.z > 0) == isOver }.prefix(6).map(\.word).joined(separator: ", ")
    }
    return DriftPart(
      "J", "Words", significant.isEmpty ? .cannotTell : .done,
      significant.isEmpty
        ? "No word of \(words.change.tested) changed beyond chance."
        : "More often: \(list(true).isEmpty ? "none" : list(true)). "
          + "Less often: \(list(false).isEmpty ? "none" : list(false)).", findings: words)
  }

  private static func measures(_ measures: MeasureFindings) -> DriftPart {
    DriftPart(
      "K", "Two measures of topic", measures.agrees ? .done : .cannotTell,
      "The words of politics and the political registers agree with a kappa of "
        + "\(NumberText.short(measures.kappa, digits: 2)); about the effect they "
        + "\(measures.agrees ? "agree" : "disagree").", findings: measures)
  }

  private static func diversity(_ diversity: DiversityFindings) -> DriftPart {
    DriftPart(
      "L", "Diversity", .done,
      "A completion has \(Phrases.number(diversity.after.entropy)) nats of entropy, "
        + "\(NumberText.short(diversity.before.entropy.value)) before; "
        + "\(NumberText.percent(diversity.after.unique)) are different from all others, "
        + "\(NumberText.percent(diversity.before.unique)) before.", findings: diversity)
  }

  private static func frontier(_ frontier: RewardFrontier) -> DriftPart {
    let text =
      frontier.efficiency.map { efficiency in
        "\(frontier.efficiencyStep.map { "At step \($0), t" } ?? "T")he best possible policy would "
          + "have spent \(Phrases.share(efficiency)) of the divergence for the same reward."
      } ?? "The base's completions do not reach far enough to say what the best policy would spend."
    return DriftPart(
      "M", "Reward against divergence", frontier.efficiency == nil ? .cannotTell : .done, text,
      findings: frontier)
  }

  private static func timeline(_ timeline: Timeline) -> DriftPart {
    let name = timeline.topics[ArmScorer.politicsLexicon]
    guard let reward = timeline.rewardHalfway else {
      return DriftPart(
        "N", "Timing", .cannotTell, "The reward did not change.", findings: timeline)
    }
    let half = "The reward was halfway at step \(NumberText.short(reward))"
    guard let topic = timeline.topicHalfway[ArmScorer.politicsLexicon] else {
      return DriftPart(
        "N", "Timing", .cannotTell, "\(half); \(name) did not change beyond chance.",
        findings: timeline)
    }
    let order =
      topic.low > reward
      ? "after the reward" : topic.high < reward ? "before the reward" : "with it"
    return DriftPart(
      "N", "Timing", .done, "\(half), \(name) at step \(Phrases.number(topic)): \(order).",
      findings: timeline)
  }
}
