import PlumbTokenizers

/// A completion as rewards see it.
public struct RewardedCompletion: Sendable, Equatable {
  /// The token ids that were sampled, an end of text among them.
  public let ids: [Int]
  /// The bytes of each token, none for a special token; `nil` without a tokenizer.
  public let pieces: [[UInt8]]?
  /// The log-probability of each token under the base model, in nats, where it is known.
  public let baseLogProbabilities: [Float]?

  /// Creates a completion.
  ///
  /// - Parameters:
  ///   - ids: The token ids that were sampled, an end of text among them.
  ///   - texts: What turns ids into text; `nil` for a model without a tokenizer.
  ///   - baseLogProbabilities: The log-probability of each token under the base model, in nats.
  public init(_ ids: [Int], texts: TokenTexts?, baseLogProbabilities: [Float]? = nil) {
    self.ids = ids
    self.pieces = texts.map { texts in ids.map { texts.bytes(of: $0) } }
    self.baseLogProbabilities = baseLogProbabilities
  }

  init(bytes: [UInt8]) {
    ids = []
    pieces = [bytes]
    baseLogProbabilities = nil
  }

  /// The text; empty without a tokenizer.
  public var text: String {
    String(decoding: (pieces ?? []).joined(), as: UTF8.self)
  }
}

/// The bytes of every token of a vocabulary, of special tokens none.
public struct TokenTexts: Sendable {
  private let pieces: [[UInt8]]

  /// Collects the bytes of all tokens.
  public init(_ tokenizer: BPETokenizer) {
    let special = Set(tokenizer.addedTokens.lazy.filter(\.isSpecial).map(\.id))
    pieces = (0..<tokenizer.vocabularySize).map { id in
      special.contains(id) ? [] : (try? tokenizer.piece(id)) ?? []
    }
  }

  /// The bytes of a token; none for a special token and for ids that only pad the vocabulary.
  public func bytes(of id: Int) -> [UInt8] { pieces.indices.contains(id) ? pieces[id] : [] }
}
