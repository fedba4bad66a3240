/// How text is cut into the pieces within which merges happen.
///
/// The published patterns are regular expressions; these are the same patterns by hand, on bytes.
/// Cutting takes time in proportion to the text, whatever the text.
public enum SplitPattern: String, Sendable, CaseIterable {
  /// GPT-2 and GPT-NeoX: lower-case contractions; a space goes with the word after it.
  case gpt2
  /// Llama-3: contractions in either case, digits in groups of three, newlines end a piece.
  case llama3
  /// Qwen2: as Llama-3, but each digit is a piece of its own.
  case qwen2
  /// No cutting: merges may cross the whole text.
  case whole

  /// The regular expression as `tokenizer.json` spells it, or nil for ``whole``.
  public var regularExpression: String? {
    switch self {
    case .gpt2:
      #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    case .llama3:
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    case .qwen2:
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    case .whole: nil
    }
  }

  /// The pattern whose regular expression is spelled exactly so.
  init?(regularExpression: String) {
    let known = Self.allCases.first { $0.regularExpression == regularExpression }
    guard let known else { return nil }
    self = known
  }
}

/// Finds where the pieces of a text end.
struct Splitter: Sendable {
  let pattern: SplitPattern
  private let classes = ScalarClasses.shared

  init(_ pattern: SplitPattern) {
    self.pattern = pattern
  }

  /// The end of the piece that starts at `start`, a byte offset below `bytes.count`.
  @inline(__always)
  func end(from start: Int, in bytes: Span<UInt8>) -> Int {
    switch pattern {
    case .gpt2: endLikeGPT2(from: start, in: bytes)
    case .llama3: endLikeLlama3(from: start, in: bytes, digits: 3)
    case .qwen2: endLikeLlama3(from: start, in: bytes, digits: 1)
    case .whole: bytes.count
    }
  }

  // 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
  private func endLikeGPT2(from start: Int, in bytes: Span<UInt8>) -> Int {
    let first = bytes[start]
    if first == Byte.apostrophe,
      let end = contractionEnd(from: start, in: bytes, ignoringCase: false)
    {
      return end
    }
    var index = start
    var scalar = classes.classify(bytes, at: start)
    if first == Byte.space, start + 1 < bytes.count {
      let next = classes.classify(bytes, at: start + 1)
      if next.scalarClass != .space {
        index = start + 1
        scalar = next
      }
    }
    if scalar.scalarClass == .space {
      return spaceEnd(from: start, in: bytes, atNewlines: false)
    }
    return runEnd(of: scalar.scalarClass, from: index + scalar.length, in: bytes)
  }

  // (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}| ?[^\s\p{L}\p{N}]+[\r\n]*
  // |\s*[\r\n]+|\s+(?!\S)|\s+
  private func endLikeLlama3(from start: Int, in bytes: Span<UInt8>, digits: Int) -> Int {
    let first = bytes[start]
    if first == Byte.apostrophe,
      let end = contractionEnd(from: start, in: bytes, ignoringCase: true)
    {
      return end
    }
    let scalar = classes.classify(bytes, at: start)
    let second = start + scalar.length
    switch scalar.scalarClass {
    case .letter:
      return runEnd(of: .letter, from: second, in: bytes)
    case .number:
      return runEnd(of: .number, from: second, in: bytes, atMost: digits - 1)
    case .space where first == Byte.carriageReturn || first == Byte.newline:
      return spaceEnd(from: start, in: bytes, atNewlines: true)
    case .space, .other:
      let next = second < bytes.count ? classes.classify(bytes, at: second) : nil
      if let next, next.scalarClass == .letter {
        return runEnd(of: .letter, from: second + next.length, in: bytes)
      }
      if scalar.scalarClass == .other || (first == Byte.space && next?.scalarClass == .other) {
        var end = runEnd(of: .other, from: second, in: bytes)
        while end < bytes.count, bytes[end] == Byte.carriageReturn || bytes[end] == Byte.newline {
          end += 1
        }
        return end
      }
      return spaceEnd(from: start, in: bytes, atNewlines: true)
    }
  }

  /// The end of a run of one class.
  @inline(__always)
  private func runEnd(
    of scalarClass: ScalarClass, from start: Int, in bytes: Span<UInt8>, atMost limit: Int = .max
  ) -> Int {
    var index = start
    var count = 0
    while index < bytes.count, count < limit {
      let scalar = classes.classify(bytes, at: index)
      guard scalar.scalarClass == scalarClass else { break }
      index += scalar.length
      count += 1
    }
    return index
  }

  /// The end of a piece of white space: `\s*[\r\n]+` if `atNewlines`, or else `\s+(?!\S)|\s+`.
  private func spaceEnd(from start: Int, in bytes: Span<UInt8>, atNewlines: Bool) -> Int {
    var index = start
    var last = start
    var afterNewline: Int?
    while index < bytes.count {
      let scalar = classes.classify(bytes, at: index)
      guard scalar.scalarClass == .space else { break }
      last = index
      index += scalar.length
      if bytes[last] == Byte.carriageReturn || bytes[last] == Byte.newline { afterNewline = index }
    }
    if atNewlines, let afterNewline { return afterNewline }
    // The last space of a run goes with the word after it, unless it is the whole run.
    return index == bytes.count || last == start ? index : last
  }

  /// The end of one of `'s 't 're 've 'm 'll 'd`, if one starts at the apostrophe at `start`.
  private func contractionEnd(
    from start: Int, in bytes: Span<UInt8>, ignoringCase: Bool
  ) -> Int? {
    guard start + 1 < bytes.count else { return nil }
    let caseBit: UInt8 = ignoringCase ? 0x20 : 0
    let first = bytes[start + 1] | caseBit
    let second = start + 2 < bytes.count ? bytes[start + 2] | caseBit : 0
    switch (first, second) {
    case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _),
      (UInt8(ascii: "d"), _):
      return start + 2
    case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
      (UInt8(ascii: "l"), UInt8(ascii: "l")):
      return start + 3
    default:
      // The long s, U+017F, is an s where case is ignored.
      let isLongS =
        ignoringCase && bytes[start + 1] == 0xC5 && start + 2 < bytes.count
        && bytes[start + 2] == 0xBF
      return isLongS ? start + 3 : nil
    }
  }
}

/// The ASCII characters that the patterns name.
enum Byte {
  static let space = UInt8(ascii: " ")
  static let newline = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let apostrophe = UInt8(ascii: "'")
}
