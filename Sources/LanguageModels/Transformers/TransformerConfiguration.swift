import Foundation

/// What a decoder transformer computes, apart from its weights: one description for all families.
///
/// Widths count numbers per token; a head's width is the field's `d_head`.
public struct TransformerConfiguration: Sendable, Hashable, Codable {
  /// How the model's files are named and laid out; what is computed, the other fields say.
  public enum Family: String, Sendable, Hashable, Codable, CaseIterable {
    /// GPT-2.
    case gpt2
    /// GPT-Neo.
    case gptNeo = "gpt_neo"
    /// GPT-NeoX and Pythia.
    case gptNeoX = "gpt_neox"
    /// Llama 2 and 3.
    case llama
    /// Mistral.
    case mistral
    /// Qwen2 and Qwen2.5.
    case qwen2
    /// Any other shape, such as attention-only toys, in Plumbline's own names.
    case plumbline
  }

  /// How a residual stream is normalized before it is read.
  public struct Normalization: Sendable, Hashable, Codable {
    /// Which statistic it is divided by.
    public enum Kind: String, Sendable, Hashable, Codable {
      /// Nothing happens.
      case none
      /// The mean is subtracted, then the standard deviation divides.
      case layer
      /// The root mean square divides.
      case rms
    }

    /// Which statistic it is divided by.
    public var kind: Kind
    /// What is added to the variance or mean square.
    public var epsilon: Float
    /// Whether learned gains, and biases for `layer`, follow; `false` once they are folded away.
    public var hasGain: Bool

    /// Creates a normalization.
    public init(_ kind: Kind, epsilon: Float = 1e-5, hasGain: Bool = true) {
      self.kind = kind
      self.epsilon = epsilon
      self.hasGain = hasGain
    }
  }

  /// How tokens know their places.
  public enum Positions: Sendable, Hashable, Codable {
    /// Not at all, but for the causal mask.
    case none
    /// A learned vector per position, added to the embedding.
    case learned
    /// Queries and keys turned by an angle.
    case rotary(RotaryPositions)
  }

  /// How queries attend to keys.
  public struct Attention: Sendable, Hashable, Codable {
    /// Query heads.
    public var heads: Int
    /// Key and value heads, a divisor of `heads`; query head `h` reads the one at
    /// `h / (heads / keyValueHeads)`.
    public var keyValueHeads: Int
    /// The width of a head.
    public var headWidth: Int
    /// What scores are multiplied with, `1 / √headWidth` for most.
    public var scale: Float
    /// Whether layer `l`'s scores are also divided by `l + 1`.
    public var dividesByLayer: Bool
    /// Whether queries, keys and values have biases.
    public var hasInputBias: Bool
    /// Whether the output has a bias.
    public var hasOutputBias: Bool
    /// Per layer how many positions a query sees, itself included; `nil` where all before it.
    public var windows: [Int?]

    /// Creates a description; every layer sees all positions unless `windows` says otherwise.
    public init(
      layers: Int, heads: Int, keyValueHeads: Int? = nil, headWidth: Int, scale: Float? = nil,
      dividesByLayer: Bool = false, hasInputBias: Bool, hasOutputBias: Bool,
      windows: [Int?]? = nil
    ) {
      self.heads = heads
      self.keyValueHeads = keyValueHeads ?? heads
      self.headWidth = headWidth
      self.scale = scale ?? 1 / Float(headWidth).squareRoot()
      self.dividesByLayer = dividesByLayer
      self.hasInputBias = hasInputBias
      self.hasOutputBias = hasOutputBias
      self.windows = windows ?? Array(repeating: nil, count: layers)
    }

    /// What layer `layer`'s scores are multiplied with.
    public func scale(inLayer layer: Int) -> Float {
      dividesByLayer ? scale / Float(layer + 1) : scale
    }
  }

  /// What follows attention in a block.
  public struct FeedForward: Sendable, Hashable, Codable {
    /// The nonlinearity.
    public enum Activation: String, Sendable, Hashable, Codable {
      /// GELU through tanh, Hugging Face's `gelu_new`.
      case geluTanh
      /// GELU through erf, Hugging Face's `gelu`.
      case geluErf
      /// x times its sigmoid.
      case silu
      /// The positive part.
      case relu
    }

    /// How many neurons a layer has.
    public var width: Int
    /// The nonlinearity.
    public var activation: Activation
    /// Whether the activations multiply a second projection, as in SwiGLU.
    public var isGated: Bool
    /// Whether the projections have biases.
    public var hasBias: Bool

    /// Creates a description.
    public init(width: Int, activation: Activation, isGated: Bool, hasBias: Bool) {
      self.width = width
      self.activation = activation
      self.isGated = isGated
      self.hasBias = hasBias
    }
  }

  /// How the model's files are named and laid out.
  public var family: Family
  /// Tokens that have an embedding; a few more than the tokenizer has in padded vocabularies.
  public var vocabulary: Int
  /// The width of the residual stream.
  public var width: Int
  /// The number of blocks.
  public var layers: Int
  /// The most positions the model was made for.
  public var contextLength: Int
  /// How the residual stream is normalized, in blocks and at the end.
  public var normalization: Normalization
  /// How tokens know their places.
  public var positions: Positions
  /// How queries attend to keys.
  public var attention: Attention
  /// What follows attention; `nil` in attention-only models.
  public var feedForward: FeedForward?
  /// Whether a block's attention and MLP read the same residual stream, as in GPT-NeoX.
  public var isParallel: Bool
  /// Whether the unembedding is the embedding transposed.
  public var isTied: Bool
  /// Whether the logits have a bias, as they do once normalizations are folded into the weights.
  public var hasUnembeddingBias: Bool

  /// Creates a description of any transformer that the fields can say.
  public init(
    family: Family = .plumbline, vocabulary: Int, width: Int, layers: Int, contextLength: Int,
    normalization: Normalization, positions: Positions, attention: Attention,
    feedForward: FeedForward?, isParallel: Bool = false, isTied: Bool = false,
    hasUnembeddingBias: Bool = false
  ) {
    self.family = family
    self.vocabulary = vocabulary
    self.width = width
    self.layers = layers
    self.contextLength = contextLength
    self.normalization = normalization
    self.positions = positions
    self.attention = attention
    self.feedForward = feedForward
    self.isParallel = isParallel
    self.isTied = isTied
    self.hasUnembeddingBias = hasUnembeddingBias
  }
}
