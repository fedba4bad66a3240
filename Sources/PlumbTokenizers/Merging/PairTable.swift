/// Two neighboring tokens, as one number: the left id in the high half.
struct TokenPair: Hashable, Comparable, Sendable {
  let bits: UInt64

  @inline(__always)
  init(_ left: Int32, _ right: Int32) {
    bits = UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  var left: Int32 { Int32(truncatingIfNeeded: bits >> 32) }
  var right: Int32 { Int32(truncatingIfNeeded: bits) }

  static func < (first: TokenPair, second: TokenPair) -> Bool { first.bits < second.bits }
}

/// A hash table from token pairs to 64-bit values, with open addressing and linear probing.
struct PairTable: Sendable {
  private struct Slot {
    var pair: UInt64
    var value: UInt64
  }

  /// What an absent pair has; no value may equal it.
  static let absent = UInt64.max

  private var slots: [Slot]
  private(set) var count = 0

  init(minimumCapacity: Int = 512) {
    let size = max(1024, minimumCapacity * 2).nextPowerOfTwo
    slots = [Slot](repeating: Slot(pair: .max, value: Self.absent), count: size)
  }

  /// The value of a pair, ``absent`` if it has none.
  subscript(pair: TokenPair) -> UInt64 {
    @inline(__always) get { slots[slot(for: pair.bits)].value }
    set {
      let slot = slot(for: pair.bits)
      if slots[slot].pair == .max { count += 1 }
      slots[slot] = Slot(pair: pair.bits, value: newValue)
      if count * 2 > slots.count { grow() }
    }
  }

  /// Calls `body` with each pair and its value, in no useful order.
  func forEach(_ body: (TokenPair, UInt64) -> Void) {
    for slot in slots where slot.pair != .max {
      body(
        TokenPair(
          Int32(truncatingIfNeeded: slot.pair >> 32), Int32(truncatingIfNeeded: slot.pair)),
        slot.value)
    }
  }

  @inline(__always)
  private func slot(for pair: UInt64) -> Int {
    let mask = slots.count - 1
    let mixed = pair &* 0x9E37_79B9_7F4A_7C15
    var slot = Int(truncatingIfNeeded: (mixed ^ (mixed >> 32)) & UInt64(mask))
    while slots[slot].pair != pair, slots[slot].pair != .max { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func grow() {
    let old = slots
    slots = [Slot](repeating: Slot(pair: .max, value: Self.absent), count: old.count * 2)
    for entry in old where entry.pair != .max { slots[slot(for: entry.pair)] = entry }
  }
}

/// A merge as a value in a ``PairTable``: its rank above, the id that it makes below.
enum Merge {
  @inline(__always)
  static func value(rank: Int, product: Int32) -> UInt64 {
    UInt64(rank) << 32 | UInt64(UInt32(bitPattern: product))
  }

  @inline(__always)
  static func rank(of value: UInt64) -> UInt64 { value >> 32 }

  @inline(__always)
  static func product(of value: UInt64) -> Int32 { Int32(truncatingIfNeeded: value) }
}
