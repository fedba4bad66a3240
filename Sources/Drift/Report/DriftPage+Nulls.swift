import Foundation
import Reporting

extension DriftPage {
  func selectionBody(_ selection: SelectionNull) -> HTML {
    let shown = selection.predictions.filter { $0.before + $0.observed.value > 0 }
    let rows = shown.flatMap { row in
      [
        IntervalChart.Row(
          row.topic, row.predicted.value, low: row.predicted.low, high: row.predicted.high,
          color: 2, tip: "\(row.topic), predicted: \(Phrases.share(row.predicted))"),
        IntervalChart.Row(
          row.topic, row.observed.value, low: row.observed.low, high: row.observed.high, color: 1,
          tip: "\(row.topic), observed: \(Phrases.share(row.observed))", continues: true),
      ]
    }
    let table = Table(
      [
        .text("topic"), .number("base"), .number("predicted"), .number("observed"),
        .number("unexplained"), .number("first-order prediction of the change"),
      ],
      rows: selection.predictions.map { row in
        [
          HTML(text: row.topic), HTML(text: NumberText.percent(row.before)),
          HTML(text: Phrases.share(row.predicted)), HTML(text: Phrases.share(row.observed)),
          HTML(text: Phrases.points(row.unexplained)),
          HTML(text: "\(NumberText.short(row.firstOrderChange * 100)) points"),
        ]
      })
    let chart = IntervalChart(Axis("share of completions", format: .percent), rows: rows)
    return """
      <p>The base's own completions, weighted so that those that earn more count more, until their \
      mean reward is \(selection.reward), that of \
      \(selection.step.map { "training step \($0)" } ?? "the tuned model"). The weighted sample is \
      worth \(selection.effectiveSampleSize) completions and is \(selection.divergence) nats from the \
      base.</p>
      \(Figure(chart.svg, caption: "Predicted by selection in green, observed in orange.").html)
      \(table.html)
      """
  }

  func sharpeningBody(_ sharpening: SharpeningFindings) -> HTML {
    Table(
      [
        .text("topic"), .number("base"), .number("at the other temperature"), .number("its effect"),
        .number("tuned minus that"),
      ],
      rows: sharpening.rows.map { row in
        [
          HTML(text: row.topic), HTML(text: Phrases.share(row.base)),
          HTML(text: Phrases.share(row.sharpened)), HTML(text: Phrases.points(row.effect)),
          HTML(text: Phrases.points(row.unexplained)),
        ]
      }
    ).html
  }

  func controlBody(_ controls: ControlFindings) -> HTML {
    Table(
      [.text("control"), .number("reward"), .number("nats per completion")]
        + controls.topics.map { .number(HTML(text: $0)) }
        + controls.topics.map { .number("\($0) minus base") }
        + [.number("largest singular value")],
      rows: controls.rows.map { row in
        [
          HTML(text: row.name), HTML(text: Phrases.number(row.reward)),
          HTML(text: Phrases.number(row.divergence)),
        ] + row.topics.map { HTML(text: Phrases.share($0)) }
          + row.fromBase.map { HTML(text: Phrases.points($0)) }
          + [HTML(text: row.singularValue.map { NumberText.short($0) } ?? "–")]
      }
    ).html
  }

  func frontierBody(_ frontier: RewardFrontier) -> HTML {
    func points(_ points: [RewardFrontier.Point]) -> [Plot.Point] {
      points.map { point in
        Plot.Point(
          max(point.divergence.value, 0).squareRoot(), point.reward.value, low: point.reward.low,
          high: point.reward.high,
          tip: (point.step.map { "step \($0)\n" } ?? "")
            + "\(NumberText.short(point.divergence.value)) nats\nreward "
            + Phrases.number(point.reward))
      }
    }
    let chart = Plot(
      x: Axis("√(nats per completion)"), y: Axis("mean reward"),
      series: [
        .init("training", points(frontier.training), style: .linePoints, color: 1),
        .init("best possible", points(frontier.best), color: 2),
        .init("best of n, at most", points(frontier.bestOfN), style: .dashed, color: 6),
      ])
    let prose = Plot(
      x: Axis("√(nats per completion)"), y: Axis("nats per token of prose, under the base"),
      series: [
        .init(
          "",
          frontier.training.compactMap { point in
            point.prose.map {
              .init(
                max(point.divergence.value, 0).squareRoot(), $0.value, low: $0.low, high: $0.high,
                tip: point.step.map { "step \($0)" })
            }
          }, style: .linePoints, color: 0)
      ], height: 240)
    let captions: (HTML, HTML) = (
      """
      The reward that training bought for its divergence. The best possible curve is made of the \
      base's own completions and ends where they do.
      """,
      """
      How likely the base finds the tokens that earn nothing: a measure that the reward does not see.
      """
    )
    return """
      \(Figure(chart.svg, caption: captions.0).html)
      \(Figure(prose.svg, caption: captions.1).html)
      """
  }

  func timelineBody(_ timeline: Timeline) -> HTML {
    let reward = Plot(
      x: Axis("training step"), y: Axis("mean reward"),
      series: [
        .init(
          "",
          timeline.moments.map {
            .init(Double($0.step), $0.reward.value, low: $0.reward.low, high: $0.reward.high)
          }, style: .line, color: 1)
      ], height: 220)
    let shown = timeline.topics.indices.filter { topic in
      topic == ArmScorer.politicsLexicon || timeline.topics[topic] == "political register"
        || timeline.topicHalfway[topic] != nil
    }
    let topics = Plot(
      x: Axis("training step"), y: Axis("share of completions", format: .percent),
      series: shown.enumerated().map { color, topic in
        .init(
          timeline.topics[topic],
          timeline.moments.map {
            .init(
              Double($0.step), $0.topics[topic].value, low: $0.topics[topic].low,
              high: $0.topics[topic].high)
          }, color: color)
      })
    let table = Table(
      [.text("topic"), .text("halfway at step")],
      rows: timeline.topics.indices.map { topic in
        [
          HTML(text: timeline.topics[topic]),
          HTML(text: timeline.topicHalfway[topic].map(Phrases.number) ?? "no change beyond chance"),
        ]
      })
    let half = timeline.rewardHalfway.map { "; halfway at step \(NumberText.short($0))" } ?? ""
    return """
      \(Figure(reward.svg, caption: "The reward during training\(half).").html)
      \(Figure(topics.svg, caption: "Topics during training.").html)
      \(table.html)
      """
  }
}
