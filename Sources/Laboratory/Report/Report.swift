import Foundation
import Reporting

/// Several parts on one page.
public struct Report: Sendable {
  /// The heading.
  public var title: String
  /// What the page is about, before everything else.
  public var lead: HTML
  /// The parts, done or failed.
  public var parts: [PartResult]
  /// The command that makes the report again.
  public var command: String
  /// The programs that ran.
  public var versions: StoredVersions
  /// The machine they ran on.
  public var machine: StoredMachine

  /// Creates a report.
  public init(
    title: String, lead: HTML, parts: [PartResult], command: String, versions: StoredVersions,
    machine: StoredMachine
  ) {
    self.title = title
    self.lead = lead
    self.parts = parts
    self.command = command
    self.versions = versions
    self.machine = machine
  }

  /// The page, which holds everything it shows and opens from a file without a network.
  public var html: HTML {
    Page(
      title: title, lead: "\(lead)\(overview)", sections: parts.map(section) + [receipt],
      style: ReportStyle.css, script: ReportStyle.script
    ).html
  }

  /// Writes `index.html`, and beside it every part's recipe, numbers and files.
  ///
  /// A folder that an earlier report made is replaced; the page appears whole or not at all.
  ///
  /// - Throws: `ReportError.unwritable(file:reason:)`.
  public func write(to folder: URL) throws(ReportError) {
    var current = folder
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for part in parts {
        let partFolder = folder.appending(path: "parts/\(part.name)")
        // Files of an earlier report with other recipes must not stand beside this one's.
        try? FileManager.default.removeItem(at: partFolder)
        for (name, data) in part.files.sorted(by: { $0.key < $1.key }) {
          current = partFolder.appending(path: name)
          try FileManager.default.createDirectory(
            at: current.deletingLastPathComponent(), withIntermediateDirectories: true)
          try data.write(to: current)
        }
        for (name, text) in part.texts {
          current = partFolder.appending(path: name)
          try Data((text + "\n").utf8).write(to: current)
        }
      }
      current = folder.appending(path: "index.html")
      try Data(html.markup.utf8).write(to: current, options: .atomic)
    } catch {
      throw .unwritable(file: current.path, reason: RunStore.reason(error))
    }
  }

  // MARK: - Pieces

  private var overview: HTML {
    let cards = parts.map { part -> HTML in
      switch part.state {
      case .done(let section):
        let thumbnail = section.thumbnail.map { "<div class=\"thumb\">\($0)</div>" as HTML }
        return """
          <li><a href="#\(part.name)">\(thumbnail)<strong>\(part.title)</strong></a>\
          \(section.badge?.html)<p>\(section.finding)</p></li>

          """
      case .failed(let reason):
        return """
          <li class="failed"><a href="#\(part.name)"><strong>\(part.title)</strong></a>\
          \(Page.Badge("failed", .bad).html)<p>\(reason)</p></li>

          """
      }
    }
    return "<h2 class=\"quiet\">At a glance</h2>\n<ul class=\"glance\">\(cards)</ul>"
  }

  private func section(_ part: PartResult) -> Page.Section {
    switch part.state {
    case .done(let section):
      let blocks = section.blocks.map { block -> HTML in
        switch block {
        case .text(let html): html
        case .figure(let figure): figure.html
        }
      }
      return Page.Section(
        id: part.name, title: part.title, badge: section.badge,
        body: "<p class=\"finding\">\(section.finding)</p>\n\(blocks)\(footnote(part))")
    case .failed(let reason):
      return Page.Section(
        id: part.name, title: part.title, badge: Page.Badge("failed", .bad),
        body: """
          <p>This part failed; the others are not affected.</p><p class="finding">\(reason)</p>
          <p>Try it alone: <code>\(command) --only \(part.name)</code></p>
          """)
    }
  }

  private func footnote(_ part: PartResult) -> HTML {
    let models = part.models.map { model -> HTML in
      "<code title=\"\(model.digest)\">\(model.name) \(shortDigest(model.digest))</code> "
    }
    let run = part.run ?? ""
    return """
      <p class="soft run">Run <code>\(run)</code> (<code>plumb runs show \(run)</code>), \
      \(part.seconds, digits: 2) s, seed \(String(part.seed))\
      \(models.isEmpty ? .empty : ", with \(models)" as HTML)</p>
      """
  }

  /// The first digits of a digest, without the name of its kind.
  private func shortDigest(_ digest: String) -> String {
    String((digest.split(separator: ":").last ?? "").prefix(12))
  }

  private var receipt: Page.Section {
    let seconds = parts.reduce(0) { $0 + $1.seconds }
    let table = Table(
      [.text("What"), .text("Value")],
      rows: [
        ["Plumbline", "\(versions.plumb), commit <code>\(versions.commit)</code>"],
        ["oneDNN", "\(versions.oneDNN)"],
        ["Processor", "\(machine.processor), \(machine.cores) cores, \(machine.instructionSet)"],
        ["System", "\(machine.system)"],
        ["Threads", "\(machine.threads)"],
        ["All parts together", "\(seconds, digits: 3) s"],
        ["Made by", "<code>\(command)</code>"],
      ])
    return Page.Section(
      id: "how-it-was-made", title: "How this page was made",
      body: """
        <p>Everything above was computed on the machine below, from the recipes under each figure. \
        The same recipe gives the same bytes again on the same machine with the same number of \
        threads; another processor may round differently. The recipes, numbers and pictures also \
        lie as files in the folder <code>parts</code> beside this page.</p>
        \(table.html)
        """)
  }
}

extension PartResult {
  /// The texts that lie beside the page: the recipe, and each figure's numbers.
  fileprivate var texts: [(name: String, text: String)] {
    guard case .done(let section) = state else { return [] }
    let numbers = section.blocks.compactMap { block -> (String, String)? in
      guard case .figure(let figure) = block else { return nil }
      return ("\(figure.id).json", figure.numbers)
    }
    return [("recipe.json", CanonicalJSON.pretty(text: recipe))] + numbers
  }
}
