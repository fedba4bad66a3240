/// What a split pattern needs to know of one Unicode scalar.
enum ScalarClass: UInt8 {
  /// Neither of the other three, such as punctuation, marks and symbols.
  case other
  /// `\p{L}`
  case letter
  /// `\p{N}`
  case number
  /// `\s`: the Unicode property White_Space.
  case space
}

/// One scalar of a UTF-8 text: its class and its length in bytes.
struct ClassifiedScalar {
  var scalarClass: ScalarClass
  var length: Int
}

/// The class of every Unicode scalar, one byte each.
struct ScalarClasses: Sendable {
  /// Built once from ``ScalarRanges``.
  static let shared = ScalarClasses()

  // Above this there are no letters, numbers or spaces, and nothing that composes.
  private static let limit: UInt32 = 0x34000
  private static let classMask: UInt8 = 3
  private static let unsettledFlag: UInt8 = 4

  private let table: [UInt8]

  private init() {
    var table = [UInt8](repeating: 0, count: Int(Self.limit))
    func mark(_ ranges: [UInt32], with bits: UInt8) {
      for pair in stride(from: 0, to: ranges.count, by: 2) where ranges[pair] < Self.limit {
        for value in ranges[pair]...ranges[pair + 1] { table[Int(value)] |= bits }
      }
    }
    mark(ScalarRanges.letters, with: ScalarClass.letter.rawValue)
    mark(ScalarRanges.numbers, with: ScalarClass.number.rawValue)
    mark(ScalarRanges.spaces, with: ScalarClass.space.rawValue)
    mark(ScalarRanges.unsettled, with: Self.unsettledFlag)
    self.table = table
  }

  /// The class of one scalar value.
  func scalarClass(of value: UInt32) -> ScalarClass {
    guard value < Self.limit else { return .other }
    return ScalarClass(rawValue: table[Int(value)] & Self.classMask) ?? .other
  }

  /// Whether normalization form C may change the scalar or join it to the one before.
  func isUnsettled(_ value: UInt32) -> Bool {
    value < Self.limit && table[Int(value)] & Self.unsettledFlag != 0
  }

  /// The class and length of the scalar that starts at `index`; a byte that starts none is `other`.
  @inline(__always)
  func classify(_ bytes: Span<UInt8>, at index: Int) -> ClassifiedScalar {
    let byte = bytes[index]
    if byte < 0x80 {
      return ClassifiedScalar(scalarClass: Self.asciiClass(of: byte), length: 1)
    }
    let scalar = UTF8Scalar(in: bytes, at: index)
    return ClassifiedScalar(
      scalarClass: scalar.isValid ? scalarClass(of: scalar.value) : .other, length: scalar.length)
  }

  @inline(__always)
  private static func asciiClass(of byte: UInt8) -> ScalarClass {
    if (byte | 0x20) &- 0x61 < 26 { return .letter }
    if byte == 0x20 || byte &- 9 < 5 { return .space }
    return byte &- 0x30 < 10 ? .number : .other
  }
}
