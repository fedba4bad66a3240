import Foundation

extension Double {
  /// The number with four digits that count.
  var inFourDigits: String { String(format: "%.4g", self) }

  /// A share as percent.
  var asPercent: String { String(format: "%.1f%%", self * 100) }
}

extension Float {
  /// The number with four digits that count.
  var inFourDigits: String { Double(self).inFourDigits }
}
