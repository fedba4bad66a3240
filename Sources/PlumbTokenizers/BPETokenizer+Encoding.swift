/// One token of a text and where it stands.
public struct TokenSpan: Hashable, Sendable {
  /// The token's id.
  public var id: Int
  /// The bytes of the text's UTF-8 that it covers, which may cut a character.
  public var utf8Range: Range<Int>
}

extension BPETokenizer {
  /// The token ids of a text.
  ///
  /// No token is added before or after. Takes time in proportion to the text, whatever the text.
  ///
  /// - Parameters:
  ///   - text: Any text; an empty one has no tokens.
  ///   - recognizingSpecialTokens: Whether text such as `<|endoftext|>` is the control token of that
  ///     name. By default it is ordinary text, so that text from outside cannot write control
  ///     tokens. Added tokens that are not special are matched either way.
  /// - Returns: The ids.
  public func encode(_ text: String, recognizingSpecialTokens: Bool = false) -> [Int] {
    encode(utf8: Array(text.utf8), recognizingSpecialTokens: recognizingSpecialTokens)
  }

  /// The tokens with which a model goes on from a text.
  ///
  /// The empty text is the start of a document: the token that begins a text, or else the one that
  /// ends the document before.
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - addsBeginning: Whether the token that begins a text is put first, for models that have one.
  /// - Returns: The ids; none if the text is empty and the tokenizer has neither token.
  public func encode(prompt text: String, addsBeginning: Bool = true) -> [Int] {
    let ids = (addsBeginning ? beginOfText.map { [$0] } ?? [] : []) + encode(text)
    return ids.isEmpty ? endOfText.map { [$0] } ?? [] : ids
  }

  /// The token ids of text in UTF-8.
  ///
  /// - Parameters:
  ///   - bytes: The text. Bytes that are not valid UTF-8 are kept, each as a symbol of its own, and
  ///     come back from ``decodeBytes(_:)``.
  ///   - recognizingSpecialTokens: As in ``encode(_:recognizingSpecialTokens:)``.
  /// - Returns: The ids.
  public func encode(utf8 bytes: [UInt8], recognizingSpecialTokens: Bool = false) -> [Int] {
    var encoding = Encoding(tracksRanges: false)
    encode(bytes.span, recognizingSpecialTokens: recognizingSpecialTokens, into: &encoding)
    return encoding.ids
  }

  /// The tokens of a text, each with the part of the text that it covers.
  ///
  /// The ranges are bytes of `text.utf8`, in order, and together cover the text; a space that the
  /// tokenizer puts before the text has an empty range. Where normalization changed characters, a
  /// token that has any part of them covers all that they came from.
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - recognizingSpecialTokens: As in ``encode(_:recognizingSpecialTokens:)``.
  /// - Returns: The tokens; their ids are those of ``encode(_:recognizingSpecialTokens:)``.
  public func encodeWithOffsets(
    _ text: String, recognizingSpecialTokens: Bool = false
  ) -> [TokenSpan] {
    var encoding = Encoding(tracksRanges: true)
    encode(
      Array(text.utf8).span, recognizingSpecialTokens: recognizingSpecialTokens, into: &encoding)
    return zip(encoding.ids, encoding.ranges).map { TokenSpan(id: $0, utf8Range: $1) }
  }

  /// The result as it grows.
  private struct Encoding {
    var ids: [Int] = []
    var ranges: [Range<Int>] = []
    let tracksRanges: Bool

    init(tracksRanges: Bool) {
      self.tracksRanges = tracksRanges
    }

    mutating func append(_ id: Int, at range: Range<Int>) {
      ids.append(id)
      if tracksRanges { ranges.append(range) }
    }
  }

  private func encode(
    _ bytes: Span<UInt8>, recognizingSpecialTokens: Bool, into encoding: inout Encoding
  ) {
    var memory = memories.take()
    // English has about four bytes to a token.
    encoding.ids.reserveCapacity(bytes.count / 4)
    let segments = sourceMatcher.segments(
      of: bytes, recognizingSpecialTokens: recognizingSpecialTokens)
    for segment in segments {
      let part = bytes.extracting(segment.range)
      if let id = segment.id {
        encoding.append(id, at: segment.range)
      } else {
        encodeSource(
          part, at: segment.range.lowerBound, recognizingSpecialTokens: recognizingSpecialTokens,
          memory: &memory, into: &encoding)
      }
    }
    memories.giveBack(memory)
  }

