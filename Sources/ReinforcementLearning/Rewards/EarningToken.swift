/// A token and how much of the reward it earned.
public struct EarningToken: Sendable, Hashable, Codable {
  /// The id.
  public let id: Int
  /// How often it occurs.
  public let count: Int
  /// What its occurrences added to the rewards, all together.
  public let credit: Double

  /// The tokens that earned most, or lost most, in many completions.
  ///
  /// - Parameters:
  ///   - completions: The ids and the credit of each completion.
  ///   - limit: How many tokens are wanted.
  /// - Returns: Tokens whose credit is not 0, the largest first, whatever the sign.
  public static func ranked(
    _ completions: some Sequence<(ids: [Int], credit: Credit)>, limit: Int = 10
  ) -> [EarningToken] {
    var totals: [Int: (count: Int, credit: Double)] = [:]
    for (ids, credit) in completions {
      for (id, value) in zip(ids, credit.perToken) {
        totals[id, default: (0, 0)].count += 1
        totals[id, default: (0, 0)].credit += value
      }
    }
    return totals.map { EarningToken(id: $0.key, count: $0.value.count, credit: $0.value.credit) }
      .filter { $0.credit != 0 }
      .sorted { (abs($1.credit), $0.id) < (abs($0.credit), $1.id) }
      .prefix(limit).map { $0 }
  }
}
