import FeatureVisualization
import Foundation

/// What `plumb examples` reports.
struct ExampleReport: Encodable, Sendable {
  /// What was asked for.
  struct Recipe: Encodable, Sendable {
    var plumb = 1
    var command = "examples"
    let model: PictureRecipe.Model
    let images: String
    let units: [String]
    let layers: [String]
    let top: Int
    let steps: Int
    let seed: UInt64
    let threads: Int
  }

  struct Example: Encodable, Sendable {
    let name: String
    let value: Float
    let row: Int
    let column: Int
  }

  struct Unit: Encodable, Sendable {
    let unit: String
    let layer: String
    let channel: Int
    let top: [Example]
    let bottom: [Example]
  }

  let units: [Unit]
  let imageCount: Int
  let damaged: [ExampleScan.Damage]
  /// How long the scan took; `nil` if it was there already.
  let seconds: Double?
  var sheet: String?
  var recipe: Recipe?

  private enum CodingKeys: String, CodingKey {
    case units, imageCount, damaged, seconds, sheet
  }

  init(_ scan: ExampleScan, units: [ExamplePlan.Unit], seconds: Double?) {
    func examples(_ list: [ExampleScan.Example]) -> [Example] {
      list.map { .init(name: scan.name(of: $0), value: $0.value, row: $0.row, column: $0.column) }
    }
    self.units = units.compactMap { unit in
      guard let found = scan.layer(unit.layer)?.units[unit.channel] else { return nil }
      return Unit(
        unit: unit.name, layer: unit.layer, channel: unit.channel, top: examples(found.top),
        bottom: examples(found.bottom))
    }
    imageCount = scan.imageCount
    damaged = scan.damaged
    self.seconds = seconds
  }

  /// The report for people.
  var text: String {
    var lines: [String] = []
    for unit in units {
      lines.append(unit.unit)
      for example in unit.top {
        lines.append(
          String(format: "  %10.4g", example.value)
            + "  \(example.name), row \(example.row), column \(example.column)")
      }
    }
    let rate = seconds.map {
      String(format: " in %.1f s, %.0f per second", $0, Double(imageCount) / max($0, 1e-9))
    }
    lines.append("\(imageCount) images\(rate ?? ", from the saved scan")")
    if !damaged.isEmpty {
      lines.append("\(damaged.count) damaged pictures were left out:")
      lines += damaged.prefix(10).map { "  \($0.reason)" }
      if damaged.count > 10 { lines.append("  and \(damaged.count - 10) more") }
    }
    if let sheet { lines.append("Sheet: \(sheet)") }
    return lines.joined(separator: "\n")
  }
}
