import PlumbTokenizers

/// Follows the text of a completion and says when it contains a stop string.
struct StopWatcher {
  private let tokenizer: BPETokenizer
  private let stopStrings: [[UInt8]]
  private var bytes: [UInt8] = []
  /// Where the completion is cut.
  private var end: Int?

  init(_ tokenizer: BPETokenizer, stopStrings: [String]) {
    self.tokenizer = tokenizer
    self.stopStrings = stopStrings.filter { !$0.isEmpty }.map { Array($0.utf8) }
  }

  /// The text so far, cut before the first stop string; bytes that are not UTF-8 as U+FFFD.
  var text: String { String(decoding: bytes[..<(end ?? bytes.count)], as: UTF8.self) }

  /// Takes a token; whether a stop string is complete with it.
  mutating func take(_ token: Int) throws(TokenizerError) -> Bool {
    let piece = try tokenizer.decodeBytes([token])
    let before = bytes.count
    bytes += piece
    var first: Int?
    for stop in stopStrings {
      // A stop string may have begun in earlier tokens.
      let from = max(0, before - stop.count + 1)
      if let place = Self.place(of: stop, in: bytes, from: from), place < first ?? .max {
        first = place
      }
    }
    end = first
    return first != nil
  }

  private static func place(of pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard bytes.count - start >= pattern.count else { return nil }
    return (start...bytes.count - pattern.count).first { place in
      bytes[place..<place + pattern.count].elementsEqual(pattern)
    }
  }
}
