/// GPT-2's way to write any bytes as printable text: one character for each byte.
///
/// Bytes 33-126, 161-172 and 174-255 are the characters with those values; the other 68 are U+0100
/// and up, in order. So a space is written Ġ and a newline Ċ.
///
/// Source: `bytes_to_unicode` in OpenAI's `encoder.py` for GPT-2, 2019.
enum ByteAlphabet {
  /// The character's value for each byte.
  static let scalars: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (0..<256).map { byte in
      switch byte {
      case 33...126, 161...172, 174...255: return Unicode.Scalar(UInt8(byte))
      default:
        defer { next += 1 }
        return Unicode.Scalar(next) ?? "\u{FFFD}"
      }
    }
  }()

  /// The byte for each value below 0x144, or -1.
  private static let bytes: [Int16] = {
    var bytes = [Int16](repeating: -1, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = Int16(byte) }
    return bytes
  }()

  /// All bytes in the order of their characters; this is the order of the ids 0-255 in GPT-2.
  static let order: [UInt8] = (0...255).sorted { scalars[Int($0)] < scalars[Int($1)] }

  /// Appends to `result` the bytes that `text` (UTF-8) writes; false if a character stands for none.
  static func appendBytes(writtenAs text: Span<UInt8>, to result: inout [UInt8]) -> Bool {
    var index = 0
    while index < text.count {
      let scalar = UTF8Scalar(in: text, at: index)
      guard scalar.isValid, scalar.value < 0x144, bytes[Int(scalar.value)] >= 0 else {
        return false
      }
      result.append(UInt8(bytes[Int(scalar.value)]))
      index += scalar.length
    }
    return true
  }

  /// The text that writes the bytes.
  static func text(for bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(scalars[Int(byte)]) }
    return String(text)
  }
}
