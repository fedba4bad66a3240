import Foundation
import PlumbRuntime

/// A share as it is written in cards, such as "46.2 %".
func percentText(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

extension WilsonInterval {
  /// The ends as they are written in cards, such as "45.2 % to 47.2 %".
  var rangeText: String { "\(percentText(low)) to \(percentText(high))" }
}
