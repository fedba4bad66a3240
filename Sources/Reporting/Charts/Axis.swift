import Foundation

/// One side of a chart: what is measured, from where to where.
public struct Axis: Sendable {
  /// How values become places.
  public enum Scale: Sendable { case linear, logarithmic }
  /// How ticks are written.
  public enum Format: Sendable { case number, percent }

  /// What is measured, with its unit.
  public var label: String
  /// The ends; `nil` where the data decide.
  public var range: ClosedRange<Double>?
  /// How values become places.
  public var scale: Scale
  /// How ticks are written.
  public var format: Format

  /// Creates an axis.
  public init(
    _ label: String, range: ClosedRange<Double>? = nil, scale: Scale = .linear,
    format: Format = .number
  ) {
    self.label = label
    self.range = range
    self.scale = scale
    self.format = format
  }

  func text(_ value: Double) -> String {
    switch format {
    case .number: NumberText.short(value)
    case .percent: NumberText.percent(value)
    }
  }

  /// The axis over these values, with round ends.
  func fitted(to values: [Double]) -> FittedAxis {
    let finite = values.filter { $0.isFinite && (scale == .linear || $0 > 0) }
    var low = range?.lowerBound ?? finite.min() ?? 0
    var high = range?.upperBound ?? finite.max() ?? 1
    if scale == .logarithmic {
      low = max(low, high * 1e-9, 1e-300)
      if high <= low { high = low * 10 }
      return FittedAxis(axis: self, low: low, high: high, ticks: Self.decades(low, high))
    }
    if high <= low {
      let spread = max(abs(low) * 0.1, 0.5)
      (low, high) = (low - spread, high + spread)
    }
    let step = Self.step(high - low)
    if range == nil {
      low = (low / step + 1e-9).rounded(.down) * step
      high = (high / step - 1e-9).rounded(.up) * step
    }
    let first = Int((low / step - 1e-9).rounded(.up))
    let last = Int((high / step + 1e-9).rounded(.down))
    return FittedAxis(
      axis: self, low: low, high: high, ticks: (first...max(first, last)).map { Double($0) * step })
  }

  /// 1, 2 or 5 times a power of ten, so that there are about five steps.
  private static func step(_ span: Double) -> Double {
    let raw = span / 5
    let power = pow(10, floor(log10(raw)))
    let digit = raw / power
    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10)
  }

  private static func decades(_ low: Double, _ high: Double) -> [Double] {
    let (first, last) = (Int(ceil(log10(low) - 1e-9)), Int(floor(log10(high) + 1e-9)))
    guard last > first else { return [low, high] }
    return (first...last).map { pow(10, Double($0)) }
  }
}

/// An axis with its ends and ticks.
struct FittedAxis {
  let axis: Axis
  let low: Double
  let high: Double
  let ticks: [Double]

  /// Where a value lies, 0 at the low end and 1 at the high one; values beyond stay at the end.
  func place(_ value: Double) -> Double {
    let share =
      switch axis.scale {
      case .linear: (value - low) / (high - low)
      case .logarithmic: log(max(value, low) / low) / log(high / low)
      }
    return min(max(share, 0), 1)
  }
}
