/// What a language training trains, and on what.
public struct LanguageTraining: Sendable, Hashable, Codable {
  /// A text corpus and how often it is read.
  public struct Corpus: Sendable, Hashable, Codable {
    /// The file in the data folder: text, or text compressed with bzip2, gzip or xz.
    public var file: String
    /// The kind of text, under which scores are reported.
    public var register: String
    /// How many times as often as its size alone would have it the corpus is drawn from.
    public var weight: Double
  }

  /// The texts.
  public var corpora: [Corpus]
  /// The number of tokens, `<|endoftext|>` among them.
  public var vocabulary: Int
  /// The number of positions.
  public var context: Int
  /// The width of the residual stream.
  public var width: Int
  /// The number of blocks.
  public var layers: Int
  /// The number of attention heads in each.
  public var heads: Int
}
