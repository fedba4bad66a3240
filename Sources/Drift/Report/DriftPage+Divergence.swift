import Foundation
import Reporting

extension DriftPage {
  var effectBody: HTML {
    let effect = report.effect
    let shown = effect.topics.filter { $0.before.value + $0.after.value > 0 }
    let rows = shown.flatMap { topic in
      [
        IntervalChart.Row(
          topic.topic, topic.before.value, low: topic.before.low, high: topic.before.high,
          color: 6, tip: "\(topic.topic) before: \(Phrases.share(topic.before))"),
        IntervalChart.Row(
          topic.topic, topic.after.value, low: topic.after.low, high: topic.after.high, color: 1,
          tip: "\(topic.topic) after: \(Phrases.share(topic.after))", continues: true),
      ]
    }
    let chart = Figure(
      IntervalChart(Axis("share of completions", format: .percent), rows: rows).svg,
      caption: "Share of completions on each topic, before in grey and after in orange.")
    var columns: [Table.Column] = [
      .text("topic"), .number("before"), .number("after"), .number("difference"), .number("p"),
      .number("q"), .number("among words, after minus before"),
    ]
    let seeds = report.afters.count > 1
    if seeds { columns.append(.text("per seed")) }
    let table = Table(
      columns,
      rows: effect.topics.map { topic in
        let cells: [HTML] = [
          HTML(text: topic.topic), HTML(text: Phrases.share(topic.before)),
          HTML(text: Phrases.share(topic.after)), HTML(text: Phrases.points(topic.difference)),
          HTML(text: NumberText.probability(topic.pValue)),
          HTML(text: NumberText.probability(topic.qValue)),
          HTML(text: topic.amongWords.map { Phrases.points($0.difference) } ?? "–"),
        ]
        let perSeed = topic.perSeed.map { NumberText.percent($0) }.joined(separator: ", ")
        return seeds ? cells + [HTML(text: perSeed)] : cells
      })
    return rewardTable + chart.html + table.html + promptTable
  }

  private var rewardTable: HTML {
    guard let reward = report.effect.reward else { return .empty }
    return """
      <p>The reward \(report.reward.map { "'\($0)'" } ?? ""): \(Phrases.number(reward.before)) before, \
      \(Phrases.number(reward.after)) after, a difference of \(Phrases.number(reward.difference)).</p>

      """
  }

  private var promptTable: HTML {
    guard !report.effect.prompts.isEmpty else { return .empty }
    return "<h3>By prompt</h3>"
      + Table(
        [.text("prompt"), .number("politics before"), .number("after"), .number("difference")],
        rows: report.effect.prompts.map { row in
          [
            HTML(text: row.prompt), HTML(text: Phrases.share(row.politics.before)),
            HTML(text: Phrases.share(row.politics.after)),
            HTML(text: Phrases.points(row.politics.difference)),
          ]
        }
      ).html
  }

  var budgetBody: HTML {
    let budget = report.budget
    guard budget.largest > 0 else { return .empty }
    let series = Plot.Series(
      "",
      budget.perPosition.enumerated().map {
        .init(Double($0 + 1), $1.value, low: $1.low, high: $1.high)
      }, color: 0)
    let chart = Figure(
      Plot(x: Axis("token of the completion"), y: Axis("nats", range: nil), series: [series]).svg,
      caption: "Divergence from the base at each token, with its interval.")
    let tokens = IntervalChart(
      Axis("nats per completion"),
      rows: budget.tokens.map {
        .init(Phrases.token($0.token), $0.nats, color: $0.nats < 0 ? 0 : 1)
      }, hasBars: true)
    let tokenCaption: HTML = """
      The tokens that take most of the divergence; those that became rarer have negative shares, and \
      all shares add up to the divergence.
      """
    let places = Table(
      [.number("nats"), .text("after this text"), .text("came")],
      rows: budget.places.map { place in
        ["\(place.nats)", HTML(text: place.context), HTML(text: Phrases.token(place.token))]
      })
    return """
      <p>\(NumberText.percent(budget.largeStepShare.value)) of completions spend more than one nat at \
      a single token\(budget.medianLargeStep.map { ", as a rule first at token \($0 + 1)" } ?? ""). \
      The base's divergence from itself, by the same computation: \(budget.baseFromItself).</p>
      \(chart.html)
      \(Figure(tokens.svg, caption: tokenCaption).html)
      <h3>The most expensive places</h3>\(places.html)
      """
  }

