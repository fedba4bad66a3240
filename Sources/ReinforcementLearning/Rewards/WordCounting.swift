import Foundation

/// Occurrences of whole words, whatever their case.
///
/// A word is a run of letters, digits, apostrophes and hyphens; an entry of a list is one word, or
/// several with one space between each. At each place the longest entry counts.
struct WordCounting: Sendable {
  /// The words of each entry, by the first one, the longest entries first.
  private let entries: [String: [[Substring]]]

  init(_ words: [String]) {
    let split = Set(words).map { $0.split(separator: " ") }
    entries = Dictionary(grouping: split) { String($0.first ?? "") }
      .mapValues { $0.sorted { $0.count > $1.count } }
  }

  /// How often an entry occurs in a text.
  func count(in text: String) -> Int {
    let words = Self.words(of: text)
    var count = 0
    var index = 0
    while index < words.count {
      let match = entries[String(words[index])]?.first { entry in
        words[index...].starts(with: entry)
      }
      count += match == nil ? 0 : 1
      index += match?.count ?? 1
    }
    return count
  }

  /// The words of a text in lower case.
  private static func words(of text: String) -> [Substring] {
    text.lowercased().split { !isPartOfWord($0) }
  }

  private static func isPartOfWord(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "'" || character == "’"
      || character == "-"
  }

  /// An entry in lower case, or `nil` if it is not one or more words with single spaces.
  static func normalized(_ text: String) -> String? {
    let lower = text.lowercased()
    let words = words(of: lower)
    return !words.isEmpty && words.joined(separator: " ") == lower ? lower : nil
  }

  /// The entries of a file, one per line; empty lines and lines that begin with `#` are passed over.
  static func lexicon(at path: String) throws(RewardProblem) -> [String] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .unreadableLexicon(path: path, reason: "there is no such file")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw .unreadableLexicon(path: path, reason: "it is not UTF-8 text")
    }
    var words: [String] = []
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let line = line.trimmingCharacters(in: .whitespaces)
      guard !line.isEmpty, !line.hasPrefix("#") else { continue }
      guard let word = normalized(line) else {
        throw .unreadableLexicon(
          path: path, reason: "line \(number + 1), '\(line)', is not one or more words")
      }
      words.append(word)
    }
    guard !words.isEmpty else { throw .unreadableLexicon(path: path, reason: "it has no words") }
    return words
  }
}
