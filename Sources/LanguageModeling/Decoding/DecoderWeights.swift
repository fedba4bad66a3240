import LanguageModels
import PlumbKernels

/// A vector of 32-bit floats in memory that kernels read.
struct DecoderVector: Sendable {
  let slice: BufferSlice
  let count: Int

  init(_ values: [Float]) throws(MemoryError) {
    slice = BufferSlice(try AlignedBuffer(values))
    count = values.count
  }
}

/// A matrix and the bias that follows it.
struct DecoderProjection: Sendable {
  let matrix: PackedMatrix
  let bias: DecoderVector?
}

/// The gain and bias of a normalization.
struct DecoderNormalization: Sendable {
  let gain: DecoderVector?
  let bias: DecoderVector?
}

/// The weights of a block.
struct DecoderLayer: Sendable {
  let first: DecoderNormalization
  /// Queries, keys and values side by side.
  let queriesKeysValues: DecoderProjection
  let output: DecoderProjection
  let second: DecoderNormalization
  /// The gates, if there are any, and then the neurons.
  let neurons: DecoderProjection?
  let down: DecoderProjection?

  var byteCount: Int {
    [queriesKeysValues, output, neurons, down].reduce(0) { $0 + ($1?.matrix.byteCount ?? 0) }
  }
}

/// Where the vectors of tokens come from.
enum EmbeddingTable: Sendable {
  /// The unembedding, of which a token's column is its vector.
  case tied(PackedMatrix)
  /// A table of its own, `[vocabulary, width]`.
  case rows(DecoderVector)
  /// Rows of a stored tensor, read when they are needed.
  case stored(StoredParameter)
}

/// How positions enter.
enum PositionTable: Sendable {
  case none
  /// A vector per position.
  case learned(DecoderVector)
  /// Queries and keys turn; the angles are kept with a cache.
  case rotary(RotaryPositions)
}
