import Foundation
import Reporting

extension DriftPage {
  func anatomyBody(_ anatomy: AnatomyFindings) -> HTML {
    let spectrum = Plot(
      x: Axis("direction"), y: Axis("singular value", scale: .logarithmic),
      series: [
        .init(
          "",
          anatomy.singularValues.prefix(64).enumerated().map { .init(Double($0 + 1), $1) },
          style: .points, color: 0)
      ],
      rules: [.horizontal(anatomy.noiseFloor, "noise floor")], height: 240)
    let tables = anatomy.directions.map { direction -> HTML in
      let badge: HTML? =
        direction.isAboveNoise ? nil : Page.Badge("below the noise floor", .unsure).html
      return """
        <h3>Direction \(direction.number) \(badge)</h3>
        <p>\(NumberText.percent(direction.energyShare)) of the change, \
        \(NumberText.percent(direction.divergenceShare)) of the divergence \
        (\(direction.nats) nats per token); \(NumberText.percent(direction.rewardedShare)) of what it \
        writes goes to tokens that earn.</p>
        \(direction.isAboveNoise ? lists(direction) : nil)
        """
    }
    let agreement =
      anatomy.agreementBetweenSeeds.map {
        " The strongest writings of different seeds have a mean absolute cosine of "
          + NumberText.short($0) + "."
      } ?? ""
    let caption: HTML = "Singular values of the change, as it acts on the hidden states that occur."
    return """
      <p>The anatomy of \(anatomy.name). \(NumberText.percent(anatomy.gaugeShare)) of the squared \
      change moves all logits alike and so changes nothing; it was taken off first. The noise floor \
      is from \(anatomy.noiseSource). The shares of the divergence are along the straight path \
      between the models and add up to \(anatomy.pathNats) nats per token; computed directly it is \
      \(anatomy.exactNats).\
      \(agreement)</p>
      \(Figure(spectrum.svg, caption: caption).html)
      \(tables)
      """
  }

  private func lists(_ direction: AnatomyFindings.Direction) -> HTML {
    func list(_ tokens: [String]) -> String { tokens.map(Phrases.token).joined(separator: " ") }
    let contexts = direction.contexts.map { context -> HTML in "<li>\(context)</li>" }
    return """
      <p>Raises \(list(direction.raised))<br>Lowers \(list(direction.lowered))</p>
      <p class="soft">Most of all after:</p><ul>\(contexts)</ul>
      """
  }

  func removalBody(_ removal: RemovalFindings) -> HTML {
    let tuned = report.effect.topics.filter { removal.topics.contains($0.topic) }
    let rows = removal.rows.map { row in
      IntervalChart.Row(
        row.name, row.topics[0].value, low: row.topics[0].low, high: row.topics[0].high, color: 0)
    }
    let ends = tuned.prefix(1).flatMap { topic in
      [
        IntervalChart.Row(
          "base", topic.before.value, low: topic.before.low, high: topic.before.high, color: 6),
        IntervalChart.Row(
          "tuned", topic.after.value, low: topic.after.low, high: topic.after.high, color: 1),
      ]
    }
    let table = Table(
      [
        .text("what is left of the change"), .number("reward"), .number("nats per completion"),
        .number("nats of entropy per token of prose"),
      ]
        + removal.topics.map { .number(HTML(text: $0)) }
        + removal.topics.map { .number("\($0) minus tuned") },
      rows: removal.rows.map { row in
        [
          HTML(text: row.name), HTML(text: row.reward.map(Phrases.number) ?? "–"),
          HTML(text: Phrases.number(row.divergence)), "\(row.entropy)",
        ] + row.topics.map { HTML(text: Phrases.share($0)) }
          + row.fromTuned.map { HTML(text: Phrases.points($0)) }
      })
    let chart = IntervalChart(
      Axis("share of completions on politics", format: .percent), rows: ends + rows)
    let caption: HTML = """
      Politics by its words, sampled again from each counterfactual model.
      """
    return """
      \(Figure(chart.svg, caption: caption).html)
      \(table.html)
      """
  }

  var wordBody: HTML {
    var body = contrast(report.words.change, "After against before")
    if let selection = report.words.selection {
      body += contrast(
        selection, "Within the base: completions that earn more against those that earn less")
    }
    if let prose = report.words.prose {
      body += contrast(
        prose, "After against before, in completions without a run of tokens that earn")
    }
    return body
  }

  private func contrast(_ contrast: WordContrast, _ title: String) -> HTML {
    let words = contrast.significant
    guard !words.isEmpty else {
      return "<h3>\(title)</h3><p>None of \(contrast.tested) words stands out beyond chance.</p>\n"
    }
    func cells(_ words: ArraySlice<WordContrast.Word>) -> HTML {
      Table(
        [.text("word"), .number("z"), .number("before"), .number("after"), .number("q")],
        rows: words.map { word in
          [
            HTML(text: word.word), "\(word.z)", "\(word.before)", "\(word.after)",
            HTML(text: NumberText.probability(word.qValue)),
          ]
        }
      ).html
    }
    let over = cells(words.filter { $0.z > 0 }.prefix(15))
    let under = cells(words.filter { $0.z < 0 }.prefix(15))
    return """
      <h3>\(title)</h3>
      <p class="soft">\(contrast.tested) words were tested; those with a false discovery rate of at \
      most a twentieth are shown. Completions: \(contrast.completions.before) and \
      \(contrast.completions.after).</p>
      <div class="pair"><div>\(over)</div>\
      <div>\(under)</div></div>

      """
  }

  func measureBody(_ measures: MeasureFindings) -> HTML {
    Table(
      [.text("register"), .number("before"), .number("after"), .number("difference")],
      rows: measures.registers.map { row in
        [
          HTML(text: row.name), HTML(text: NumberText.percent(row.before)),
          HTML(text: NumberText.percent(row.after)), HTML(text: Phrases.points(row.difference)),
        ]
      }
    ).html
  }

  var diversityBody: HTML {
    let (before, after) = (report.diversity.before, report.diversity.after)
    let rows: [[HTML]] = [
      [
        "nats of entropy per completion", HTML(text: Phrases.number(before.entropy)),
        HTML(text: Phrases.number(after.entropy)),
      ],
      [
        "different completions", HTML(text: NumberText.percent(before.unique)),
        HTML(text: NumberText.percent(after.unique)),
      ],
      [
        "different pairs of neighbors, in \(before.pairTokens) tokens",
        HTML(text: NumberText.percent(before.distinctPairs)),
        HTML(text: NumberText.percent(after.distinctPairs)),
      ],
      [
        "effective number of openings of four tokens", "\(before.effectiveOpenings)",
        "\(after.effectiveOpenings)",
      ],
      [
        "tokens in runs of tokens that earn", HTML(text: Phrases.share(before.rewardedRunShare)),
        HTML(text: Phrases.share(after.rewardedRunShare)),
      ],
    ]
    return Table([.text("measure"), .number("before"), .number("after")], rows: rows).html
  }
}
