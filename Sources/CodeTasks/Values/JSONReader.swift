/// Reads JSON from bytes that may be hostile: nesting is bounded, and nothing is guessed.
struct JSONReader {
  /// Where and why reading stopped.
  struct Failure: Error, Equatable {
    let offset: Int
    let problem: String
  }

  /// The harness sends at most 64 levels of a value, each two levels of JSON; a task file needs
  /// few.
  static let depthLimit = 160

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads one value that fills all of `bytes`.
  static func read(_ bytes: [UInt8]) throws(Failure) -> JSONText {
    var reader = JSONReader(bytes)
    let value = try reader.value()
    reader.skipSpace()
    guard reader.position == bytes.count else { throw reader.failure("more text after the end") }
    return value
  }

  private func failure(_ problem: String) -> Failure {
    Failure(offset: position, problem: problem)
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
  }

  private mutating func take(_ word: StaticString, _ value: JSONText) throws(Failure) -> JSONText {
    let letters = Array("\(word)".utf8)
    guard bytes[position...].starts(with: letters) else { throw failure("an unknown word") }
    position += letters.count
    return value
  }

  private mutating func value() throws(Failure) -> JSONText {
    skipSpace()
    switch current {
    case UInt8(ascii: "n"): return try take("null", .null)
    case UInt8(ascii: "t"): return try take("true", .boolean(true))
    case UInt8(ascii: "f"): return try take("false", .boolean(false))
    case UInt8(ascii: "N"): return try take("NaN", .number(.nan))
    case UInt8(ascii: "I"): return try take("Infinity", .number(.infinity))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "["), UInt8(ascii: "{"):
      guard depth < Self.depthLimit else { throw failure("nesting that is too deep") }
      depth += 1
      defer { depth -= 1 }
      return current == UInt8(ascii: "[") ? .array(try array()) : .object(try object())
    case nil: throw failure("an end that comes too early")
    default: return try number()
    }
  }

  /// Steps over the bracket or, between items, the comma; false at the closing bracket.
  private mutating func next(isFirst: Bool, closing: UInt8) throws(Failure) -> Bool {
    if isFirst { position += 1 }
    skipSpace()
    if current == closing {
      position += 1
      return false
    }
    if !isFirst {
      guard current == UInt8(ascii: ",") else { throw failure("a missing comma") }
      position += 1
    }
    return true
  }

  private mutating func array() throws(Failure) -> [JSONText] {
    var items: [JSONText] = []
    while try next(isFirst: items.isEmpty, closing: UInt8(ascii: "]")) { items.append(try value()) }
    return items
  }

  private mutating func object() throws(Failure) -> [JSONText.Member] {
    var members: [JSONText.Member] = []
    while try next(isFirst: members.isEmpty, closing: UInt8(ascii: "}")) {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw failure("a member without a name") }
      let name = try string()
      skipSpace()
      guard current == UInt8(ascii: ":") else { throw failure("a missing colon") }
      position += 1
      members.append(JSONText.Member(name: name, value: try value()))
    }
    return members
  }

  private mutating func number() throws(Failure) -> JSONText {
    let start = position
    if current == UInt8(ascii: "-") { position += 1 }
    if current == UInt8(ascii: "I") { return try take("Infinity", .number(-.infinity)) }
    var isWhole = true
    scan: while let byte = current {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): break
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"),
        UInt8(ascii: "-"):
        isWhole = false
      default: break scan
      }
      position += 1
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let value = Int(text) { return .integer(value) }
    if isWhole, text.count > 18 { return .largeInteger(text) }
    if !isWhole, let value = Double(text) { return .number(value) }
    position = start
    throw failure("something that is no value")
  }

  private mutating func string() throws(Failure) -> String {
    position += 1
    var units: [UInt16] = []
    var plain = position
    func text(upTo end: Int) -> String.UTF16View {
      String(decoding: bytes[plain..<end], as: UTF8.self).utf16
    }
    while let byte = current {
      if byte == UInt8(ascii: "\"") {
        units += text(upTo: position)
        position += 1
        // A surrogate without its half, which Python allows, becomes the replacement character.
        return String(decoding: units, as: UTF16.self)
      }
      if byte == UInt8(ascii: "\\") {
        units += text(upTo: position)
        units.append(try escape())
        plain = position
      } else {
        position += 1
      }
    }
    throw failure("a string without an end")
  }

  private mutating func escape() throws(Failure) -> UInt16 {
    position += 1
    let letter = current
    position += 1
    switch letter {
    case UInt8(ascii: "n"): return 0x0A
    case UInt8(ascii: "t"): return 0x09
    case UInt8(ascii: "r"): return 0x0D
    case UInt8(ascii: "b"): return 0x08
    case UInt8(ascii: "f"): return 0x0C
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UInt16(letter ?? 0)
    case UInt8(ascii: "u"):
      let digits = bytes[position..<min(position + 4, bytes.count)]
      guard digits.count == 4,
        let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
      else { throw failure("a broken \\u escape") }
      position += 4
      return unit
    default: throw failure("an unknown escape")
    }
  }
}
