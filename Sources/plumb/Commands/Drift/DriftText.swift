import Drift
import Foundation

/// The answer of `plumb drift` as text.
struct DriftText {
  let outcome: DriftComparison.Outcome
  let page: String

  init(_ outcome: DriftComparison.Outcome, page: String) {
    self.outcome = outcome
    self.page = page
  }

  /// A line per part, then the verdict.
  var text: String {
    let report = outcome.report
    var lines = report.parts.map { part in
      let status = part.status == .done ? "" : "\(part.status.rawValue). "
      return Self.wrapped("\(part.letter)  \(part.name): \(status)\(part.sentence)", indent: 3)
    }
    if let attribution = report.attribution {
      lines.append("")
      lines.append(
        String(
          format: "'%@' moved by %.3f in its own contexts (%.3f explained). Raised most by:",
          attribution.token, attribution.total, attribution.explained))
      lines += attribution.raised.prefix(5).map { source in
        String(format: "  step %d, %+.4f, reward %g: ", source.step, source.logit, source.reward)
          + source.text.replacing("\n", with: "⏎")
      }
    }
    lines.append("")
    lines += report.verdict.map { Self.wrapped($0, indent: 0) }
    lines += outcome.notes.map { Self.wrapped("Note: \($0)", indent: 0) }
    lines.append("")
    lines.append("The page is \(page).")
    return lines.joined(separator: "\n")
  }

  /// Text in lines of at most 100 characters.
  private static func wrapped(_ text: String, indent: Int) -> String {
    let space = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if line.count + word.count + 1 > 100 {
        lines.append(line)
        line = space + word
      } else {
        line += (line.isEmpty ? "" : " ") + word
      }
    }
    return (lines + [line]).joined(separator: "\n")
  }
}
