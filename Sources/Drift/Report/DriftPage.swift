import Foundation
import Reporting

/// The report as one page that needs nothing but itself.
public struct DriftPage {
  let report: DriftReport
  private let recipe: String?

  /// Prepares a page.
  ///
  /// - Parameters:
  ///   - report: What was found.
  ///   - recipe: The recipe that replays the comparison, as JSON.
  public init(_ report: DriftReport, recipe: String? = nil) {
    self.report = report
    self.recipe = recipe
  }

  /// The page.
  public var page: Page {
    var sections = [glance, completions]
    sections += report.parts.map { part in
      Page.Section(
        id: part.letter, title: "\(part.letter). \(part.name)", badge: badge(part.status),
        body: "<p>\(part.sentence)</p>\n" + (part.findings == nil ? .empty : body(part.letter)))
    }
    if let attribution = report.attribution { sections.append(section(attribution)) }
    sections.append(reading)
    return Page(title: title, lead: lead, sections: sections, recipe: recipe)
  }

  private var title: String {
    report.afters.count == 1
      ? "What changed between \(report.before) and \(report.afters[0])"
      : "What changed between \(report.before) and \(report.afters.count) models trained from it"
  }

  private var lead: HTML {
    let sentences = report.verdict.map { sentence -> HTML in "<p>\(sentence)</p>\n" }
    return "\(sentences)"
  }

  private func badge(_ status: PartStatus) -> Page.Badge? {
    switch status {
    case .done: nil
    case .cannotTell: .init("cannot tell", .unsure)
    case .doesNotApply: .init("does not apply")
    }
  }

  /// The sentences of all parts, to read in a minute.
  private var glance: Page.Section {
    let rows = report.parts.map { part -> [HTML] in
      [
        "<a href=\"#\(part.letter)\">\(part.letter)</a>", HTML(text: part.name),
        "\(badge(part.status)?.html) \(part.sentence)",
      ]
    }
    let about: HTML = """
      <p class="soft">\(report.settings.completions) completions per arm\
      \(report.prompts.isEmpty ? "" : " of " + report.prompts.map { "'\($0)'" }.joined(separator: ", ")), \
      the same random numbers for all arms, seed \(Int(report.settings.seed)). \
      Intervals hold the truth in 95 of 100 cases.</p>

      """
    return Page.Section(
      id: "glance", title: "At a glance",
      body: about + Table([.text("part"), .text("question"), .text("answer")], rows: rows).html)
  }

  private var completions: Page.Section {
    let pairs = report.pairs.map { pair -> HTML in
      """
      <div class="pair"><p class="text"><span class="soft">\(pair.prompt)</span>\(pair.before)</p>\
      <p class="text"><span class="soft">\(pair.prompt)</span>\(pair.after)</p></div><p></p>

      """
    }
    return Page.Section(
      id: "completions", title: "Completions side by side",
      body: """
        <p>Left before, right after, drawn with the same random numbers\
        \(report.afters.count > 1 ? "; after is \(report.afters[0])" : "").</p>
        \(pairs)
        """)
  }

  private func body(_ letter: String) -> HTML {
    switch letter {
    case "A": effectBody
    case "B": budgetBody
    case "C": report.classes.map(classBody) ?? .empty
    case "D": report.swap.map(swapBody) ?? .empty
    case "E": report.selection.map(selectionBody) ?? .empty
    case "F": report.sharpening.map(sharpeningBody) ?? .empty
    case "G": report.controls.map(controlBody) ?? .empty
    case "H": report.anatomy.map(anatomyBody) ?? .empty
    case "I": report.removal.map(removalBody) ?? .empty
    case "J": wordBody
    case "K": report.measures.map(measureBody) ?? .empty
    case "L": diversityBody
    case "M": report.frontier.map(frontierBody) ?? .empty
    case "N": report.timeline.map(timelineBody) ?? .empty
    default: .empty
    }
  }

  /// How the parts are meant.
  private var reading: Page.Section {
    Page.Section(
      id: "reading", title: "How to read this page",
      body: """
        <p>A completion is of a topic if it holds one of the topic's words, which were fixed before; \
        it is of a political register if a classifier that sees words alone says so. A divergence is \
        in nats, over the whole vocabulary, and exact at each position; what is left to chance is \
        which completions were drawn. An interval over completions speaks of these models; only one \
        over five or more training seeds speaks of the experiment.</p>
        <p>A cause is named where its interval leaves 0 out for both measures of the topic, and \
        nowhere else. Many intervals are on this page; one in twenty leaves out the truth.</p>

        """)
  }

  private func section(_ attribution: AttributionFindings) -> Page.Section {
    func rows(_ sources: [AttributionFindings.Source]) -> [[HTML]] {
      sources.map { source in
        [
          "\(source.step)", "\(source.logit)", "\(source.reward)", "\(source.advantage)",
          HTML(text: source.text),
        ]
      }
    }
    let columns: [Table.Column] = [
      .number("step"), .number("logit"), .number("reward"), .number("advantage"),
      .text("training completion"),
    ]
    return Page.Section(
      id: "attribution", title: "What raised \(Phrases.token(attribution.token))",
      body: """
        <p>Training moved the logit by \(attribution.total), averaged over \(attribution.contexts) \
        contexts; the training completions' shares add up to \(attribution.explained).</p>
        <h3>Raised it most</h3>\(Table(columns, rows: rows(attribution.raised)).html)
        <h3>Lowered it most</h3>\(Table(columns, rows: rows(attribution.lowered)).html)
        """)
  }
}
