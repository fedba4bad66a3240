import Foundation

/// A chart of two axes: lines with bands, points with intervals, reference lines.
public struct Plot: Sendable {
  /// A point of a series; `low` and `high` are the ends of its interval.
  public struct Point: Sendable {
    let x: Double
    let y: Double
    let low: Double?
    let high: Double?
    let tip: String?

    /// Creates a point.
    public init(
      _ x: Double, _ y: Double, low: Double? = nil, high: Double? = nil, tip: String? = nil
    ) {
      self.x = x
      self.y = y
      self.low = low
      self.high = high
      self.tip = tip
    }
  }

  /// Points that belong together.
  public struct Series: Sendable {
    /// How the points are drawn.
    public enum Style: Sendable { case line, dashed, points, linePoints }

    let name: String
    let points: [Point]
    let style: Style
    let color: Int

    /// Creates a series.
    ///
    /// - Parameters:
    ///   - name: What the legend says; empty for none.
    ///   - points: The points, from left to right for lines.
    ///   - style: How they are drawn.
    ///   - color: The number of the color, 0...7.
    public init(_ name: String, _ points: [Point], style: Style = .line, color: Int) {
      self.name = name
      self.points = points
      self.style = style
      self.color = color
    }
  }

  /// A straight line with a word.
  public struct Rule: Sendable {
    let text: String
    let x: Double?
    let y: Double?

    /// A vertical line.
    public static func vertical(_ x: Double, _ text: String) -> Rule {
      Rule(text: text, x: x, y: nil)
    }
    /// A horizontal line.
    public static func horizontal(_ y: Double, _ text: String) -> Rule {
      Rule(text: text, x: nil, y: y)
    }
  }

  /// What goes to the right.
  public var x: Axis
  /// What goes up.
  public var y: Axis
  /// What is drawn.
  public var series: [Series]
  /// Reference lines.
  public var rules: [Rule]
  /// The height in units of which the width has 720.
  public var height: Double

  /// Creates a chart.
  public init(
    x: Axis, y: Axis, series: [Series], rules: [Rule] = [], height: Double = 300
  ) {
    self.x = x
    self.y = y
    self.series = series
    self.rules = rules
    self.height = height
  }

  /// The chart as SVG.
  public var svg: HTML {
    let points = series.flatMap(\.points)
    let x = x.fitted(to: points.map(\.x) + rules.compactMap(\.x))
    let y = y.fitted(
      to: points.flatMap { [$0.y, $0.low ?? $0.y, $0.high ?? $0.y] } + rules.compactMap(\.y))
    let frame = Frame(
      x: x, y: y, height: height, isLegendShown: series.filter { !$0.name.isEmpty }.count > 1)
    var body = frame.axes
    for rule in rules { body += frame.drawn(rule) }
    for series in series { body += frame.drawn(series) }
    if frame.isLegendShown { body += frame.legend(series) }
    let label = "\(self.y.label) against \(self.x.label)"
    return """
      <svg viewBox="0 0 720 \(height, digits: 5)" role="img" aria-label="\(label)">\(body)</svg>
      """
  }
}

/// Where things lie in a chart.
private struct Frame {
  let x: FittedAxis
  let y: FittedAxis
  let height: Double
  let isLegendShown: Bool

  private let left = 64.0, right = 704.0
  private var top: Double { isLegendShown ? 40 : 22 }
  private var bottom: Double { height - 40 }

  private func horizontal(_ value: Double) -> Double { left + x.place(value) * (right - left) }
  private func vertical(_ value: Double) -> Double { bottom - y.place(value) * (bottom - top) }

  var axes: HTML {
    var body = HTML.empty
    for tick in y.ticks {
      let place = vertical(tick)
      body += """
        <line class="grid" x1="\(left)" x2="\(right)" y1="\(place, digits: 5)" \
        y2="\(place, digits: 5)"/><text x="\(left - 8)" y="\(place + 4, digits: 5)" \
        text-anchor="end">\(y.axis.text(tick))</text>
        """
    }
    for tick in x.ticks {
      let place = horizontal(tick)
      body += """
        <line class="axis" x1="\(place, digits: 5)" x2="\(place, digits: 5)" y1="\(bottom)" \
        y2="\(bottom + 4)"/><text x="\(place, digits: 5)" y="\(bottom + 17)" \
        text-anchor="middle">\(x.axis.text(tick))</text>
        """
    }
    body += """
      <line class="axis" x1="\(left)" x2="\(right)" y1="\(bottom)" y2="\(bottom)"/>\
      <text x="\((left + right) / 2)" y="\(height - 6)" text-anchor="middle">\(x.axis.label)</text>\
      <text x="4" y="12">\(y.axis.label)</text>
      """
    return body
  }

