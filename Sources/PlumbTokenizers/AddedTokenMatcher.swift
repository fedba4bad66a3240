/// A part of a text: ordinary text, or one added token.
struct TextSegment {
  var range: Range<Int>
  /// The added token's id; nil for ordinary text.
  var id: Int?
}

/// Finds added tokens in a text: at the leftmost place where one matches, the longest.
struct AddedTokenMatcher: Sendable {
  private struct Node {
    var children: [UInt8: Int] = [:]
    var token: Int?
  }

  private let tokens: [AddedToken]
  private var nodes = [Node()]
  // Most bytes start no added token, and most texts hold none.
  private var startsToken = [Bool](repeating: false, count: 256)
  private let classes = ScalarClasses.shared

  var isEmpty: Bool { tokens.isEmpty }

  init(_ tokens: [AddedToken], spelledBy spelling: (AddedToken) -> [UInt8]) {
    self.tokens = tokens.filter { !$0.content.isEmpty }
    for (index, token) in self.tokens.enumerated() {
      var node = 0
      for byte in spelling(token) {
        if node == 0 { startsToken[Int(byte)] = true }
        if let child = nodes[node].children[byte] {
          node = child
        } else {
          nodes[node].children[byte] = nodes.count
          node = nodes.count
          nodes.append(Node())
        }
      }
      nodes[node].token = nodes[node].token ?? index
    }
  }

  /// Cuts a text at its added tokens.
  ///
  /// A special token that is not to be recognized still hides a shorter or later token that
  /// overlaps it, as in Hugging Face `tokenizers`.
  func segments(of text: Span<UInt8>, recognizingSpecialTokens: Bool) -> [TextSegment] {
    var segments: [TextSegment] = []
    var textStart = 0
    var index = 0
    while index < text.count {
      guard startsToken[Int(text[index])], let match = longestMatch(at: index, in: text) else {
        index += 1
        continue
      }
      let token = tokens[match.token]
      var start = index
      var end = match.end
      index = match.end
      if token.isSpecial && !recognizingSpecialTokens { continue }
      if token.isWholeWord, isWord(before: start, in: text) || isWord(at: end, in: text) {
        continue
      }
      if token.stripsLeft { start = spaceStart(before: start, in: text) }
      start = max(start, textStart)
      if token.stripsRight { end = spaceEnd(from: end, in: text) }
      if textStart < start { segments.append(TextSegment(range: textStart..<start, id: nil)) }
      segments.append(TextSegment(range: start..<end, id: token.id))
      textStart = end
      index = max(index, end)
    }
    if textStart < text.count {
      segments.append(TextSegment(range: textStart..<text.count, id: nil))
    }
    return segments
  }

  private func longestMatch(at start: Int, in text: Span<UInt8>) -> (token: Int, end: Int)? {
    var match: (token: Int, end: Int)?
    var node = 0
    var index = start
    while index < text.count, let child = nodes[node].children[text[index]] {
      node = child
      index += 1
      if let token = nodes[node].token { match = (token, index) }
    }
    return match
  }

  // `\w` of Rust's regular expressions.
  private func isWord(at index: Int, in text: Span<UInt8>) -> Bool {
    guard index < text.count else { return false }
    let decoded = UTF8Scalar(in: text, at: index)
    guard decoded.isValid, let scalar = Unicode.Scalar(decoded.value) else { return false }
    switch scalar.properties.generalCategory {
    case .decimalNumber, .connectorPunctuation, .nonspacingMark, .spacingMark, .enclosingMark:
      return true
    default: return scalar.properties.isAlphabetic || scalar.properties.isJoinControl
    }
  }

  private func isWord(before index: Int, in text: Span<UInt8>) -> Bool {
    index > 0 && isWord(at: scalarStart(before: index, in: text), in: text)
  }

  private func spaceStart(before index: Int, in text: Span<UInt8>) -> Int {
    var start = index
    while start > 0 {
      let previous = scalarStart(before: start, in: text)
      guard classes.classify(text, at: previous).scalarClass == .space else { break }
      start = previous
    }
    return start
  }

  private func spaceEnd(from index: Int, in text: Span<UInt8>) -> Int {
    var end = index
    while end < text.count {
      let scalar = classes.classify(text, at: end)
      guard scalar.scalarClass == .space else { break }
      end += scalar.length
    }
    return end
  }

  private func scalarStart(before index: Int, in text: Span<UInt8>) -> Int {
    var start = index - 1
    while start > 0, index - start < 4, text[start] & 0xC0 == 0x80 { start -= 1 }
    return start
  }
}
