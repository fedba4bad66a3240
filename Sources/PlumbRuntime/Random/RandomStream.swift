import PlumbKernels

/// A source of random numbers that depends on nothing but a seed and a name.
///
/// Philox4x32-10 is counter-based: number `i` of a stream is a function of (seed, stream, i), so the
/// values are the same in whatever order they are asked for, on any number of threads, on every
/// machine.
///
/// Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011.
public struct RandomStream: Sendable {
  /// The seed that the user sees.
  public let seed: UInt64
  /// The stream within the seed, from its name.
  public let stream: UInt64
  /// How many numbers were drawn so far.
  public private(set) var position: UInt64 = 0

  /// Creates the stream with a name.
  public init(seed: UInt64, name: String) {
    self.seed = seed
    self.stream = Self.hash(name)
  }

  private init(seed: UInt64, stream: UInt64) {
    self.seed = seed
    self.stream = stream
  }

  /// A stream within this one, such as that of one step or one completion.
  public func substream(_ index: Int) -> RandomStream {
    RandomStream(seed: seed, stream: Self.combine(stream, UInt64(bitPattern: Int64(index))))
  }

  /// The next `count` numbers, uniform in `[0, 1)`.
  public mutating func uniform(_ count: Int) -> [Float] {
    defer { position += UInt64(count) }
    return RandomKernels.uniform(count: count, seed: seed, stream: stream, first: position)
  }

  /// The next `count` standard normal numbers.
  public mutating func normal(_ count: Int) -> [Float] {
    // Normals come in pairs; begin at an even position, so that a pair is never split.
    if !position.isMultiple(of: 2) { position += 1 }
    defer { position += UInt64(count) }
    return RandomKernels.normal(count: count, seed: seed, stream: stream, first: position)
  }

  /// A whole number in `0 ..< bound`, without bias: 64 bits times the bound, as Lemire.
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "a random integer below \(bound)")
    while true {
      let product = nextWord64().multipliedFullWidth(by: UInt64(bound))
      let threshold = (0 &- UInt64(bound)) % UInt64(bound)
      if product.low >= threshold { return Int(product.high) }
    }
  }

  /// A uniform number in `[0, 1)` with 53 random bits.
  public mutating func uniformDouble() -> Double { Double(nextWord64() >> 11) * 0x1p-53 }

  /// An index drawn with these weights, which need not sum to 1: the first whose cumulative weight
  /// exceeds a uniform draw.
  public mutating func categorical(_ weights: [Double]) -> Int {
    let target = uniformDouble() * weights.reduce(0, +)
    var sum = 0.0
    for (index, weight) in weights.enumerated() {
      sum += weight
      if sum > target { return index }
    }
    return weights.lastIndex { $0 > 0 } ?? 0
  }

  /// The elements in random order (Fisher and Yates).
  public mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var elements = elements
    for index in elements.indices.dropFirst().reversed() {
      elements.swapAt(index, integer(below: index + 1))
    }
    return elements
  }

  private mutating func nextWord64() -> UInt64 {
    defer { position += 2 }
    let words = RandomKernels.words(count: 2, seed: seed, stream: stream, first: position)
    return UInt64(words[0]) | UInt64(words[1]) << 32
  }

  /// FNV-1a, which is the same in every process, unlike `Hasher`.
  static func hash(_ name: String) -> UInt64 {
    name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// Mixes a stream with an index (the finalizer of SplitMix64).
  static func combine(_ stream: UInt64, _ index: UInt64) -> UInt64 {
    var z = stream &+ (index &+ 1) &* 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
