import Synchronization

/// Working memory for encoding: a merger, and the pieces met before with their ids.
struct PieceMemory: Sendable {
  // Longer pieces seldom come back; beyond this many pieces the memory starts afresh.
  private static let longestPiece = 64
  private static let pieceLimit = 1 << 16

  private var known = ByteStringTable()
  // The ids of known piece `n` are ids[ends[n - 1]..<ends[n]].
  private var ends: [Int] = []
  private var ids: [Int32] = []
  private(set) var merger = PieceMerger()

  /// Appends the ids of one piece.
  @inline(__always)
  mutating func encode(
    _ piece: Span<UInt8>, with tokenizer: borrowing BPETokenizer, into result: inout [Int]
  ) {
    if piece.count > Self.longestPiece {
      encodeUnseen(piece, with: tokenizer)
      for id in merger.symbols { result.append(Int(id)) }
      return
    }
    let (index, isNew) = known.insert(piece)
    if isNew { remember(piece, with: tokenizer) }
    for position in (index == 0 ? 0 : ends[index - 1])..<ends[index] {
      result.append(Int(ids[position]))
    }
    if ends.count == Self.pieceLimit { forget() }
  }

  private mutating func remember(_ piece: Span<UInt8>, with tokenizer: borrowing BPETokenizer) {
    encodeUnseen(piece, with: tokenizer)
    ids.append(contentsOf: merger.symbols)
    ends.append(ids.count)
  }

  private mutating func encodeUnseen(
    _ piece: Span<UInt8>, with tokenizer: borrowing BPETokenizer
  ) {
    if tokenizer.configuration.ignoresMergesOfWholePieces,
      let id = tokenizer.vocabulary.id(of: piece)
    {
      merger.set(id)
      return
    }
    merger.start(piece, byteIDs: tokenizer.byteIDs)
    merger.merge(with: tokenizer.merges)
  }

  private mutating func forget() {
    known.removeAll()
    ends.removeAll(keepingCapacity: true)
    ids.removeAll(keepingCapacity: true)
  }
}

/// Memories that no call is using, so that the next call starts warm.
///
/// A call takes one or makes one, has it to itself, and gives it back; so calls at the same time
/// never wait for each other's encoding.
final class PieceMemoryPool: Sendable {
  private let idle = Mutex<[PieceMemory]>([])

  func take() -> PieceMemory {
    idle.withLock { $0.popLast() } ?? PieceMemory()
  }

  func giveBack(_ memory: consuming PieceMemory) {
    let memory = memory
    idle.withLock { $0.append(memory) }
  }
}
