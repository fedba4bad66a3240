/// Byte-level byte-pair encoding, as GPT-2, GPT-NeoX (Pythia), Llama-3 and Qwen2 use it.
///
/// A text is cut at added tokens, normalized if the model wants it, split into pieces by a
/// ``SplitPattern``, and each piece's bytes are merged: always the neighbors of lowest rank, the
/// leftmost of equals. Nothing is ever added silently: ``beginOfText`` says what the model expects
/// first, and it is for the caller to put it there.
///
/// ```swift
/// let tokenizer = try BPETokenizer.load(from: folder)
/// let ids = tokenizer.encode("Good morning")  // [10248, 3329] for GPT-2
/// ```
///
/// A tokenizer is a value and may be used from many tasks at once; it remembers the pieces it has
/// seen, which changes its speed and nothing else.
///
/// Source: Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword
/// Units", ACL 2016; on bytes: Radford et al., "Language Models are Unsupervised Multitask
/// Learners", 2019.
public struct BPETokenizer: Sendable {
  /// What differs between tokenizers besides their pieces and merges.
  public struct Configuration: Hashable, Sendable {
    /// How text is cut into pieces.
    public var splitting: SplitPattern
    /// Whether text is brought to Unicode normalization form C first (GPT-NeoX, Qwen2).
    public var composesCharacters: Bool
    /// Whether text that does not start with a space is given one.
    public var addsPrefixSpace: Bool
    /// Whether a piece that is itself in the vocabulary is taken whole, without merging (Llama-3).
    public var ignoresMergesOfWholePieces: Bool
    /// The token that the model expects before the text, if its files say so.
    public var beginOfText: Int?
    /// The token that ends a text, if the files name one.
    public var endOfText: Int?
    /// What stands for a byte that is not in the vocabulary; nil drops such bytes.
    public var unknownToken: Int?

    /// Makes a configuration; the defaults are GPT-2's.
    public init(
      splitting: SplitPattern = .gpt2, composesCharacters: Bool = false,
      addsPrefixSpace: Bool = false, ignoresMergesOfWholePieces: Bool = false,
      beginOfText: Int? = nil, endOfText: Int? = nil, unknownToken: Int? = nil
    ) {
      self.splitting = splitting
      self.composesCharacters = composesCharacters
      self.addsPrefixSpace = addsPrefixSpace
      self.ignoresMergesOfWholePieces = ignoresMergesOfWholePieces
      self.beginOfText = beginOfText
      self.endOfText = endOfText
      self.unknownToken = unknownToken
    }
  }

  /// What differs between tokenizers besides their pieces and merges.
  public let configuration: Configuration
  /// The tokens that are matched in the text before it is split.
  public let addedTokens: [AddedToken]

  let vocabulary: Vocabulary
  let merges: PairTable
  /// The id of each byte, -1 for a byte that has none and is dropped.
  let byteIDs: [Int32]
  let splitter: Splitter
  let sourceMatcher: AddedTokenMatcher
  let normalizedMatcher: AddedTokenMatcher
  let memories = PieceMemoryPool()

  /// One more than the greatest id; a model may have more rows than this, as padding.
  public var vocabularySize: Int { vocabulary.size }
  /// The token that ends a text, if the files name one.
  public var endOfText: Int? { configuration.endOfText }
  /// The token that the model expects before the text; ``encode(_:recognizingSpecialTokens:)`` never
  /// adds it.
  public var beginOfText: Int? { configuration.beginOfText }

  /// Makes a tokenizer from its pieces and merges.
  ///
  /// - Parameters:
  ///   - pieces: The bytes of each token; its place is its id. Added tokens may be among them.
  ///   - merges: Pairs of ids, the most urgent first. Each pair's joined bytes must be a piece.
  ///   - addedTokens: Tokens matched in the text before it is split.
  ///   - configuration: What else differs between tokenizers.
  /// - Throws: ``TokenizerError`` if two pieces are equal, or a merge names or makes no piece.
  public init(
    pieces: [[UInt8]], merges: [(left: Int, right: Int)], addedTokens: [AddedToken] = [],
    configuration: Configuration = Configuration()
  ) throws(TokenizerError) {
    var vocabulary = Vocabulary(file: "The vocabulary", minimumCapacity: pieces.count)
    let literals = Dictionary(addedTokens.map { ($0.id, Array($0.content.utf8)) }) { $1 }
    for (id, piece) in pieces.enumerated() where literals[id] != piece {
      try vocabulary.add(piece.span, id: id)
    }
    var list = MergeList(vocabulary: vocabulary, file: "The merges")
    for (index, merge) in merges.enumerated() {
      for id in [merge.left, merge.right] where vocabulary.bytes(of: id) == nil {
        throw .unknownID(id: id, last: vocabulary.size - 1)
      }
      let left = vocabulary.spelling(of: merge.left) ?? ""
      let right = vocabulary.spelling(of: merge.right) ?? ""
      try list.append(left: Array(left.utf8)[...], right: Array(right.utf8)[...]) { index + 1 }
    }
    try self.init(
      vocabulary: vocabulary, merges: list.table, addedTokens: addedTokens,
      configuration: configuration)
  }

  /// Makes a tokenizer from parts that loading or training has checked.
  init(
    vocabulary: Vocabulary, merges: PairTable, addedTokens: [AddedToken],
    configuration: Configuration
  ) throws(TokenizerError) {
    var vocabulary = vocabulary
    for token in addedTokens {
      try vocabulary.addLiteral(Array(token.content.utf8), id: token.id)
    }
    self.vocabulary = vocabulary
    self.merges = merges
    self.addedTokens = addedTokens
    self.configuration = configuration
    splitter = Splitter(configuration.splitting)
    byteIDs = (0...255).map { byte in
      vocabulary.id(of: [UInt8(byte)].span) ?? Int32(configuration.unknownToken ?? -1)
    }
    sourceMatcher = AddedTokenMatcher(addedTokens.filter { !$0.isNormalized }) {
      Array($0.content.utf8)
    }
    normalizedMatcher = AddedTokenMatcher(addedTokens.filter(\.isNormalized)) {
      let content = Array($0.content.utf8)
      return configuration.composesCharacters ? ComposedText(content.span).bytes : content
    }
  }
}
