import Foundation

/// Part J: words that are over- or under-used, by weighted log-odds with a prior of the base's own
/// frequencies.
///
/// A word counts once per completion, because words come in bursts. Runs of full stops are no words.
///
/// Source: Monroe, Colaresi and Quinn, "Fightin' Words", Political Analysis, 2008.
public struct WordContrast: Sendable, Codable {
  /// A word and how much likelier it became.
  public struct Word: Sendable, Codable {
    /// The word.
    public let word: String
    /// In how many completions it is before, and after.
    public let before: Int
    /// In how many completions after.
    public let after: Int
    /// The log-odds after minus before, pulled toward 0 by the prior.
    public let logOdds: Double
    /// The same in standard deviations.
    public let z: Double
    /// Corrected for the number of words (Benjamini and Hochberg).
    public var qValue: Double
  }

  /// The words with the highest `|z|`, over-used first.
  public let words: [Word]
  /// How many words were tested.
  public let tested: Int
  /// How many completions each side has.
  public let completions: (before: Int, after: Int)

  private enum CodingKeys: String, CodingKey { case words, tested }

  /// Decodes words alone.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    words = try container.decode([Word].self, forKey: .words)
    tested = try container.decode(Int.self, forKey: .tested)
    completions = (0, 0)
  }

  /// Contrasts two groups of completions.
  ///
  /// - Parameters:
  ///   - before: The words of each completion of one group.
  ///   - after: Those of the other.
  ///   - prior: The completions whose frequencies are the prior; as a rule the base's.
  ///   - fewest: In how many completions of both groups together a word must be.
  ///   - limit: How many words are kept on each side.
  public init(
    before: [[String]], after: [[String]], prior: [[String]], fewest: Int = 5, limit: Int = 20
  ) {
    let counts = (Self.counts(before), Self.counts(after))
    let priors = Self.counts(prior)
    let totals = (
      Double(counts.0.values.reduce(0, +)), Double(counts.1.values.reduce(0, +))
    )
    let priorTotal = Double(priors.values.reduce(0, +))
    // As strong as a tenth of the smaller group, and no word is impossible.
    let strength = max(0.1 * min(totals.0, totals.1), 1)
    let vocabulary = Set(counts.0.keys).union(counts.1.keys).sorted()
    var words: [Word] = []
    for word in vocabulary {
      let (a, b) = (counts.0[word] ?? 0, counts.1[word] ?? 0)
      guard a + b >= fewest else { continue }
      let pull =
        strength * (Double(priors[word] ?? 0) + 0.5)
        / (priorTotal + 0.5 * Double(vocabulary.count))
      let (first, second) = (Double(a) + pull, Double(b) + pull)
      let logOdds =
        log(second / (totals.1 + strength - second)) - log(first / (totals.0 + strength - first))
      let z = logOdds / (1 / first + 1 / second).squareRoot()
      words.append(Word(word: word, before: a, after: b, logOdds: logOdds, z: z, qValue: 1))
    }
    let q = MultipleTests.benjaminiHochberg(words.map { Gaussian.twoSided($0.z) })
    for index in words.indices { words[index].qValue = q[index] }
    let sorted = words.sorted { ($1.z, $0.word) < ($0.z, $1.word) }
    let over = sorted.prefix(limit).filter { $0.z > 0 }
    let under = sorted.suffix(limit).reversed().filter { $0.z < 0 }
    self.words = over + under
    tested = words.count
    completions = (before.count, after.count)
  }

  /// Words that stand out beyond chance, at a false discovery rate of a twentieth.
  public var significant: [Word] { words.filter { $0.qValue <= 0.05 } }

  private static func counts(_ completions: [[String]]) -> [String: Int] {
    var counts: [String: Int] = [:]
    for words in completions {
      for word in Set(words) { counts[word, default: 0] += 1 }
    }
    return counts
  }
}
