import LanguageModels

/// What a language training trains, and on what.
public struct LanguageTraining: Sendable, Hashable, Codable {
  /// A text corpus and how much of it is read.
  public struct Corpus: Sendable, Hashable, Codable {
    /// The file in the data folder: text, or text compressed with bzip2, gzip or xz.
    public var file: String
    /// The kind of text, under which scores are reported.
    public var register: String
    /// How large a part of all windows is of this corpus, relative to the other corpora.
    public var share: Double
  }

  /// The texts.
  public var corpora: [Corpus]
  /// The number of tokens, `<|endoftext|>` among them; at most 65,536.
  public var vocabulary: Int
  /// The number of positions.
  public var context: Int
  /// The width of the residual stream.
  public var width: Int
  /// The number of blocks.
  public var layers: Int
  /// The number of attention heads in each.
  public var heads: Int

  /// The architecture of GPT-2 with these sizes.
  func configuration(vocabulary: Int) -> TransformerConfiguration {
    TransformerConfiguration(
      family: .gpt2, vocabulary: vocabulary, width: width, layers: layers,
      contextLength: context, normalization: .init(.layer), positions: .learned,
      attention: .init(
        layers: layers, heads: heads, headWidth: width / heads, hasInputBias: true,
        hasOutputBias: true),
      feedForward: .init(
        width: 4 * width, activation: .geluTanh, isGated: false, hasBias: true),
      isTied: true)
  }
}
