/// Merges the bytes of one piece into tokens: always the pair of lowest rank, the leftmost of equals.
///
/// Holds working memory that is worth keeping from piece to piece. A short piece is an array that
/// is searched for its lowest rank after every merge. A long one is a linked list with a heap of its
/// pairs, so that `n` bytes take `n log n` time whatever they are.
struct PieceMerger: Sendable {
  /// Pieces up to this many bytes are merged as arrays; beyond it the heap was faster.
  static let longestArray = 48

  /// The tokens: after ``merge(with:)``, what the piece became.
  private(set) var symbols: [Int32] = []
  /// Pairs taken from the heap, in total; a measure of work that needs no clock.
  private(set) var heapPops = 0

  // For each symbol, what merging it with the next gives, as `Merges` has it.
  private var candidates: [UInt64] = []
  private var next: [Int32] = []
  private var previous: [Int32] = []
  private var heap = MinimumHeap<UInt64>()

  /// Starts a piece: the ids of its bytes, without those bytes that have none (-1).
  @inline(__always)
  mutating func start(_ bytes: Span<UInt8>, byteIDs: [Int32]) {
    symbols.removeAll(keepingCapacity: true)
    for position in bytes.indices {
      let id = byteIDs[Int(bytes[position])]
      if id >= 0 { symbols.append(id) }
    }
  }

  /// Makes one id the result, for a piece that needs no merging.
  mutating func set(_ id: Int32) {
    symbols.removeAll(keepingCapacity: true)
    symbols.append(id)
  }

  /// Merges until no two neighbors have a merge.
  mutating func merge(with merges: PairTable) {
    if symbols.count <= Self.longestArray {
      mergeArray(with: merges)
    } else {
      mergeList(with: merges)
    }
  }

  private mutating func mergeArray(with merges: PairTable) {
    guard symbols.count > 1 else { return }
    candidates.removeAll(keepingCapacity: true)
    for index in 1..<symbols.count {
      candidates.append(merges[TokenPair(symbols[index - 1], symbols[index])])
    }
    let count = Self.mergeArray(&symbols, &candidates, with: merges)
    symbols.removeLast(symbols.count - count)
  }

  /// Merges in place and returns how many symbols are left.
  private static func mergeArray(
    _ symbolArray: inout [Int32], _ candidateArray: inout [UInt64], with merges: PairTable
  ) -> Int {
    var symbols = symbolArray.mutableSpan
    var candidates = candidateArray.mutableSpan
    var count = symbols.count
    while count > 1 {
      var best = PairTable.absent
      var position = 0
      for index in 0..<count - 1 where candidates[index] < best {
        best = candidates[index]
        position = index
      }
      guard best != PairTable.absent else { break }
      symbols[position] = Merge.product(of: best)
      count -= 1
      for index in position + 1..<max(count, position + 1) {
        symbols[index] = symbols[index + 1]
        candidates[index - 1] = candidates[index]
      }
      if position > 0 {
        candidates[position - 1] = merges[TokenPair(symbols[position - 1], symbols[position])]
      }
      if position + 1 < count {
        candidates[position] = merges[TokenPair(symbols[position], symbols[position + 1])]
      }
    }
    return count
  }

  private mutating func mergeList(with merges: PairTable) {
    let count = symbols.count
    next = Array(1...Int32(count))
    previous = Array(-1..<Int32(count - 1))
    heap.reset(
      to: (1..<count).lazy.compactMap { [symbols] index in
        Self.heapEntry(
          merges[TokenPair(symbols[index - 1], symbols[index])], position: index - 1)
      })
    while let entry = heap.popMinimum() {
      heapPops += 1
      let position = Int(entry & 0xFFFF_FFFF)
      let right = Int(next[position])
      // The pair here may have changed since the entry was made; its rank tells.
      guard symbols[position] >= 0, right < count else { continue }
      let merge = merges[TokenPair(symbols[position], symbols[right])]
      guard merge != PairTable.absent, Merge.rank(of: merge) == entry >> 32 else { continue }
      symbols[position] = Merge.product(of: merge)
      symbols[right] = -1
      let following = Int(next[right])
      next[position] = Int32(following)
      if following < count {
        previous[following] = Int32(position)
        push(merges[TokenPair(symbols[position], symbols[following])], position: position)
      }
      let preceding = Int(previous[position])
      if preceding >= 0 {
        push(merges[TokenPair(symbols[preceding], symbols[position])], position: preceding)
      }
    }
    symbols.removeAll { $0 < 0 }
  }

  private mutating func push(_ merge: UInt64, position: Int) {
    if let entry = Self.heapEntry(merge, position: position) { heap.insert(entry) }
  }

  /// Rank above, position below: the least entry is the leftmost pair of the lowest rank.
  private static func heapEntry(_ merge: UInt64, position: Int) -> UInt64? {
    merge == PairTable.absent ? nil : Merge.rank(of: merge) << 32 | UInt64(position)
  }
}
