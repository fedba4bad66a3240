import Foundation
import PlumbFiles

extension FineTuningRun {
  /// A token that earned some of the reward, with its text.
  public struct Earner: Sendable, Hashable, Codable {
    /// The token's id.
    public var id: Int
    /// Its text.
    public var text: String
    /// How often it occurs.
    public var count: Int
    /// What its occurrences added, all together.
    public var credit: Double
  }

  /// The tokens that earned most in some completions.
  public func earners(of set: CompletionSet, limit: Int = 5) -> [Earner] {
    let credits = set.completions.map { completion in
      (ids: completion.ids, credit: Credit(base: 0, perToken: completion.tokens.map(\.credit)))
    }
    return EarningToken.ranked(credits, limit: limit).map { token in
      let bytes = texts?.bytes(of: token.id) ?? []
      return Earner(
        id: token.id, text: texts == nil ? "\(token.id)" : String(decoding: bytes, as: UTF8.self),
        count: token.count, credit: token.credit)
    }
  }
}

extension FineTuningRecipe {
  /// A few digits that tell this recipe from others.
  public var fingerprint: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return String(FileDigest.sha256(try encoder.encode(self)).prefix(8))
    }
  }
}