  func legend(_ series: [Plot.Series]) -> HTML {
    var place = left
    var body = HTML.empty
    for series in series where !series.name.isEmpty {
      body += """
        <rect x="\(place, digits: 5)" y="22" width="12" height="4" rx="2" \
        fill="var(--s\(series.color % 8))"/><text class="label" x="\(place + 17, digits: 5)" \
        y="29">\(series.name)</text>
        """
      place += 34 + 6.6 * Double(series.name.count)
    }
    return body
  }

  func drawn(_ rule: Plot.Rule) -> HTML {
    if let value = rule.x {
      let place = horizontal(value)
      return """
        <line class="axis" stroke-dasharray="3 3" x1="\(place, digits: 5)" x2="\(place, digits: 5)" \
        y1="\(top)" y2="\(bottom)"/><text x="\(place + 4, digits: 5)" y="\(top + 10)">\(rule.text)</text>
        """
    }
    let place = vertical(rule.y ?? 0)
    return """
      <line class="axis" stroke-dasharray="3 3" x1="\(left)" x2="\(right)" y1="\(place, digits: 5)" \
      y2="\(place, digits: 5)"/><text x="\(right)" y="\(place - 4, digits: 5)" \
      text-anchor="end">\(rule.text)</text>
      """
  }

  func drawn(_ series: Plot.Series) -> HTML {
    let points = series.points.filter { $0.x.isFinite && $0.y.isFinite }
    let color = "var(--s\(series.color % 8))"
    var body = HTML.empty
    let isLine = series.style != .points
    if isLine { body += band(points, color) }
    if isLine, points.count > 1 {
      let path = points.map { place($0.x, $0.y) }.joined(separator: " ")
      let dashes: HTML = series.style == .dashed ? " stroke-dasharray=\"5 4\"" : ""
      body += """
        <polyline points="\(path)" fill="none" stroke="\(color)" stroke-width="2"\(dashes)/>
        """
    }
    // Lines get invisible points too, so that one can read their values.
    let isVisible = series.style == .points || series.style == .linePoints || points.count == 1
    for point in points {
      if !isLine, let low = point.low, let high = point.high {
        body += """
          <line x1="\(horizontal(point.x), digits: 5)" x2="\(horizontal(point.x), digits: 5)" \
          y1="\(vertical(low), digits: 5)" y2="\(vertical(high), digits: 5)" stroke="\(color)"/>
          """
      }
      body += """
        <circle cx="\(horizontal(point.x), digits: 5)" cy="\(vertical(point.y), digits: 5)" r="4" \
        fill="\(color)" fill-opacity="\(isVisible ? 0.9 : 0, digits: 2)" \
        data-tip="\(tip(point, series.name))"/>
        """
    }
    return body
  }

  private func place(_ x: Double, _ y: Double) -> String {
    String(format: "%.1f,%.1f", horizontal(x), vertical(y))
  }

  private func band(_ points: [Plot.Point], _ color: String) -> HTML {
    let known = points.compactMap { point in
      point.low.flatMap { low in point.high.map { (x: point.x, low: low, high: $0) } }
    }
    guard known.count > 1 else { return .empty }
    let path =
      (known.map { place($0.x, $0.high) } + known.reversed().map { place($0.x, $0.low) })
      .joined(separator: " ")
    return "<polygon points=\"\(path)\" fill=\"\(color)\" fill-opacity=\"0.16\"/>"
  }

  private func tip(_ point: Plot.Point, _ name: String) -> String {
    if let tip = point.tip { return tip }
    var text = name.isEmpty ? "" : name + "\n"
    text += "\(x.axis.label): \(x.axis.text(point.x))\n\(y.axis.label): \(y.axis.text(point.y))"
    if let low = point.low, let high = point.high {
      text += " [\(y.axis.text(low)), \(y.axis.text(high))]"
    }
    return text
  }
}
