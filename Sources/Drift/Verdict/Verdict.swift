import Reporting

/// The answer in a few sentences, made from the numbers alone.
///
/// A sentence claims a cause only where its interval leaves 0 out, for each of two measures of the
/// topic if there are two; otherwise it says that the data cannot tell.
struct Verdict {
  let sentences: [String]

  init(_ report: DriftReport) {
    guard report.budget.largest > 0 else {
      sentences = [
        "Nothing changed: both models give the same probability to every token at every position "
          + "that was looked at, a divergence of exactly 0."
      ]
      return
    }
    var sentences: [String] = []
    let politics = Politics(report)
    if let reward = report.effect.reward { sentences.append(Self.reward(reward, report)) }
    sentences.append(politics.sentence)
    if let words = report.effect.topics.first?.amongWords {
      sentences.append(Self.amongWords(words))
    }
    sentences += Self.otherTopics(report)
    if let classes = report.classes { sentences.append(Self.collateral(classes)) }
    if politics.sign != 0 {
      sentences += Self.causes(report, sign: politics.sign)
    }
    sentences.append(Self.scope(report))
    self.sentences = sentences
  }

  /// What happened to politics.
  struct Politics {
    /// 1 if it rose, -1 if it fell, 0 if one cannot tell.
    let sign: Int
    let sentence: String

    init(_ report: DriftReport) {
      let measures =
        [report.effect.topics.first] + [
          report.effect.topics.first { $0.topic == "political register" }
        ]
      let effects = measures.compactMap { $0 }
      let signs = Set(effects.map { $0.difference.sign })
      let numbers = effects.map {
        "\(NumberText.percent($0.before.value)) before and \(NumberText.percent($0.after.value)) "
          + "after (\(Phrases.points($0.difference))) "
          + ($0.topic == "politics" ? "by its words" : "by its register")
      }.joined(separator: ", ")
      switch (signs.count, signs.first ?? 0) {
      case (1, 1):
        sign = 1
        sentence = "The model became more political: completions on politics were \(numbers)."
      case (1, -1):
        sign = -1
        sentence = "The model became less political: completions on politics were \(numbers)."
      case (1, _):
        sign = 0
        sentence =
          "Whether the model became more or less political, the data cannot tell; the intervals hold "
          + "0: completions on politics were \(numbers)."
      default:
        sign = 0
        sentence =
          "Whether the model became more or less political, the data cannot tell; two measures "
          + "disagree: completions on politics were \(numbers)."
      }
    }
  }

  private static func amongWords(_ words: EffectFindings.Contrast) -> String {
    let numbers =
      "\(NumberText.percent(words.before.value)) of its words were of politics before and "
      + "\(NumberText.percent(words.after.value)) after (\(Phrases.points(words.difference)))"
    switch words.difference.sign {
    case 1: return "What prose is left is more political: \(numbers)."
    case -1: return "What prose is left is less political: \(numbers)."
    default: return "Whether the prose that is left is more political, one cannot tell: \(numbers)."
    }
  }

  private static func reward(_ reward: EffectFindings.Contrast, _ report: DriftReport) -> String {
    let name = report.reward.map { "'\($0)'" } ?? "the reward"
    let change =
      reward.difference.sign == 0
      ? "did not change beyond chance" : reward.difference.sign > 0 ? "rose" : "fell"
    return "The mean of \(name) \(change): \(NumberText.short(reward.before.value)) before, "
      + "\(Phrases.number(reward.after)) after, at \(NumberText.short(report.budget.total.value)) "
      + "nats per completion from the base."
  }

  private static func otherTopics(_ report: DriftReport) -> [String] {
    let others = report.effect.topics.filter {
      !["politics", "political register"].contains($0.topic) && $0.qValue <= 0.05
        && $0.difference.sign != 0
    }.sorted { abs($0.difference.value) > abs($1.difference.value) }
    guard !others.isEmpty else { return [] }
    let list = others.prefix(3).map { "\($0.topic) (\(Phrases.points($0.difference)))" }
    return ["Of the other topics these changed most: \(list.joined(separator: ", "))."]
  }

