/// JSON as it is written: whole numbers stay apart from fractions, and members keep their order.
///
/// Foundation's reader turns both `1` and `1.0` into one kind of number, which would let a
/// candidate return the one where the other is right.
enum JSONText: Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  /// A whole number beyond `Int`, in decimal digits.
  case largeInteger(String)
  case number(Double)
  case string(String)
  case array([JSONText])
  case object([Member])

  struct Member: Sendable {
    let name: String
    let value: JSONText
  }

  /// The member called `name`, or nil if this is no object or lacks it.
  subscript(name: String) -> JSONText? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  var string: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  var array: [JSONText]? {
    guard case .array(let items) = self else { return nil }
    return items
  }

  var integer: Int? {
    guard case .integer(let value) = self else { return nil }
    return value
  }

  var boolean: Bool? {
    guard case .boolean(let value) = self else { return nil }
    return value
  }

  var double: Double? {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }
}

// MARK: - Writing

extension JSONText {
  /// This value on one line, in ASCII.
  var text: String {
    var output = ""
    write(to: &output)
    return output
  }

  private func write(to output: inout String) {
    switch self {
    case .null: output += "null"
    case .boolean(let value): output += value ? "true" : "false"
    case .integer(let value): output += String(value)
    case .largeInteger(let digits): output += digits
    case .number(let value):
      // Python reads and writes these three words; JSON has none of its own.
      if value.isNaN {
        output += "NaN"
      } else if value.isInfinite {
        output += value < 0 ? "-Infinity" : "Infinity"
      } else {
        output += "\(value)"
      }
    case .string(let text): Self.write(text, to: &output)
    case .array(let items):
      output += "["
      for (index, item) in items.enumerated() {
        if index > 0 { output += "," }
        item.write(to: &output)
      }
      output += "]"
    case .object(let members):
      output += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { output += "," }
        Self.write(member.name, to: &output)
        output += ":"
        member.value.write(to: &output)
      }
      output += "}"
    }
  }

  private static func write(_ text: String, to output: inout String) {
    output += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case " "..."~": output.unicodeScalars.append(scalar)
      default:
        for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
          let digits = String(unit, radix: 16)
          output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      }
    }
    output += "\""
  }
}
