/// Merges as they are read: checked against the vocabulary and ranked in order.
struct MergeList {
  private let vocabulary: Vocabulary
  private let file: String
  private(set) var table: PairTable
  private var rank = 0
  private var piece: [UInt8] = []

  init(vocabulary: Vocabulary, file: String) {
    self.vocabulary = vocabulary
    self.file = file
    table = PairTable(minimumCapacity: vocabulary.size)
  }

  /// Adds a merge written as two pieces with one space between them.
  mutating func append(
    text: ArraySlice<UInt8>, line: () -> Int
  ) throws(TokenizerError) {
    let parts = text.split(separator: Byte.space, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw .malformedMerge(
        file: file, line: line(), merge: String(decoding: text, as: UTF8.self))
    }
    try append(left: parts[0], right: parts[1], line: line)
  }

  /// Adds a merge of two pieces as ``ByteAlphabet`` writes them; `line` is for errors.
  mutating func append(
    left: ArraySlice<UInt8>, right: ArraySlice<UInt8>, line: () -> Int
  ) throws(TokenizerError) {
    let leftID = id(of: left)
    let rightID = id(of: right)
    let joined = left + right
    guard let leftID, let rightID, let product = id(of: joined) else {
      let missing = leftID == nil ? left : rightID == nil ? right : joined
      throw .unknownPiece(
        piece: String(decoding: missing, as: UTF8.self),
        merge: String(decoding: left + [Byte.space] + right, as: UTF8.self),
        file: file, line: line())
    }
    append(left: leftID, right: rightID, product: product)
  }

  /// Adds a merge whose ids are known.
  mutating func append(left: Int32, right: Int32, product: Int32) {
    table[TokenPair(left, right)] = Merge.value(rank: rank, product: product)
    rank += 1
  }

  private mutating func id(of text: ArraySlice<UInt8>) -> Int32? {
    piece.removeAll(keepingCapacity: true)
    guard ByteAlphabet.appendBytes(writtenAs: text.span, to: &piece) else { return nil }
    return vocabulary.id(of: piece.span)
  }
}
