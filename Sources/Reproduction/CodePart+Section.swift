import CodeTasks
import Laboratory
import Reporting

extension CodePart {
  /// The known answer with its verdict, then the model's.
  ///
  /// - Throws: `EncodingError`.
  public func section(
    of outcome: Outcome, recipe: Recipe, files: PartFiles
  ) throws -> ReportSection {
    let first = outcome.known.first
    let isWrong = first.map { $0.verdict != .pass } ?? false
    return ReportSection(
      finding: finding(outcome),
      badge: isWrong ? Page.Badge("the published answer is wrong", .bad) : nil,
      thumbnail: first.map { "<pre>\(Self.body(of: $0.text))</pre>" },
      blocks: [
        .text(Self.introduction(outcome)),
        .figure(try knownFigure(outcome, recipe)),
        .text(Self.between(outcome, recipe)),
        .figure(try completionFigure(outcome, recipe)),
      ])
  }

  private func finding(_ outcome: Outcome) -> HTML {
    var sentence: HTML = .empty
    if let known = outcome.known.first, let reason = known.reason {
      sentence = """
        The answer that was published as working is wrong: <code>\(reason)</code>.
        """
    }
    guard let rate = outcome.passAtOne else { return sentence }
    let passed = outcome.completions.count { $0.verdict == .pass }
    return """
      \(sentence) Of \(outcome.completions.count) answers by this report’s own small model \(passed) \
      \(passed == 1 ? "is" : "are") right (chance per answer \(NumberText.percent(rate.estimate)), 95% \
      interval \(NumberText.percent(rate.low)) to \(NumberText.percent(rate.high))).
      """
  }

  private static func introduction(_ outcome: Outcome) -> HTML {
    """
    <p>A language model is given the statement of a programming task and the first line of the answer, \
    and writes the rest. Whether that rest is right is not a matter of looking at it. Here every \
    answer runs in a jail (\(outcome.layers.joined(separator: ", "))) that gives it inputs and takes \
    its answers, nothing else; the answers are compared outside, on the smallest possible lists first, \
    then on random ones. If one is wrong, the smallest list that shows it is printed.</p>
    <details><summary>The task as the model gets it</summary><pre tabindex="0">\(outcome.prompt)\
    </pre></details>

    """
  }

  private static func between(_ outcome: Outcome, _ recipe: Recipe) -> HTML {
    """
    <p>The answer sorts the list before it looks for an index that fits. Sorting moves every value \
    away from the place that the question is about, so what it finds is an answer about another list. \
    It reads well, and it was called a working solution; two of the three examples in the statement \
    itself refute it.</p>
    <p>Below are \(outcome.completions.count) answers by \(recipe.model?.name ?? "the model"), which is \
    thousands of times smaller than the model of that answer and is not expected to solve the task. \
    They are judged by the same measure.</p>

    """
  }

  private static func attempt(_ judged: Judged, _ title: HTML, isKnown: Bool = false) -> HTML {
    let tone: Page.Badge.Tone =
      switch judged.verdict {
      case .pass: .good
      case .wrong: .bad
      default: .unsure
      }
    let reason = judged.reason.map { "<code>\($0)</code>" as HTML }
    let changed: HTML = judged.changedInput ? " It changed its input." : .empty
    let kind: HTML = isKnown ? " known" : .empty
    return """
      <div class="attempt\(kind)"><p>\(title) \(Page.Badge(judged.verdict.rawValue, tone).html) \
      \(reason)\(changed) <span class="soft">\(judged.inputs) inputs</span></p>
      <pre tabindex="0">\(trimmed(judged.text))</pre></div>

      """
  }

  private func knownFigure(_ outcome: Outcome, _ recipe: Recipe) throws -> ReportFigure {
    let attempts = outcome.known.map {
      Self.attempt($0, "<strong>The published answer</strong>", isKnown: true)
    }
    return try ReportFigure(
      id: "\(name)-known", picture: "\(attempts)",
      caption: """
        The published answer, rebuilt from its description. Lists were tried in the order of their \
        size (length plus sum), so no smaller one shows the error.
        """,
      caveats: [
        "Rebuilt from a description; names and line breaks may differ from the original."
      ],
      replay: "plumb solve \(recipe.task) --known", recipe: recipe, numbers: outcome.known)
  }

  private func completionFigure(_ outcome: Outcome, _ recipe: Recipe) throws -> ReportFigure {
    let counts = Verdict.allCases.compactMap { verdict -> IntervalChart.Row? in
      let count = outcome.completions.count { $0.verdict == verdict }
      guard count > 0 || verdict == .pass else { return nil }
      return IntervalChart.Row(
        verdict.rawValue, Double(count), color: verdict == .pass ? 2 : verdict == .wrong ? 1 : 4)
    }
    let chart = IntervalChart(
      Axis("completions", range: 0...Double(max(outcome.completions.count, 1))), rows: counts,
      hasBars: true)
    let attempts = outcome.completions.enumerated().map { index, judged in
      Self.attempt(judged, "<strong>Answer \(index + 1)</strong>")
    }
    return try ReportFigure(
      id: "\(name)-completions",
      picture: """
        \(chart.svg)<details><summary>All \(outcome.completions.count) answers</summary>\
        \(attempts)</details>
        """,
      caption: "The verdicts on \(outcome.completions.count) answers, none left out.",
      caveats: [
        """
        A pass means that some 1,300 inputs found nothing wrong, all of the smallest among them; it is \
        not a proof.
        """,
        "Ten answers leave a wide interval for the chance that an answer is right.",
      ],
      replay: """
        plumb solve \(recipe.model?.name ?? "MODEL") \(recipe.task) -n \(recipe.count) \
        --new-tokens \(recipe.generation.newTokens) --temperature 0.8 --seed \(String(recipe.seed))
        """,
      recipe: recipe, numbers: outcome)
  }

  /// The text without empty lines at its ends.
  private static func trimmed(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    func isEmpty(_ line: Substring) -> Bool { line.allSatisfy(\.isWhitespace) }
    return lines.drop(while: isEmpty).reversed().drop(while: isEmpty).reversed()
      .joined(separator: "\n")
  }

  /// The lines after the comments at the top.
  private static func body(of text: String) -> String {
    trimmed(
      text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("#") }
        .joined(separator: "\n"))
  }
}
