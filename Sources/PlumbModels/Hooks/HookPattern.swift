import Foundation
import PlumbFiles
import PlumbText

/// Which hook points of a model are meant: names with `*` for any letters and `?` for one.
public struct HookPattern: Sendable, Hashable {
  /// The name of the model's result, which is given whatever the patterns are; a model need not have a
  /// hook point of this name.
  public static let result = "output"

  /// The pattern as it was written.
  public let text: String

  /// Creates a pattern.
  public init(_ text: String) { self.text = text }

  /// The patterns of a list with commas between, such as `mixed4*,blocks.*.attn.hook_pattern`.
  public static func list(_ text: String) -> [HookPattern] {
    text.split(separator: ",").map { HookPattern(String($0).trimmingCharacters(in: .whitespaces)) }
      .filter { !$0.text.isEmpty }
  }

  /// Whether a name is meant.
  public func matches(_ name: String) -> Bool {
    let pattern = Array(text.unicodeScalars)
    let letters = Array(name.unicodeScalars)
    var (p, n) = (0, 0)
    // Where to go on if the letters behind the latest star do not fit.
    var retry: (pattern: Int, name: Int)?
    while n < letters.count {
      if p < pattern.count, pattern[p] == "*" {
        retry = (p + 1, n)
        p += 1
      } else if p < pattern.count, pattern[p] == "?" || pattern[p] == letters[n] {
        p += 1
        n += 1
      } else if let (star, start) = retry {
        (p, n) = (star, start + 1)
        retry = (star, start + 1)
      } else {
        return false
      }
    }
    while p < pattern.count, pattern[p] == "*" { p += 1 }
    return p == pattern.count
  }

  /// Returns the names that some patterns mean, in the order of the names.
  ///
  /// - Parameters:
  ///   - patterns: The patterns.
  ///   - names: The hook points of the model.
  /// - Returns: Every name that a pattern matches, once.
  /// - Throws: ``HookError/nothingMatches(pattern:nearest:count:)`` if a pattern matches no name and is
  ///   not `output`.
  public static func names(
    matching patterns: [HookPattern], in names: [String]
  ) throws(HookError) -> [String] {
    for pattern in patterns
    where pattern.text != result && !names.contains(where: pattern.matches) {
      throw .nothingMatches(
        pattern: pattern.text,
        nearest: names.nearest(to: pattern.text.filter { $0 != "*" && $0 != "?" }),
        count: names.count)
    }
    return names.filter { name in patterns.contains { $0.matches(name) } }
  }
}

/// Why hook points could not be found.
public enum HookError: Error, Equatable, Sendable {
  /// No hook point matches; `nearest` is the most similar of `count` names.
  case nothingMatches(pattern: String, nearest: String?, count: Int)
}

extension HookError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try.
  public var description: String {
    switch self {
    case .nothingMatches(let pattern, let nearest, let count):
      return "None of the \(count) hook points matches '\(pattern)'."
        + (nearest.map { " The nearest name is '\($0)'." } ?? "")
        + " 'plumb models info' lists them all."
    }
  }
}
