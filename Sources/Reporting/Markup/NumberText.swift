import Foundation

/// Numbers as people read them.
public enum NumberText {
  /// A number with so many significant digits: `0.0123`, `12.3`, `1230`, `1.2e-7`.
  public static func short(_ value: Double, digits: Int = 3) -> String {
    guard value.isFinite else { return value.isNaN ? "–" : value < 0 ? "−∞" : "∞" }
    if value == 0 { return "0" }
    let exponent = Int(floor(log10(abs(value))))
    let text: String
    if exponent < -4 || exponent > 6 {
      text = String(format: "%.\(max(digits - 1, 0))e", value)
    } else {
      text = trimmed(String(format: "%.\(max(digits - 1 - exponent, 0))f", value))
    }
    return text.hasPrefix("-") ? "−" + text.dropFirst() : text
  }

  /// A share of 1 in percent: `12.3%`.
  public static func percent(_ share: Double, digits: Int = 3) -> String {
    guard share.isFinite else { return "–" }
    return short(share * 100, digits: digits) + "%"
  }

  /// A p-value: `0.03`, `< 0.001`.
  public static func probability(_ p: Double) -> String {
    p < 0.001 ? "< 0.001" : short(p, digits: 2)
  }

  /// Without zeros at the end of a fraction.
  private static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var text = Substring(text)
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return String(text)
  }
}
