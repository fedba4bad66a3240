import LanguageModels
import PlumbKernels

/// What a decoder remembers of several sequences: the keys and values of all layers.
///
/// `@unchecked Sendable`: a cache is used by one task at a time; its memory is touched on the compute
/// thread alone.
public final class KeyValueCache: @unchecked Sendable {
  /// The number of sequences.
  public let sequences: Int
  /// The positions that each sequence can have.
  public let capacity: Int
  /// The positions that each sequence has.
  public internal(set) var lengths: [Int]
  let layers: [AttentionCache]
  /// The cosines and sines of the turns at each position, for rotary positions.
  let turns: (cosines: DecoderVector, sines: DecoderVector)?

  init(_ configuration: TransformerConfiguration, sequences: Int, capacity: Int) throws {
    self.sequences = sequences
    self.capacity = capacity
    lengths = Array(repeating: 0, count: sequences)
    if case .rotary(let rotary) = configuration.positions {
      let tables = rotary.tables(count: capacity)
      turns = (try DecoderVector(tables.cosines), try DecoderVector(tables.sines))
    } else {
      turns = nil
    }
    layers = try (0..<configuration.layers).map { _ throws(MemoryError) in
      try AttentionCache(
        sequences: sequences, heads: configuration.attention.keyValueHeads,
        width: configuration.attention.headWidth, capacity: capacity)
    }
  }

  /// The bytes that the cache takes.
  public var byteCount: Int { layers.reduce(0) { $0 + $1.byteCount } }

  /// Makes a sequence a copy of another.
  public func copy(sequence source: Int, to target: Int) {
    for layer in layers { layer.copy(sequence: source, to: target, positions: lengths[source]) }
    lengths[target] = lengths[source]
  }

  /// Forgets the positions of a sequence from `length` on.
  public func truncate(sequence: Int, to length: Int) {
    lengths[sequence] = min(lengths[sequence], length)
  }
}
