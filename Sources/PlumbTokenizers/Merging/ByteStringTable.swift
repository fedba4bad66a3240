/// A hash table of byte strings, numbered from 0 in the order in which they came.
///
/// All keys lie in one array, so looking up a part of a text makes no objects. Open addressing with
/// linear probing; the hash is FNV-1a with a final mix and has no random seed, so that equal input
/// gives equal work.
struct ByteStringTable: Sendable {
  private struct Slot {
    var hash: UInt32 = 0
    var index: Int32 = -1
  }

  private var slots: [Slot]
  private var ends: [Int] = []
  private var pool: [UInt8] = []

  init(minimumCapacity: Int = 512) {
    let size = max(1024, minimumCapacity * 2).nextPowerOfTwo
    slots = [Slot](repeating: Slot(), count: size)
    ends.reserveCapacity(minimumCapacity)
  }

  /// How many keys there are.
  var count: Int { ends.count }

  /// The key with this number.
  subscript(index: Int) -> ArraySlice<UInt8> { pool[range(of: index)] }

  /// The number of a key, or nil.
  @inline(__always)
  func index(of key: Span<UInt8>) -> Int? {
    let found = slots[slot(for: key, hash: Self.hash(of: key))].index
    return found < 0 ? nil : Int(found)
  }

  /// The number of a key, which is added if it is new.
  @inline(__always)
  mutating func insert(_ key: Span<UInt8>) -> (index: Int, isNew: Bool) {
    let hash = Self.hash(of: key)
    let slot = slot(for: key, hash: hash)
    let found = slots[slot].index
    if found >= 0 { return (Int(found), false) }
    let index = ends.count
    slots[slot] = Slot(hash: hash, index: Int32(index))
    for position in key.indices { pool.append(key[position]) }
    ends.append(pool.count)
    if ends.count * 2 > slots.count { grow() }
    return (index, true)
  }

  /// Forgets all keys and keeps the memory.
  mutating func removeAll() {
    for slot in slots.indices { slots[slot] = Slot() }
    ends.removeAll(keepingCapacity: true)
    pool.removeAll(keepingCapacity: true)
  }

  @inline(__always)
  private func range(of index: Int) -> Range<Int> {
    (index == 0 ? 0 : ends[index - 1])..<ends[index]
  }

  /// The slot that holds the key, or the empty one where it belongs.
  @inline(__always)
  private func slot(for key: Span<UInt8>, hash: UInt32) -> Int {
    let mask = slots.count - 1
    var slot = Int(hash) & mask
    while true {
      let entry = slots[slot]
      if entry.index < 0 || (entry.hash == hash && isKey(Int(entry.index), equalTo: key)) {
        return slot
      }
      slot = (slot + 1) & mask
    }
  }

  @inline(__always)
  private func isKey(_ index: Int, equalTo key: Span<UInt8>) -> Bool {
    let range = range(of: index)
    guard range.count == key.count else { return false }
    for offset in key.indices where pool[range.lowerBound + offset] != key[offset] { return false }
    return true
  }

  private mutating func grow() {
    var larger = [Slot](repeating: Slot(), count: slots.count * 2)
    let mask = larger.count - 1
    for entry in slots where entry.index >= 0 {
      var slot = Int(entry.hash) & mask
      while larger[slot].index >= 0 { slot = (slot + 1) & mask }
      larger[slot] = entry
    }
    slots = larger
  }

  @inline(__always)
  private static func hash(of key: Span<UInt8>) -> UInt32 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for position in key.indices { hash = (hash ^ UInt64(key[position])) &* 0x100_0000_01b3 }
    // The low bits of FNV are weak for short keys; this brings the high ones down.
    return UInt32(truncatingIfNeeded: (hash ^ (hash >> 29)) &* 0x9E37_79B9_7F4A_7C15 >> 32)
  }
}

extension Int {
  /// The least power of two that is not below this number, which is positive.
  var nextPowerOfTwo: Int { 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