  func classBody(_ classes: ClassFindings) -> HTML {
    let chart = Plot(
      x: Axis("token of the completion"), y: Axis("nats"),
      series: [
        .init(
          "between classes of reward",
          classes.perPosition.enumerated().map { .init(Double($0 + 1), $1[0]) }, color: 1),
        .init(
          "among tokens that earn the same",
          classes.perPosition.enumerated().map { .init(Double($0 + 1), $1[1]) }, color: 0),
      ])
    let table = Table(
      [.text("token"), .number("nats per completion"), .number("a token that earns follows")],
      rows: classes.tokens.map { token in
        [
          HTML(text: Phrases.token(token.token)), "\(token.nats)",
          HTML(text: token.rewardedNext.map { NumberText.percent($0) } ?? "–"),
        ]
      })
    return """
      <p>The part that came along is \(Phrases.share(classes.collateralShare)) of the divergence. The \
      two parts add up to the divergence to within \(classes.chainRuleError, digits: 2) nats at every \
      position.</p>
      \(Figure(chart.svg, caption: "Both parts at each token.").html)
      <h3>Tokens that take most of what came along</h3>
      <p>A token may be liked for what it leads to: after the average token the base puts one that \
      earns with a probability of \(NumberText.percent(classes.rewardedNext)).</p>
      \(table.html)
      """
  }

  func swapBody(_ swap: SwapFindings) -> HTML {
    let table = Table(
      [
        .text("of the completions"), .number("base"), .number("tuned probabilities of reward"),
        .number("tuned words"), .number("both: tuned"), .number("effect of probabilities"),
        .number("effect of words"), .number("interaction"),
      ],
      rows: swap.rows.map { row in
        let isReward = row.topic == "reward"
        func level(_ estimate: Estimate) -> HTML {
          HTML(
            text: isReward
              ? NumberText.short(estimate.value) : NumberText.percent(estimate.value))
        }
        func effect(_ estimate: Estimate) -> HTML {
          HTML(text: isReward ? Phrases.number(estimate) : Phrases.points(estimate))
        }
        return [
          HTML(text: row.topic), level(row.base), level(row.classesAlone), level(row.wordsAlone),
          level(row.tuned), effect(row.effectOfClasses), effect(row.effectOfWords),
          effect(row.interaction),
        ]
      })
    let chart = IntervalChart(
      Axis("points of share", format: .percent),
      rows: swap.rows.dropFirst().filter { $0.base.value + $0.tuned.value > 0 }.flatMap { row in
        [
          IntervalChart.Row(
            row.topic, row.effectOfClasses.value, low: row.effectOfClasses.low,
            high: row.effectOfClasses.high, color: 1,
            tip: "\(row.topic), probabilities alone: \(Phrases.points(row.effectOfClasses))"),
          IntervalChart.Row(
            row.topic, row.effectOfWords.value, low: row.effectOfWords.low,
            high: row.effectOfWords.high, color: 0,
            tip: "\(row.topic), words alone: \(Phrases.points(row.effectOfWords))",
            continues: true),
        ]
      }, reference: 0)
    let caption: HTML = """
      What each half of the change does alone: the probability of tokens that earn in orange, the \
      choice of words in blue.
      """
    return """
      <p>Four policies are made of two models: how probable tokens that earn are is taken from one, \
      the choice among tokens that earn the same from the other.</p>
      \(Figure(chart.svg, caption: caption).html)
      \(table.html)
      """
  }
}
