import Foundation

/// One page that needs nothing but itself: a title, a lead, sections, and the recipe that made it.
///
/// It reads in light and dark, on paper and on a phone, and opens from a file without a network.
public struct Page: Sendable {
  /// A part of the page with a heading of its own.
  public struct Section: Sendable {
    /// The name that links use, unique in the page.
    public var id: String
    /// The heading.
    public var title: String
    /// A short word beside the heading, such as `cannot tell`.
    public var badge: Badge?
    /// What stands below the heading.
    public var body: HTML

    /// Creates a section.
    public init(id: String, title: String, badge: Badge? = nil, body: HTML) {
      self.id = id
      self.title = title
      self.badge = badge
      self.body = body
    }
  }

  /// A short word in a colored pill.
  public struct Badge: Sendable {
    /// How it is meant, which decides the color.
    public enum Tone: String, Sendable { case good, bad, unsure, plain }

    let text: String
    let tone: Tone

    /// Creates a badge.
    public init(_ text: String, _ tone: Tone = .plain) {
      self.text = text
      self.tone = tone
    }

    /// The badge as markup.
    public var html: HTML { "<span class=\"badge \(tone.rawValue)\">\(text)</span>" }
  }

  /// The title.
  public var title: String
  /// What comes first: the answer.
  public var lead: HTML
  /// The sections in order.
  public var sections: [Section]
  /// The recipe that replays the page, as JSON; shown folded at the end.
  public var recipe: String?
  /// Style rules after the usual ones.
  public var style: String
  /// What the page does beyond the usual.
  public var script: String

  /// Creates a page.
  public init(
    title: String, lead: HTML, sections: [Section], recipe: String? = nil, style: String = "",
    script: String = ""
  ) {
    self.title = title
    self.lead = lead
    self.sections = sections
    self.recipe = recipe
    self.style = style
    self.script = script
  }

  /// The page as one HTML document.
  public var html: HTML {
    let contents = sections.map { section -> HTML in
      "<a href=\"#\(section.id)\">\(section.title)</a>\n"
    }
    let body = sections.map { section -> HTML in
      """
      <section id="\(section.id)"><h2>\(section.title) \(section.badge?.html)</h2>
      \(section.body)</section>

      """
    }
    let recipe = recipe.map { recipe -> HTML in
      """
      <details><summary>The recipe that made this page</summary>
      <pre class="recipe">\(recipe)</pre></details>
      """
    }
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="generator" content="Plumbline">
      <title>\(title)</title>
      <style>\(HTML(trusted: PageStyle.css + style))</style></head>
      <body><a class="skip" href="#main">Skip to the content</a>
      <header><h1>\(title)</h1>
      <div class="lead">\(lead)</div>
      <nav aria-label="Sections">\(contents)</nav></header>
      <main id="main">
      \(body)</main>
      <footer>\(recipe)<p>Made by plumb, of Plumbline.</p></footer>
      <div id="tip" role="status"></div>
      <script>\(HTML(trusted: PageStyle.script + script))</script></body></html>

      """
  }

  /// Writes the page; the file appears whole or not at all.
  ///
  /// - Throws: ``ReportError/unwritable(file:reason:)``.
  public func write(to path: String) throws(ReportError) {
    do {
      try Data(html.markup.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw .unwritable(file: path, reason: error.localizedDescription)
    }
  }
}

/// Why a report could not be made.
public enum ReportError: Error, Equatable, Sendable {
  /// The file cannot be written.
  case unwritable(file: String, reason: String)
}

extension ReportError: CustomStringConvertible {
  /// What went wrong; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .unwritable(let file, let reason):
      return "\(file) cannot be written: \(reason) Choose another place."
    }
  }
}
