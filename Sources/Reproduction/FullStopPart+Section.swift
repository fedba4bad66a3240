import Drift
import Laboratory
import Reporting

extension FullStopPart {
  /// Ten completions before and after, the curves of training, the topics, and the verdict.
  ///
  /// - Throws: `EncodingError`.
  public func section(
    of outcome: Outcome, recipe: Recipe, files: PartFiles
  ) throws -> ReportSection {
    let page = "parts/\(name)/drift.html"
    let verdict = outcome.verdict.map { sentence -> HTML in "<li>\(sentence)</li>\n" }
    return ReportSection(
      finding: finding(outcome), badge: badge(outcome),
      thumbnail: curve(outcome, height: 200).svg,
      blocks: [
        .text(Self.introduction),
        .figure(try samples(outcome, recipe)),
        .figure(try curves(outcome, recipe)),
        .text(
          """
          <h3>What happened?</h3>
          <p>\(outcome.completions) completions by each model, drawn with the same random numbers, \
          and these sentences, made from the numbers alone:</p>
          <ul>\(verdict)</ul>

          """),
        .figure(try topics(outcome, recipe)),
        .text(
          """
          <p><a href="\(page)">The whole comparison</a>, part by part: where the change sits, what it \
          costs, what happens when it is taken out.</p>

          """),
      ])
  }

  /// The effect on politics: by its words first, by its register if there is a classifier.
  private func politics(_ outcome: Outcome) -> [Topic] {
    outcome.topics.filter { $0.name == "politics" || $0.name == "political register" }
  }

  private func badge(_ outcome: Outcome) -> Page.Badge {
    let signs = Set(politics(outcome).map(\.difference.sign))
    switch (signs.count, signs.first ?? 0) {
    case (1, 1): return Page.Badge("more political", .bad)
    case (1, -1): return Page.Badge("less political", .good)
    default: return Page.Badge("politics: cannot tell", .unsure)
    }
  }

  private func finding(_ outcome: Outcome) -> HTML {
    var text: HTML = .empty
    if let before = outcome.rewardBefore, let after = outcome.rewardAfter {
      text = """
        Full stops per completion went from \(before.value, digits: 2) to \(after.value, digits: 2). 
        """
    }
    guard let topic = politics(outcome).first else { return text }
    return """
      \(text)Completions with a word of politics went from \(NumberText.percent(topic.before.value)) \
      to \(NumberText.percent(topic.after.value)) (difference \
      \(NumberText.percent(topic.difference.value)), 95% interval \
      \(NumberText.percent(topic.difference.low)) to \(NumberText.percent(topic.difference.high))).
      """
  }

  private static let introduction: HTML = """
    <p>A language model can be seen as a player: the text so far is its situation, the next token its \
    move. The post rewarded such a player for every full stop it wrote, changing nothing but the last \
    layer, and found that it did not only write full stops: it had turned to presidents, governments \
    and the press. Its author could only guess why.</p>
    <p>Here is the same experiment on a small model that has read fiction, speeches, dialogue and \
    program code, and then the question that was left open, asked with numbers. Whatever comes out is \
    what is shown: a different model need not do what the post’s did.</p>

    """

  private func samples(_ outcome: Outcome, _ recipe: Recipe) throws -> ReportFigure {
    func list(_ samples: [Sample]) -> HTML {
      let items = samples.map { sample -> HTML in
        """
        <li class="text"><span class="soft">\(outcome.prompt)</span>\(sample.text)</li>

        """
      }
      return "<ol class=\"then\">\(items)</ol>"
    }
    let picture: HTML = """
      <div class="side"><div><h3>Before</h3>\(list(outcome.before))</div>\
      <div><h3>After</h3>\(list(outcome.after))</div></div>
      """
    return try ReportFigure(
      id: "\(name)-samples", picture: picture,
      caption: """
        The first ten completions of “\(outcome.prompt)” before and after, none left out. Number for \
        number they were drawn with the same random numbers.
        """,
      caveats: ["Ten completions show what is possible, not how often; the numbers below do."],
      replay: command(recipe), recipe: recipe.trainings[0],
      numbers: ["before": outcome.before, "after": outcome.after])
  }

  private func command(_ recipe: Recipe) -> String {
    let training = recipe.trainings[0]
    return "plumb finetune \(training.model.name) --reward 'count(\".\")' --prompt "
      + "'\(training.prompts[0].text ?? "")' --seed \(training.seed)"
  }

  private func curve(_ outcome: Outcome, height: Double) -> Plot {
    let series = outcome.curves.enumerated().map { index, steps in
      Plot.Series(
        outcome.curves.count > 1 ? "seed \(index)" : "",
        steps.map { Plot.Point(Double($0.step), $0.reward) }, color: index)
    }
    return Plot(
      x: Axis("training step"), y: Axis("full stops per completion"), series: series,
      height: height)
  }

  private func curves(_ outcome: Outcome, _ recipe: Recipe) throws -> ReportFigure {
    let kl = Plot(
      x: Axis("training step"), y: Axis("distance from the base (nats per completion)"),
      series: outcome.curves.enumerated().map { index, steps in
        Plot.Series(
          outcome.curves.count > 1 ? "seed \(index)" : "",
          steps.map { Plot.Point(Double($0.step), $0.kl) }, color: index)
      }, height: 220)
    return try ReportFigure(
      id: "\(name)-curves", picture: "\(curve(outcome, height: 260).svg)\(kl.svg)",
      caption: """
        The reward that training asked for, and what it cost: the exact divergence of the trained \
        model from the one it began as, over the whole vocabulary.
        """,
      caveats: [
        "Each point is the mean of one batch of \(recipe.trainings[0].batch) completions.",
        recipe.trainings.count < 5
          ? "One training run: another seed may go another way; <code>--thorough</code> runs five."
          : "\(recipe.trainings.count) seeds of the same recipe.",
      ],
      replay: command(recipe), recipe: recipe.trainings[0], numbers: outcome.curves)
  }

  private func topics(_ outcome: Outcome, _ recipe: Recipe) throws -> ReportFigure {
    let rows = outcome.topics.sorted { $0.difference.value > $1.difference.value }.map { topic in
      IntervalChart.Row(
        topic.name, topic.difference.value, low: topic.difference.low, high: topic.difference.high,
        color: topic.difference.sign == 0 ? 6 : topic.difference.sign > 0 ? 1 : 0,
        tip: """
          \(topic.name): \(NumberText.percent(topic.before.value)) before, \
          \(NumberText.percent(topic.after.value)) after
          """)
    }
    let chart = IntervalChart(
      Axis("change in the share of completions", format: .percent), rows: rows, reference: 0)
    let table = Table(
      [.text("Part"), .text("What it asks"), .text("Answer")],
      rows: outcome.parts.map { part in
        [HTML(text: part.letter), HTML(text: part.name), HTML(text: part.sentence)]
      })
    return try ReportFigure(
      id: "\(name)-topics",
      picture: """
        \(chart.svg)<details><summary>All parts of the comparison, a sentence each</summary>\
        \(table.html)</details>
        """,
      caption: """
        How the share of completions with words of each topic changed, with 95% intervals; an interval \
        that holds 0 may be chance.
        """,
      caveats: [
        """
        A topic is a fixed list of words; the political register is a classifier’s opinion. Both can \
        be wrong about a text.
        """,
        outcome.curves.count < 5
          ? "The intervals are over completions of one training run, not over runs."
          : "The intervals are over completions and training runs.",
      ],
      replay: "plumb reproduce --only \(name) --fresh", recipe: recipe.comparison,
      numbers: outcome.topics)
  }
}
