import CKernels

/// The keys and values of one layer for several sequences.
///
/// `@unchecked Sendable`: the memory changes only on the compute thread.
public final class AttentionCache: @unchecked Sendable {
  /// Positions come in chunks of this size.
  public static let chunk = 64

  /// The number of sequences.
  public let sequences: Int
  /// The number of key and value heads.
  public let heads: Int
  /// The width of a head.
  public let width: Int
  /// The positions for which there is room.
  public let capacity: Int
  private let keys: AlignedBuffer
  private let values: AlignedBuffer
  private var valueWidth: Int { (width + 15) / 16 * 16 }

  /// Reserves a cache, with room for `capacity` positions rounded up to a multiple of ``chunk``.
  ///
  /// - Throws: ``MemoryError/outOfMemory(byteCount:)``.
  public init(sequences: Int, heads: Int, width: Int, capacity: Int) throws(MemoryError) {
    let capacity = (max(capacity, 1) + Self.chunk - 1) / Self.chunk * Self.chunk
    self.sequences = sequences
    self.heads = heads
    self.width = width
    self.capacity = capacity
    let places = sequences * heads * capacity
    // What is masked is multiplied with 0 all the same, so that it must be finite.
    keys = try AlignedBuffer(byteCount: places * width * 4, zeroed: true)
    values = try AlignedBuffer(byteCount: places * ((width + 15) / 16 * 16) * 4, zeroed: true)
  }

  /// The bytes that the cache takes.
  public var byteCount: Int { keys.byteCount + values.byteCount }

  /// Copies the first `positions` positions of one sequence to another.
  public func copy(sequence source: Int, to target: Int, positions: Int) {
    precondition(
      source < sequences && target < sequences && source >= 0 && target >= 0
        && positions <= capacity, "sequence \(source) to \(target) of \(sequences)")
    guard positions > 0, source != target else { return }
    // Keys lie in panels of 16 positions.
    let keyCount = (positions + 15) / 16 * 16 * width * 4
    let valueCount = positions * valueWidth * 4
    for head in 0..<heads {
      let from = (source * heads + head) * capacity
      let to = (target * heads + head) * capacity
      (keys.baseAddress + to * width * 4).copyMemory(
        from: keys.baseAddress + from * width * 4, byteCount: keyCount)
      (values.baseAddress + to * valueWidth * 4).copyMemory(
        from: values.baseAddress + from * valueWidth * 4, byteCount: valueCount)
    }
  }

  /// Calls C with the description of the cache.
  func withDescription<Result>(
    _ body: (UnsafePointer<ck_attention_cache>) -> Result
  ) -> Result {
    withExtendedLifetime(self) {
      var cache = ck_attention_cache(
        keys: keys.baseAddress.assumingMemoryBound(to: Float.self),
        values: values.baseAddress.assumingMemoryBound(to: Float.self), key_heads: Int64(heads),
        width: Int64(width), value_width: Int64(valueWidth), capacity: Int64(capacity))
      return withUnsafePointer(to: &cache, body)
    }
  }
}
