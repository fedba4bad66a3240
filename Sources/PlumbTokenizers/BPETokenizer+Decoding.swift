extension BPETokenizer {
  /// The text that token ids stand for.
  ///
  /// Bytes that are not valid UTF-8 become U+FFFD, one for each longest part that could have
  /// started a character, as in `String(decoding:as:)`.
  ///
  /// - Parameters:
  ///   - ids: Token ids.
  ///   - skippingSpecialTokens: Whether control tokens are left out.
  /// - Returns: The text.
  /// - Throws: ``TokenizerError/unknownID(id:last:)`` if no token has one of the ids.
  public func decode(
    _ ids: some Sequence<Int>, skippingSpecialTokens: Bool = false
  ) throws(TokenizerError) -> String {
    guard skippingSpecialTokens else {
      return String(decoding: try decodeBytes(ids), as: UTF8.self)
    }
    let special = Set(addedTokens.lazy.filter(\.isSpecial).map(\.id))
    return String(decoding: try decodeBytes(ids.filter { !special.contains($0) }), as: UTF8.self)
  }

  /// The bytes that token ids stand for, one token after the other.
  ///
  /// - Parameter ids: Token ids.
  /// - Returns: The bytes, which need not be valid UTF-8.
  /// - Throws: ``TokenizerError/unknownID(id:last:)`` if no token has one of the ids.
  public func decodeBytes(_ ids: some Sequence<Int>) throws(TokenizerError) -> [UInt8] {
    var bytes: [UInt8] = []
    for id in ids {
      guard vocabulary.appendBytes(of: id, to: &bytes) else {
        throw .unknownID(id: id, last: vocabularySize - 1)
      }
    }
    return bytes
  }

  /// The bytes of one token.
  ///
  /// - Parameter id: A token id.
  /// - Returns: The bytes, which may be a part of a character.
  /// - Throws: ``TokenizerError/unknownID(id:last:)`` if no token has the id.
  public func piece(_ id: Int) throws(TokenizerError) -> [UInt8] {
    guard let bytes = vocabulary.bytes(of: id) else {
      throw .unknownID(id: id, last: vocabularySize - 1)
    }
    return bytes
  }

  /// The id of the token that is exactly this text, or nil if there is none.
  ///
  /// - Parameter text: A piece such as `" the"`, or the content of an added token.
  /// - Returns: The token's id.
  public func id(of text: String) -> Int? {
    if let token = addedTokens.first(where: { $0.content == text }) { return token.id }
    return vocabulary.id(of: Array(text.utf8).span).map(Int.init)
  }
}

/// Decodes tokens one at a time and holds back characters that are not complete.
///
/// All that it returns, joined, is what ``BPETokenizer/decode(_:skippingSpecialTokens:)`` returns
/// for all ids at once.
public struct StreamingDecoder: Sendable {
  private let tokenizer: BPETokenizer
  private var pending: [UInt8] = []

  /// Makes a decoder at the start of a text.
  public init(_ tokenizer: BPETokenizer) {
    self.tokenizer = tokenizer
  }

  /// Takes the next token and returns the text that is complete with it, which may be empty.
  ///
  /// - Parameter id: A token id.
  /// - Returns: The text since the last call, without a last character that is not complete.
  /// - Throws: ``TokenizerError/unknownID(id:last:)`` if no token has the id; the decoder can go on.
  public mutating func decode(_ id: Int) throws(TokenizerError) -> String {
    pending += try tokenizer.piece(id)
    let end = pending.count - Self.incompleteSuffixLength(of: pending)
    defer { pending.removeFirst(end) }
    return String(decoding: pending[..<end], as: UTF8.self)
  }

  /// Ends the text and returns what was held back, as U+FFFD.
  public mutating func finish() -> String {
    defer { pending.removeAll() }
    return String(decoding: pending, as: UTF8.self)
  }

  /// How many bytes at the end start a character that further bytes could complete: 0 to 3.
  private static func incompleteSuffixLength(of bytes: [UInt8]) -> Int {
    for length in 1...3 where length <= bytes.count {
      let lead = bytes[bytes.count - length]
      if lead & 0xC0 == 0x80 { continue }
      guard UTF8Scalar.length(ofLead: lead) > length else { return 0 }
      let second = bytes.count - length + 1
      let isPossible =
        length == 1 || UTF8Scalar.isSecondByte(bytes[second], afterLead: lead)
      return isPossible ? length : 0
    }
    return 0
  }
}
