/// One scalar decoded from UTF-8, or one byte that is not part of any.
struct UTF8Scalar {
  /// The scalar's value; meaningless unless `isValid`.
  var value: UInt32
  /// Bytes taken: 1 to 4 for a scalar, 1 for a stray byte.
  var length: Int
  var isValid: Bool

  /// Decodes the scalar that starts at `index`, strictly: no surrogates and no overlong forms.
  init(in bytes: Span<UInt8>, at index: Int) {
    let lead = bytes[index]
    let length = Self.length(ofLead: lead)
    value = UInt32(lead)
    self.length = 1
    isValid = length == 1
    guard length > 1, index + length <= bytes.count,
      Self.isSecondByte(bytes[index + 1], afterLead: lead)
    else { return }
    value = UInt32(lead) & (0x7F >> UInt32(length))
    for offset in 1..<length {
      let next = bytes[index + offset]
      guard next & 0xC0 == 0x80 else { return }
      value = value << 6 | UInt32(next & 0x3F)
    }
    self.length = length
    isValid = true
  }

  /// How many bytes a scalar has by its first byte, or 0 if none starts so.
  @inline(__always)
  static func length(ofLead lead: UInt8) -> Int {
    switch lead {
    case ..<0x80: 1
    case 0xC2...0xDF: 2
    case 0xE0...0xEF: 3
    case 0xF0...0xF4: 4
    default: 0
    }
  }

  /// Whether the second byte is in the range that the first allows (Unicode Standard, table 3-7).
  @inline(__always)
  static func isSecondByte(_ byte: UInt8, afterLead lead: UInt8) -> Bool {
    switch lead {
    case 0xE0: byte >= 0xA0 && byte <= 0xBF
    case 0xED: byte >= 0x80 && byte <= 0x9F
    case 0xF0: byte >= 0x90 && byte <= 0xBF
    case 0xF4: byte >= 0x80 && byte <= 0x8F
    default: byte & 0xC0 == 0x80
    }
  }

  /// The offset of the first byte that is not valid UTF-8, or nil if there is none.
  static func firstInvalidOffset(in bytes: Span<UInt8>) -> Int? {
    var index = 0
    while index < bytes.count {
      if bytes[index] < 0x80 {
        index += 1
        continue
      }
      let scalar = UTF8Scalar(in: bytes, at: index)
      guard scalar.isValid else { return index }
      index += scalar.length
    }
    return nil
  }
}
