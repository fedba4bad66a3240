/// Reads JSON of a known form, without recursion: objects, strings and arrays of whole numbers.
struct FlatJSONReader {
  /// Why the JSON was refused.
  enum Problem: Error {
    case syntax(byte: Int, problem: String)
    case duplicate(String)
    case other(SafetensorsError)
  }

  private let bytes: [UInt8]
  private(set) var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads `{"key": value, ...}`; `readValue` must read each value.
  mutating func readObject(
    _ readValue: (String, inout FlatJSONReader) throws(Problem) -> Void
  ) throws(Problem) {
    try expect("{")
    if skip("}") { return }
    repeat {
      let key = try readString()
      try expect(":")
      try readValue(key, &self)
    } while skip(",")
    try expect("}")
  }

  /// Reads `[1, 2, ...]`, each a whole number of 0 or more.
  mutating func readIntegers() throws(Problem) -> [Int] {
    try expect("[")
    var integers: [Int] = []
    if skip("]") { return integers }
    repeat { integers.append(try readInteger()) } while skip(",")
    try expect("]")
    return integers
  }

  private mutating func readInteger() throws(Problem) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while position < bytes.count, case 0x30...0x39 = bytes[position] {
      let (tens, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = tens.addingReportingOverflow(Int(bytes[position] - 0x30))
      if tooLarge || overflow {
        throw .syntax(byte: start, problem: "a number exceeds 64 bits")
      }
      value = sum
      position += 1
    }
    guard position > start else {
      throw .syntax(byte: start, problem: "expected a whole number of 0 or more")
    }
    return value
  }

  /// Reads a string with its escapes.
  mutating func readString() throws(Problem) -> String {
    try expect("\"")
    let start = position
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw .syntax(byte: start, problem: "a string is not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): try readEscape(into: &text)
      case 0..<0x20: throw .syntax(byte: position - 1, problem: "a string holds a control byte")
      default: text.append(byte)
      }
    }
    throw .syntax(byte: start, problem: "a string has no end")
  }

  private mutating func readEscape(into text: inout [UInt8]) throws(Problem) {
    guard position < bytes.count else {
      throw .syntax(byte: position, problem: "a string has no end")
    }
    let escape = bytes[position]
    position += 1
    switch escape {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var units = [try readHexadecimal()]
      // A character beyond U+FFFF is written as two escapes.
      if (0xD800..<0xDC00).contains(units[0]), position + 1 < bytes.count,
        bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
      {
        position += 2
        units.append(try readHexadecimal())
      }
      guard let character = String(validating: units, as: UTF16.self) else {
        throw .syntax(byte: position, problem: "a string holds half of a surrogate pair")
      }
      text += Array(character.utf8)
    default: throw .syntax(byte: position - 1, problem: "a string holds an unknown escape")
    }
  }

  private mutating func readHexadecimal() throws(Problem) -> UInt16 {
    let digits = bytes[position..<min(position + 4, bytes.count)]
    guard digits.count == 4, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
      let value = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw .syntax(byte: position, problem: "a string holds a malformed \\u escape") }
    position += 4
    return value
  }

  /// Fails unless only spaces are left.
  mutating func expectEnd() throws(Problem) {
    skipSpace()
    guard position == bytes.count else {
      throw .syntax(byte: position, problem: "something follows the JSON object")
    }
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Problem) {
    guard skip(character) else {
      throw .syntax(byte: position, problem: "expected '\(character)'")
    }
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) {
      position += 1
    }
  }
}
