/// A place in a JSON text, from which values are read straight from the bytes.
///
/// Tokenizer files hold several hundred thousand short strings; reading them in place makes loading
/// several times faster than building objects first, and keeps line numbers for errors.
struct JSONCursor {
  private static let deepest = 256

  private let bytes: [UInt8]
  private let file: String
  private var position = 0
  // For each object or array that is open, whether a member has been read.
  private var hasMember: [Bool] = []

  init(_ bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  /// The line of the next byte, from 1.
  var line: Int {
    1 + bytes[..<min(position, bytes.count)].count { $0 == Byte.newline }
  }

  func problem(_ text: String) -> TokenizerError {
    .malformedJSON(file: file, line: line, problem: text)
  }

  /// The next byte that is not white space, without taking it; 0 at the end.
  mutating func peek() -> UInt8 {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      case let byte: return byte
      }
    }
    return 0
  }

  mutating func beginObject() throws(TokenizerError) {
    try take("{", as: "an object")
    hasMember.append(false)
    guard hasMember.count <= Self.deepest else { throw problem("values are nested too deeply") }
  }

  mutating func beginArray() throws(TokenizerError) {
    try take("[", as: "an array")
    hasMember.append(false)
    guard hasMember.count <= Self.deepest else { throw problem("values are nested too deeply") }
  }

  /// Moves to the next element of the open array; false where the array ends.
  mutating func nextElement() throws(TokenizerError) -> Bool {
    try next(closing: "]")
  }

  /// Moves to the next value of the open object and reads its key; false where the object ends.
  mutating func nextKey(into key: inout [UInt8]) throws(TokenizerError) -> Bool {
    guard try next(closing: "}") else { return false }
    try readString(into: &key)
    try take(":", as: "':' after a key")
    return true
  }

  private mutating func next(closing: Unicode.Scalar) throws(TokenizerError) -> Bool {
    let byte = peek()
    if byte == UInt8(ascii: closing) {
      position += 1
      hasMember.removeLast()
      return false
    }
    if hasMember[hasMember.count - 1] { try take(",", as: "',' or '\(closing)'") }
    hasMember[hasMember.count - 1] = true
    return true
  }

  private mutating func take(
    _ scalar: Unicode.Scalar, as name: String
  ) throws(TokenizerError) {
    guard peek() == UInt8(ascii: scalar) else { throw problem("\(name) was expected") }
    position += 1
  }

  /// Reads a string as UTF-8.
  mutating func readString(into result: inout [UInt8]) throws(TokenizerError) {
    try take("\"", as: "a string")
    result.removeAll(keepingCapacity: true)
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return
      case UInt8(ascii: "\\"):
        position += 1
        try readEscape(into: &result)
      case ..<0x20:
        throw problem("a string holds a control character that is not escaped")
      default:
        result.append(byte)
        position += 1
      }
    }
    throw problem("a string has no end")
  }

  private mutating func readEscape(into result: inout [UInt8]) throws(TokenizerError) {
    guard position < bytes.count else { throw problem("a string has no end") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
    case UInt8(ascii: "u"):
      var value = try readHexadecimal()
      if value & 0xFC00 == 0xD800, position + 1 < bytes.count,
        bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
      {
        position += 2
        let low = try readHexadecimal()
        guard low & 0xFC00 == 0xDC00 else { throw problem("half of a surrogate pair is missing") }
        value = 0x10000 + (value & 0x3FF) << 10 + low & 0x3FF
      }
      guard let scalar = Unicode.Scalar(value) else {
        throw problem("half of a surrogate pair is missing")
      }
      result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    default: throw problem("a string holds an unknown escape")
    }
  }

  private mutating func readHexadecimal() throws(TokenizerError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count,
        let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
      else {
        throw problem("\\u needs four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  mutating func string() throws(TokenizerError) -> String {
    var text: [UInt8] = []
    try readString(into: &text)
    return String(decoding: text, as: UTF8.self)
  }

  mutating func integer() throws(TokenizerError) -> Int {
    guard let number = try number(), let integer = Int(exactly: number) else {
      throw problem("a whole number was expected")
    }
    return integer
  }

  private mutating func number() throws(TokenizerError) -> Double? {
    let first = peek()
    let start = position
    // Ids are short runs of digits; this keeps them off the slow path.
    var value = 0
    while position < bytes.count, position - start < 15, bytes[position] &- 0x30 < 10 {
      value = value * 10 + Int(bytes[position] - 0x30)
      position += 1
    }
    let rest = position < bytes.count ? bytes[position] : 0
    let isPlain = position > start && (first != UInt8(ascii: "0") || position == start + 1)
    if isPlain, ![0x2E, 0x45, 0x65].contains(rest), rest &- 0x30 >= 10 { return Double(value) }
    position = start
    while position < bytes.count, "+-.0123456789Ee".utf8.contains(bytes[position]) { position += 1 }
    return Double(String(decoding: bytes[start..<position], as: UTF8.self))
  }

  /// Reads any value whole.
  mutating func value() throws(TokenizerError) -> JSONValue {
    switch peek() {
    case UInt8(ascii: "{"):
      var members: [String: JSONValue] = [:]
      var key: [UInt8] = []
      try beginObject()
      while try nextKey(into: &key) { members[String(decoding: key, as: UTF8.self)] = try value() }
      return .object(members)
    case UInt8(ascii: "["):
      var elements: [JSONValue] = []
      try beginArray()
      while try nextElement() { elements.append(try value()) }
      return .array(elements)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default:
      guard let number = try number() else { throw problem("a value was expected") }
      return .number(number)
    }
  }

  private mutating func word(
    _ word: String, _ value: JSONValue
  ) throws(TokenizerError) -> JSONValue {
    guard bytes[position...].starts(with: word.utf8) else { throw problem("a value was expected") }
    position += word.utf8.count
    return value
  }

  /// Passes over a value.
  mutating func skipValue() throws(TokenizerError) {
    var text: [UInt8] = []
    switch peek() {
    case UInt8(ascii: "{"):
      try beginObject()
      while try nextKey(into: &text) { try skipValue() }
    case UInt8(ascii: "["):
      try beginArray()
      while try nextElement() { try skipValue() }
    case UInt8(ascii: "\""): try readString(into: &text)
    default: _ = try value()
    }
  }

  /// Where each value of an object starts.
  mutating func members() throws(TokenizerError) -> [String: JSONCursor] {
    var members: [String: JSONCursor] = [:]
    var key: [UInt8] = []
    try beginObject()
    while try nextKey(into: &key) {
      members[String(decoding: key, as: UTF8.self)] = self
      try skipValue()
    }
    return members
  }

  /// Checks that nothing follows.
  mutating func finish() throws(TokenizerError) {
    guard peek() == 0, position >= bytes.count else {
      throw problem("the file goes on after its value")
    }
  }
}
