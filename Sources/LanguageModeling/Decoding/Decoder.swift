import LanguageModels
import PlumbFiles
import PlumbKernels
import PlumbRuntime

/// A decoder transformer made ready to write: its weights packed for few rows at a time.
///
/// ```swift
/// let decoder = try Decoder(contentsOf: "gpt2", precision: .bf16)
/// let cache = try decoder.makeCache(sequences: 1, capacity: 40)
/// var hidden = try decoder.append([.init(sequence: 0, ids: prompt)], to: cache)
/// let logits = try decoder.logits(of: hidden)
/// ```
///
/// A token's numbers depend on the tokens before it in its sequence and on nothing else: they are
/// the same to the bit alone or in a batch, one by one or as part of a prompt, on any number of
/// threads. This holds in each precision.
///
/// The weights are copied when the decoder is made; later changes of a model do not reach it.
public final class Decoder: Sendable {
  /// What the model computes.
  public let configuration: TransformerConfiguration
  /// How the weights are kept.
  public let precision: WeightPrecision
  /// The model's own unembedding.
  public let unembedding: Unembedding

  let thread: ComputeThread
  let embedding: EmbeddingTable
  let positions: PositionTable
  let layers: [DecoderLayer]
  let finalNormalization: DecoderNormalization

  /// The number of threads that compute together.
  public var threads: Int { thread.threadCount }

  /// Packs a model's weights.
  ///
  /// - Parameters:
  ///   - model: A model, or a `TransformerCheckpoint`, whose files are read in place.
  ///   - precision: How the weights are kept.
  ///   - threads: The number of threads; `nil` for those that are free.
  /// - Throws: `MemoryError` if there is no memory, or an error of the model's files.
  public init(
    _ model: some TransformerParameters, precision: WeightPrecision = .fp32, threads: Int? = nil
  ) throws {
    let thread = try ComputeThread.shared(threads: threads)
    let loader = DecoderLoader(model: model, precision: precision)
    let configuration = model.configuration
    let parts = try thread.run {
      let unembedding = try loader.unembedding()
      return (
        unembedding, try loader.embedding(sharedWith: unembedding), try loader.positions(),
        try (0..<configuration.layers).map { try loader.layer($0) },
        try loader.normalization("ln_final")
      )
    }
    self.configuration = configuration
    self.precision = precision
    self.thread = thread
    (unembedding, embedding, positions, layers, finalNormalization) = parts
  }

  /// Packs the weights of a Hugging Face folder, reading its files in place.
  ///
  /// - Parameters:
  ///   - folder: A folder with `config.json` and safetensors.
  ///   - precision: How the weights are kept.
  ///   - threads: The number of threads; `nil` for those that are free.
  /// - Throws: An error of the folder's files, or `MemoryError`.
  public convenience init(
    contentsOf folder: String, precision: WeightPrecision = .fp32, threads: Int? = nil
  ) throws {
    try self.init(
      TransformerCheckpoint(contentsOf: folder), precision: precision, threads: threads)
  }

  /// The bytes of weights that are read to compute the logits of one token.
  public var bytesPerToken: Int {
    layers.reduce(unembedding.matrix.byteCount) { $0 + $1.byteCount }
  }

  /// Packs another unembedding, so that a changed last layer shares this decoder's body.
  ///
  /// - Parameters:
  ///   - weights: The matrix; `[vocabulary, width]` as Hugging Face has it, or `[width, vocabulary]`
  ///     as TransformerLens does.
  ///   - layout: Which of the two.
  ///   - bias: One number per token, or none.
  ///   - precision: How the weights are kept; `nil` as in this decoder.
  /// - Returns: What ``logits(of:with:into:)`` takes.
  /// - Throws: `MemoryError` if there is no memory.
  public func pack(
    unembedding weights: [Float], layout: Unembedding.Layout = .vocabularyByWidth,
    bias: [Float]? = nil, precision: WeightPrecision? = nil
  ) throws -> Unembedding {
    let (vocabulary, width) = (configuration.vocabulary, configuration.width)
    precondition(
      weights.count == vocabulary * width && bias?.count ?? vocabulary == vocabulary,
      "\(weights.count) weights for \(vocabulary) tokens and a width of \(width)")
    let isRows = layout == .vocabularyByWidth
    return try thread.run {
      let matrix = try PackedMatrix(
        outputs: vocabulary, inputs: width, precision: precision ?? self.precision)
      matrix.pack(
        outputs: 0..<vocabulary, from: weights, outputStride: isRows ? width : 1,
        inputStride: isRows ? 1 : vocabulary)
      return Unembedding(matrix: matrix, bias: try bias.map { try DecoderVector($0).slice })
    }
  }
}

/// A matrix from final hidden states to logits.
public struct Unembedding: Sendable {
  /// The order of an unembedding's numbers.
  public enum Layout: Sendable, Hashable {
    /// A row per token, `[vocabulary, width]`.
    case vocabularyByWidth
    /// A column per token, `[width, vocabulary]`.
    case widthByVocabulary
  }

  let matrix: PackedMatrix
  let bias: BufferSlice?

  /// Takes a matrix of `[vocabulary]` outputs and what is added to them, `[vocabulary]`.
  public init(matrix: PackedMatrix, bias: BufferSlice?) {
    (self.matrix, self.bias) = (matrix, bias)
  }

  /// How the weights are kept.
  public var precision: WeightPrecision { matrix.precision }
}