  private static func collateral(_ classes: ClassFindings) -> String {
    let share = classes.collateralShare
    guard share.low.isFinite else { return "Too little changed to say what came along." }
    let main =
      share.high < 0.5
      ? "Most of the change is what the reward asks for at once"
      : share.low > 0.5
        ? "Most of the change came along: it is among tokens that earn the same"
        : "About half of the change came along: it is among tokens that earn the same"
    return "\(main); the part that came along is \(Phrases.share(share)) of the divergence."
  }

  private static func causes(_ report: DriftReport, sign: Int) -> [String] {
    var sentences: [String] = []
    if let rows = report.swap?.rows {
      sentences.append(swap(rows.filter { isPolitics($0.topic) }, sign: sign))
    }
    if let selection = report.selection {
      let rows = selection.predictions.filter { isPolitics($0.topic) }
      let place = selection.step.map { "At step \($0), the latest that can be compared, " } ?? ""
      sentences.append(
        place
          + agreement(
            rows.map(\.unexplained), sign: sign,
            none:
              "preferring the base's own high-earning completions predicts the politics that was "
              + "seen",
            some:
              "preferring the base's own high-earning completions does not predict the politics "
              + "that was seen"
          ) + ": predicted \(rows.map { Phrases.share($0.predicted) }.joined(separator: " and ")), "
          + "seen \(rows.map { Phrases.share($0.observed) }.joined(separator: " and ")).")
    }
    if let sharpening = report.sharpening {
      let rows = sharpening.rows.filter { isPolitics($0.topic) }
      sentences.append(
        agreement(
          rows.map(\.unexplained), sign: sign,
          none: "a base that is merely as sure of itself would look the same",
          some: "being surer of itself does not explain it"
        ) + ": the base at temperature \(NumberText.short(sharpening.temperature)) shows "
          + "\(rows.map { Phrases.share($0.sharpened) }.joined(separator: " and ")).")
    }
    if let removal = report.removal {
      sentences.append(
        removal.causes.isEmpty
          ? "No single direction of the change passes both tests of a cause (removed, it undoes the "
            + "effect; alone, it has it)."
          : "Tests of removal point at " + removal.causes.joined(separator: ", ") + ".")
    }
    return sentences.map { $0.prefix(1).uppercased() + $0.dropFirst() }
  }

  private static func isPolitics(_ topic: String) -> Bool {
    topic == "politics" || topic == "political register"
  }

  /// One of two sentences if all intervals agree, else that one cannot tell.
  private static func agreement(
    _ unexplained: [Estimate], sign: Int, none: String, some: String
  ) -> String {
    let signs = Set(unexplained.map(\.sign))
    if signs == [0] { return none }
    if signs == [sign] { return some }
    return "the measures do not decide whether " + none
  }

  private static func swap(_ rows: [SwapFindings.Row], sign: Int) -> String {
    func isCause(_ effect: KeyPath<SwapFindings.Row, Estimate>) -> Bool {
      rows.allSatisfy { $0[keyPath: effect].sign == sign }
    }
    let numbers = rows.map {
      "\($0.topic): \(Phrases.points($0.effectOfClasses)) and \(Phrases.points($0.effectOfWords))"
    }.joined(separator: "; ")
    let names = "(class probabilities alone, then word choice alone: \(numbers))"
    switch (isCause(\.effectOfClasses), isCause(\.effectOfWords)) {
    case (true, true):
      return
        "Both how probable rewarded tokens are and the choice among other words do it \(names)."
    case (true, false):
      return
        "It comes from how probable rewarded tokens are, which decides which texts survive, not "
        + "from new word choices \(names)."
    case (false, true):
      return "It comes from changed preferences among words that earn the same \(names)."
    case (false, false):
      return
        "Whether it comes from the probability of rewarded tokens or from the choice of words, "
        + "the swap cannot tell \(names)."
    }
  }

  private static func scope(_ report: DriftReport) -> String {
    let runs = report.afters.count
    return report.isOverSeeds
      ? "The intervals are over \(report.settings.completions) completions per arm and \(runs) "
        + "training seeds: they speak of the experiment."
      : "The intervals are over \(report.settings.completions) completions per arm of "
        + (runs == 1 ? "one training run" : "\(runs) training runs")
        + " and speak of \(runs == 1 ? "that run" : "those runs") alone; five seeds or more would "
        + "speak of the experiment."
  }
}
