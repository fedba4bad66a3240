import Foundation

/// Learns a byte-level vocabulary from text.
///
/// The text is cut into pieces, and equal pieces are counted once with their number. Then, again
/// and again, the most frequent pair of neighbors becomes a token. Of pairs that are equally
/// frequent, the one with the lower left id wins, then the one with the lower right id; ids 0-255
/// are the bytes in the order of GPT-2, later ids are in the order in which they were made. Nothing
/// else decides, so the same text gives the same tokenizer however it was added.
///
/// ```swift
/// var trainer = BPETrainer(vocabularySize: 8192)
/// try trainer.add(contentsOf: file)
/// let tokenizer = try trainer.train()
/// try tokenizer.save(to: folder)
/// ```
///
/// The rule for ties is that of Hugging Face `tokenizers`, whose byte-level `BpeTrainer` finds the
/// same merges. 150 MB of text take some ten seconds.
public struct BPETrainer: Sendable {
  /// How many tokens there will be: 256 bytes, the merges, and the end of text.
  public let vocabularySize: Int
  /// The control token between texts, which is never part of a piece and gets the last id.
  public let endOfText: String
  /// How text is cut into pieces.
  public let splitting: SplitPattern
  /// A pair that occurs less often than this does not become a token.
  public let minimumCount: Int

  private var pieces = ByteStringTable()
  private var counts: [Int] = []

  /// Makes a trainer that has seen no text.
  ///
  /// - Parameters:
  ///   - vocabularySize: How many tokens to make, at least 257; there are fewer if the text has too
  ///     few frequent pairs.
  ///   - endOfText: The control token between texts.
  ///   - splitting: How text is cut into pieces.
  ///   - minimumCount: How often a pair must occur to become a token.
  /// - Throws: ``TokenizerError/vocabularyTooSmall(size:)``.
  public init(
    vocabularySize: Int = 8192, endOfText: String = "<|endoftext|>",
    splitting: SplitPattern = .gpt2, minimumCount: Int = 2
  ) throws(TokenizerError) {
    guard vocabularySize >= 257 else { throw .vocabularyTooSmall(size: vocabularySize) }
    self.vocabularySize = vocabularySize
    self.endOfText = endOfText
    self.splitting = splitting
    self.minimumCount = max(1, minimumCount)
  }

  /// How many different pieces the text so far has.
  public var distinctPieces: Int { pieces.count }

  /// Counts the pieces of a text.
  ///
  /// - Parameter text: Whole texts: a piece does not go on from one call to the next.
  public mutating func add(_ text: String) {
    let bytes = Array(text.utf8)
    add(bytes.span)
  }

  /// Counts the pieces of a text file.
  ///
  /// - Parameter file: A UTF-8 text file, which may hold several texts with the end of text between.
  /// - Throws: ``TokenizerError`` if the file cannot be read or is not UTF-8.
  public mutating func add(contentsOf file: URL) throws(TokenizerError) {
    let bytes = try BPETokenizer.bytes(of: file)
    add(bytes.span)
  }

  private mutating func add(_ text: Span<UInt8>) {
    let splitter = Splitter(splitting)
    let matcher = AddedTokenMatcher([AddedToken(id: vocabularySize - 1, content: endOfText)]) {
      Array($0.content.utf8)
    }
    for segment in matcher.segments(of: text, recognizingSpecialTokens: true)
    where segment.id == nil {
      let part = text.extracting(segment.range)
      var start = 0
      while start < part.count {
        let end = splitter.end(from: start, in: part)
        let (index, isNew) = pieces.insert(part.extracting(start..<end))
        if isNew { counts.append(1) } else { counts[index] += 1 }
        start = end
      }
    }
  }

  /// Learns the merges and makes the tokenizer.
  ///
  /// The trainer keeps its counts: more text may be added, and training done again.
  ///
  /// - Returns: A tokenizer with at most ``vocabularySize`` tokens, the end of text last.
  /// - Throws: `CancellationError` if the task was cancelled.
  public func train() throws -> BPETokenizer {
    var vocabulary = Vocabulary(file: "The trained vocabulary", minimumCapacity: vocabularySize)
    for (id, byte) in ByteAlphabet.order.enumerated() { try vocabulary.add([byte].span, id: id) }
    var list = MergeList(vocabulary: vocabulary, file: "The trained merges")

    var words = MergeableWords(pieces: pieces, counts: counts)
    while vocabulary.size < vocabularySize - 1 {
      if vocabulary.size % 32 == 0 { try Task.checkCancellation() }
      guard let pair = words.popMostFrequentPair(minimumCount: minimumCount) else { break }
      let joined =
        (vocabulary.bytes(of: Int(pair.left)) ?? []) + (vocabulary.bytes(of: Int(pair.right)) ?? [])
      // Runs such as "aaaaa" can be made of different halves; they keep their first id.
      let product = vocabulary.id(of: joined.span) ?? Int32(vocabulary.size)
      if Int(product) == vocabulary.size { try vocabulary.add(joined.span, id: Int(product)) }
      list.append(left: pair.left, right: pair.right, product: product)
      words.merge(pair, into: product)
    }
    let end = AddedToken(id: vocabulary.size, content: endOfText)
    return try BPETokenizer(
      vocabulary: vocabulary, merges: list.table, addedTokens: [end],
      configuration: .init(splitting: splitting, endOfText: end.id))
  }
}
