/// Which weights a reward may move.
public enum TrainedPart: Sendable, Hashable, Codable {
  /// The unembedding alone. Where a model shares it with the embedding, a copy of its own is trained
  /// and the embedding stays as it was.
  case finalLayer
  /// The one matrix that a model has as embedding and unembedding, in both roles.
  case tiedFinalLayer
  /// The last block and the normalization after it.
  case lastBlock
  /// Everything.
  case all
  /// Products of two thin matrices that are added to the matrices of all blocks,
  /// `W + alpha / rank · A B`; the model's own weights stay as they were.
  ///
  /// Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", 2021.
  case lowRank(rank: Int, alpha: Double)

  /// Whether the hidden states change, so that the base needs a forward pass of its own.
  public var movesBody: Bool { self != .finalLayer }

  /// The part in words.
  public var name: String {
    switch self {
    case .finalLayer: "final-layer"
    case .tiedFinalLayer: "final-layer, tied"
    case .lastBlock: "last-block"
    case .all: "all"
    case .lowRank: "lora"
    }
  }
}