  /// Encodes text as it was given; once it is normalized, further added tokens may be in it.
  private func encodeSource(
    _ source: Span<UInt8>, at offset: Int, recognizingSpecialTokens: Bool,
    memory: inout PieceMemory, into encoding: inout Encoding
  ) {
    guard configuration.composesCharacters, ComposedText.isNeeded(for: source) else {
      encodeNormalized(
        source, at: offset, recognizingSpecialTokens: recognizingSpecialTokens, memory: &memory,
        into: &encoding)
      return
    }
    let composed = ComposedText(source)
    let firstRange = encoding.ranges.count
    encodeNormalized(
      composed.bytes.span, at: 0, recognizingSpecialTokens: recognizingSpecialTokens,
      memory: &memory, into: &encoding)
    for index in firstRange..<encoding.ranges.count {
      let range = composed.sourceRange(of: encoding.ranges[index])
      encoding.ranges[index] = range.lowerBound + offset..<range.upperBound + offset
    }
  }

  private func encodeNormalized(
    _ bytes: Span<UInt8>, at offset: Int, recognizingSpecialTokens: Bool,
    memory: inout PieceMemory, into encoding: inout Encoding
  ) {
    let segments = normalizedMatcher.segments(
      of: bytes, recognizingSpecialTokens: recognizingSpecialTokens)
    for segment in segments {
      let start = offset + segment.range.lowerBound
      if let id = segment.id {
        encoding.append(id, at: start..<start + segment.range.count)
      } else {
        encodeText(bytes.extracting(segment.range), at: start, memory: &memory, into: &encoding)
      }
    }
  }

  /// Encodes text without added tokens, which stands at `offset` and is not empty.
  private func encodeText(
    _ text: Span<UInt8>, at offset: Int, memory: inout PieceMemory, into encoding: inout Encoding
  ) {
    let firstID = encoding.ids.count
    guard configuration.addsPrefixSpace, text[0] != Byte.space else {
      encodePieces(of: text, memory: &memory, into: &encoding.ids)
      if encoding.tracksRanges {
        appendRanges(of: text, firstID: firstID, offset: offset, to: &encoding)
      }
      return
    }
    var prefixed = [Byte.space]
    prefixed.reserveCapacity(text.count + 1)
    for index in text.indices { prefixed.append(text[index]) }
    encodePieces(of: prefixed.span, memory: &memory, into: &encoding.ids)
    if encoding.tracksRanges {
      let firstRange = encoding.ranges.count
      appendRanges(of: prefixed.span, firstID: firstID, offset: offset - 1, to: &encoding)
      for index in firstRange..<encoding.ranges.count {
        let range = encoding.ranges[index]
        encoding.ranges[index] = max(offset, range.lowerBound)..<max(offset, range.upperBound)
      }
    }
  }

  private func encodePieces(
    of text: Span<UInt8>, memory: inout PieceMemory, into ids: inout [Int]
  ) {
    var start = 0
    while start < text.count {
      let end = splitter.end(from: start, in: text)
      memory.encode(text.extracting(start..<end), with: self, into: &ids)
      start = end
    }
  }

  /// Lays the tokens from `firstID` on over the bytes they were made from.
  private func appendRanges(
    of text: Span<UInt8>, firstID: Int, offset: Int, to encoding: inout Encoding
  ) {
    var position = 0
    // A byte without an id, and without a token for the unknown, was dropped.
    func skipDropped() {
      while position < text.count, byteIDs[Int(text[position])] < 0 { position += 1 }
    }
    for index in firstID..<encoding.ids.count {
      skipDropped()
      let start = position
      let id = encoding.ids[index]
      let length = id == configuration.unknownToken ? 1 : vocabulary.bytes(of: id)?.count ?? 0
      for _ in 0..<length {
        skipDropped()
        position += 1
      }
      encoding.ranges.append(offset + start..<offset + position)
    }
  }
}
