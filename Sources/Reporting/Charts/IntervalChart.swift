import Foundation

/// Named estimates with their intervals, one below the other.
public struct IntervalChart: Sendable {
  /// One estimate.
  public struct Row: Sendable {
    let label: String
    let value: Double
    let low: Double?
    let high: Double?
    let color: Int
    let tip: String?
    let continues: Bool

    /// Creates a row; without `low` and `high` it has no interval.
    ///
    /// - Parameters:
    ///   - label: What is estimated.
    ///   - value: The estimate.
    ///   - low: The lower end of its interval.
    ///   - high: The upper end.
    ///   - color: The number of the color, 0...7.
    ///   - tip: What appears when one points at it, if not the numbers.
    ///   - continues: Whether it stands close below the row before, without its label.
    public init(
      _ label: String, _ value: Double, low: Double? = nil, high: Double? = nil, color: Int = 0,
      tip: String? = nil, continues: Bool = false
    ) {
      self.label = label
      self.value = value
      self.low = low
      self.high = high
      self.color = color
      self.tip = tip
      self.continues = continues
    }
  }

  /// What is estimated.
  public var axis: Axis
  /// The estimates from top to bottom.
  public var rows: [Row]
  /// Where a line marks a value to compare with, such as 0.
  public var reference: Double?
  /// Whether bars from the reference (or 0) are drawn.
  public var hasBars: Bool

  /// Creates a chart.
  public init(_ axis: Axis, rows: [Row], reference: Double? = nil, hasBars: Bool = false) {
    self.axis = axis
    self.rows = rows
    self.reference = reference
    self.hasBars = hasBars
  }

  /// The chart as SVG.
  public var svg: HTML {
    let values = rows.flatMap { [$0.value, $0.low ?? $0.value, $0.high ?? $0.value] }
    let origin = reference ?? (hasBars ? 0 : nil)
    let fitted = axis.fitted(to: values + (origin.map { [$0] } ?? []))
    let longest = rows.map { $0.continues ? 0 : $0.label.count }.max() ?? 0
    let left = min(max(90, 7.2 * Double(longest) + 16), 320)
    let right = 700.0
    var heights: [Double] = []
    for row in rows { heights.append((heights.last ?? -6) + (row.continues ? 12 : 24)) }
    let bottom = (heights.last ?? -6) + 16
    func place(_ value: Double) -> Double { left + fitted.place(value) * (right - left) }

    var body = HTML.empty
    for tick in fitted.ticks {
      body += """
        <line class="grid" x1="\(place(tick), digits: 5)" x2="\(place(tick), digits: 5)" y1="4" \
        y2="\(bottom)"/><text x="\(place(tick), digits: 5)" y="\(bottom + 16)" \
        text-anchor="middle">\(axis.text(tick))</text>
        """
    }
    if let origin {
      body += """
        <line class="axis" x1="\(place(origin), digits: 5)" x2="\(place(origin), digits: 5)" y1="4" \
        y2="\(bottom)"/>
        """
    }
    for (index, row) in rows.enumerated() {
      body += drawn(
        row, y: heights[index], left: left, origin: origin ?? fitted.low, place)
    }
    body += """
      <text x="\((left + right) / 2, digits: 5)" y="\(bottom + 34)" \
      text-anchor="middle">\(axis.label)</text>
      """
    return """
      <svg viewBox="0 0 720 \(bottom + 40)" role="img" aria-label="\(axis.label)">\(body)</svg>
      """
  }

  private func drawn(
    _ row: Row, y: Double, left: Double, origin: Double, _ place: (Double) -> Double
  ) -> HTML {
    let color = "var(--s\(row.color % 8))"
    var tip = "\(row.label): \(axis.text(row.value))"
    if let low = row.low, let high = row.high {
      tip += " [\(axis.text(low)), \(axis.text(high))]"
    }
    let label: HTML = """
      <text class="label" x="\(left - 10)" y="\(y + 4)" text-anchor="end">\(row.label)</text>
      """
    var body = row.continues ? HTML.empty : label
    guard row.value.isFinite else { return body }
    if hasBars {
      let (from, to) = (place(origin), place(row.value))
      body += """
        <rect x="\(min(from, to), digits: 5)" width="\(abs(to - from), digits: 5)" y="\(y - 7)" \
        height="14" rx="2" fill="\(color)" fill-opacity="0.55" data-tip="\(row.tip ?? tip)"/>
        """
    }
    if let low = row.low, let high = row.high {
      body += """
        <line x1="\(place(low), digits: 5)" x2="\(place(high), digits: 5)" y1="\(y)" y2="\(y)" \
        stroke="\(color)" stroke-width="2" data-tip="\(row.tip ?? tip)"/>
        """
    }
    if !hasBars {
      body += """
        <circle cx="\(place(row.value), digits: 5)" cy="\(y)" r="5" fill="\(color)" \
        data-tip="\(row.tip ?? tip)"/>
        """
    }
    return body
  }
}
