import LanguageModels
import PlumbKernels

extension Decoder {
  /// Tokens that follow in a sequence of a cache.
  public struct Continuation: Sendable {
    /// The sequence.
    public var sequence: Int
    /// The tokens, at least one.
    public var ids: [Int]

    /// Creates a continuation.
    public init(sequence: Int, ids: [Int]) {
      self.sequence = sequence
      self.ids = ids
    }
  }

  /// Which final hidden states are wanted.
  public enum Kept: Sendable, Hashable {
    /// That of each continuation's last token: one row each.
    case last
    /// Those of all tokens, one continuation after the other.
    case all
  }

  /// Makes a cache for sequences of this model.
  ///
  /// - Parameters:
  ///   - sequences: The number of sequences.
  ///   - capacity: The positions that each can have, at most ``contextLimit``.
  /// - Returns: An empty cache.
  /// - Throws: `TransformerError.tooLong(positions:limit:)`, or
  ///   `MemoryError` if there is no memory.
  public func makeCache(sequences: Int, capacity: Int) throws -> KeyValueCache {
    try checkLength(capacity)
    return try KeyValueCache(configuration, sequences: sequences, capacity: capacity)
  }

  /// The most positions that a sequence can have.
  public var contextLimit: Int { configuration.contextLength }

  private func checkLength(_ positions: Int) throws(TransformerError) {
    guard positions <= contextLimit else {
      throw .tooLong(positions: positions, limit: contextLimit)
    }
  }

  /// Reads tokens, remembers their keys and values, and returns final hidden states.
  ///
  /// A final hidden state is what the unembedding reads: after the last normalization.
  ///
  /// - Parameters:
  ///   - continuations: Tokens for some sequences, no sequence twice.
  ///   - cache: What came before; it grows.
  ///   - kept: Which states are wanted.
  /// - Returns: The states, a row of `width` numbers each.
  /// - Throws: `TransformerError` if a continuation is empty or too long, or has an id
  ///   that is not a token.
  public func append(
    _ continuations: [Continuation], to cache: KeyValueCache, keeping kept: Kept = .last
  ) throws -> RowBuffer {
    var rows = DecodingRows()
    for (index, continuation) in continuations.enumerated() {
      let start = cache.lengths[continuation.sequence]
      guard !continuation.ids.isEmpty else { throw TransformerError.emptyPrompt(row: index) }
      guard start + continuation.ids.count <= cache.capacity else {
        throw TransformerError.tooLong(
          positions: start + continuation.ids.count, limit: cache.capacity)
      }
      for (offset, id) in continuation.ids.enumerated() {
        guard id >= 0, id < configuration.vocabulary else {
          throw TransformerError.unknownToken(id: id, vocabulary: configuration.vocabulary)
        }
        rows.append(
          id: id, sequence: continuation.sequence, position: start + offset,
          isKept: kept == .all || offset == continuation.ids.count - 1)
      }
    }
    let result = try thread.run { try compute(rows, cache) }
    for continuation in continuations {
      cache.lengths[continuation.sequence] += continuation.ids.count
    }
    return result
  }

  /// The logits of final hidden states.
  ///
  /// - Parameters:
  ///   - hidden: A row per state.
  ///   - unembedding: Another unembedding than the model's own.
  ///   - result: Where to put them; `nil` for new memory.
  /// - Returns: The logits, a row of `vocabulary` numbers per state.
  /// - Throws: `MemoryError` if there is no memory.
  @discardableResult
  public func logits(
    of hidden: RowBuffer, with unembedding: Unembedding? = nil, into result: RowBuffer? = nil
  ) throws -> RowBuffer {
    let unembedding = unembedding ?? self.unembedding
    precondition(hidden.columns == unembedding.matrix.inputs, "states of another width")
    let columns = unembedding.matrix.outputs
    let result = try result ?? RowBuffer(rows: hidden.rows, columns: columns)
    try result.resize(rows: hidden.rows)
    thread.run {
      DecodingKernels.product(
        unembedding.matrix, rows: hidden.rows, result: .init(result.memory, stride: columns),
        source: .init(hidden.memory, stride: hidden.columns), bias: unembedding.bias)
    }
    return result
  }

  /// The final hidden states of whole sequences, without a cache that outlives the call.
  ///
  /// - Parameter sequences: Token ids of each sequence.
  /// - Returns: For each sequence a row per token.
  /// - Throws: As ``append(_:to:keeping:)``.
  public func hiddenStates(of sequences: [[Int]]) throws -> [RowBuffer] {
    var states: [RowBuffer] = []
    for start in stride(from: 0, to: sequences.count, by: 16) {
      let part = sequences[start..<min(start + 16, sequences.count)]
      let cache = try makeCache(
        sequences: part.count, capacity: part.map(\.count).max() ?? 1)
      let together = try append(
        part.enumerated().map { .init(sequence: $0.offset, ids: $0.element) }, to: cache,
        keeping: .all)
      var row = 0
      for ids in part {
        states.append(try together.rows(row..<row + ids.count))
        row += ids.count
      }
    }
    return states
  }
}

/// Tokens that are read together, and where each stands.
struct DecodingRows {
  private(set) var ids: [Int32] = []
  private(set) var sequences: [Int32] = []
  private(set) var positions: [Int32] = []
  private(set) var isKept: [Bool] = []

  var count: Int { ids.count }

  mutating func append(id: Int, sequence: Int, position: Int, isKept: Bool) {
    ids.append(Int32(id))
    sequences.append(Int32(sequence))
    positions.append(Int32(position))
    self.isKept.append(isKept)
  }

  /// A part of the rows.
  subscript(range: Range<Int>) -> DecodingRows {
    var part = DecodingRows()
    part.ids = Array(ids[range])
    part.sequences = Array(sequences[range])
    part.positions = Array(positions[range])
    part.isKept = Array(isKept[range])
    return part
  }
}
