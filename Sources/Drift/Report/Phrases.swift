import Reporting

/// Numbers with their intervals as the report writes them.
enum Phrases {
  /// A share with its interval: `12.3% [10.1%, 14.8%]`.
  static func share(_ estimate: Estimate) -> String {
    "\(NumberText.percent(estimate.value)) "
      + "[\(NumberText.percent(estimate.low)), \(NumberText.percent(estimate.high))]"
  }

  /// A number with its interval.
  static func number(_ estimate: Estimate) -> String {
    "\(NumberText.short(estimate.value)) "
      + "[\(NumberText.short(estimate.low)), \(NumberText.short(estimate.high))]"
  }

  /// A difference of shares in points: `+12.3 points [10.1, 14.8]`.
  static func points(_ estimate: Estimate) -> String {
    func text(_ value: Double) -> String { NumberText.short(value * 100) }
    return "\(estimate.value > 0 ? "+" : "")\(text(estimate.value)) points "
      + "[\(text(estimate.low)), \(text(estimate.high))]"
  }

  /// A token as a reader sees it, in quotes.
  static func token(_ text: String) -> String {
    "'" + text.replacing("\n", with: "⏎") + "'"
  }
}
