import Foundation
import Laboratory

/// Runs on a terminal.
enum RunText {
  /// A time as `2026-03-04 05:06`, where the reader is.
  static func date(_ date: Date) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyy-MM-dd HH:mm"
    return formatter.string(from: date)
  }

  static func duration(_ run: StoredRun) -> String {
    guard let ended = run.ended else { return "-" }
    return ProgressLine.duration(ended.timeIntervalSince(run.started))
  }

  static func text(_ record: RunRecord, folder: URL) -> String {
    let run = record.run
    var lines = [
      "\(run.id): \(run.title)",
      "  status    \(run.status.rawValue)\(run.outcome.map { ": \($0)" } ?? "")",
      "  began     \(date(run.started)), took \(duration(run))",
      "  seed      \(run.seed)",
    ]
    lines += run.models.map { "  model     \($0.name), weights \($0.digest.prefix(16))" }
    lines += [
      "  versions  plumb \(run.versions.plumb) (\(run.versions.commit)), oneDNN "
        + run.versions.oneDNN,
      "  machine   \(run.machine.processor), \(run.machine.cores) cores, "
        + "\(run.machine.instructionSet), \(run.machine.threads) threads, \(run.machine.system)",
      "  recipe",
    ]
    lines += CanonicalJSON.pretty(text: run.recipe).split(separator: "\n").map { "    \($0)" }
    let byName = Dictionary(grouping: record.metrics, by: \.name)
    if !byName.isEmpty {
      let rows = byName.sorted { $0.key < $1.key }.map { name, values in
        [name, "\(values.count)", number(values.first?.value), number(values.last?.value)]
      }
      lines += ["", TextTable.text(["number", "values", "first", "last"], rows)]
    }
    if !record.artifacts.isEmpty {
      let rows = record.artifacts.map { [$0.name, "\($0.bytes)", String($0.digest.prefix(16))] }
      lines += ["", TextTable.text(["file", "bytes", "sha256"], rows)]
      lines.append("in \(folder.appending(path: "runs/\(run.id)").path)")
    }
    return lines.joined(separator: "\n")
  }

  static func text(_ comparison: RunComparison) -> String {
    let heads = [comparison.first, comparison.second]
    var parts: [String] = []
    if comparison.differences.isEmpty {
      parts.append("Recipes, models, versions and machines are the same.")
    } else {
      parts.append(
        TextTable.text(
          ["differs"] + heads,
          comparison.differences.map { [$0.path, $0.first ?? "-", $0.second ?? "-"] }))
    }
    if !comparison.metrics.isEmpty {
      parts.append(
        TextTable.text(
          ["last value"] + heads,
          comparison.metrics.map { [$0.name, number($0.first), number($0.second)] }))
    }
    for (names, word) in [
      (comparison.equalFiles, "Equal"), (comparison.differentFiles, "Different"),
    ] where !names.isEmpty {
      parts.append("\(word) files: \(names.joined(separator: ", "))")
    }
    return parts.joined(separator: "\n\n")
  }

  private static func number(_ value: Double?) -> String {
    value.map { String(format: "%.6g", $0) } ?? "-"
  }
}

/// Columns of text.
enum TextTable {
  /// The rows under their headings, each column as wide as its widest cell.
  static func text(_ headings: [String], _ rows: [[String]]) -> String {
    let widths = headings.indices.map { column in
      ([headings] + rows).map { $0[column].count }.max() ?? 0
    }
    return ([headings] + rows).map { row in
      let cells = row.enumerated().map { column, cell in
        column == row.count - 1
          ? cell : cell.padding(toLength: widths[column], withPad: " ", startingAt: 0)
      }
      return cells.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
