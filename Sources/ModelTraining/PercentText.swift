import Foundation

/// A share as it is written in cards, such as "46.2 %".
func percentText(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
