/// A value of Python's plain types, as a candidate takes and returns them.
///
/// The types stay apart: `True` is not `1`, `-1` is not `-1.0`, a tuple is not a list. `==`
/// compares like ``AnswerComparison/strict``, so strings are equal only if they have the same code
/// points.
public indirect enum PythonValue: Sendable {
  /// `None`.
  case none
  /// `True` or `False`.
  case boolean(Bool)
  /// A whole number that fits in `Int`.
  case integer(Int)
  /// A whole number beyond `Int`, in decimal digits as Python prints it.
  case largeInteger(String)
  /// A `float`.
  case float(Double)
  /// A `str`.
  case string(String)
  /// A `list`.
  case list([PythonValue])
  /// A `tuple`.
  case tuple([PythonValue])
  /// A `dict`, in the order of insertion, which comparison ignores.
  case dictionary([Entry])
  /// A `set` or `frozenset`, in no particular order.
  case set([PythonValue])
  /// Anything else, described in words. It equals nothing, itself included.
  case other(String)

  /// One key of a dictionary with its value.
  public struct Entry: Sendable {
    /// The key.
    public let key: PythonValue
    /// The value.
    public let value: PythonValue

    /// Makes an entry.
    public init(key: PythonValue, value: PythonValue) {
      self.key = key
      self.value = value
    }
  }
}

extension PythonValue: Equatable {
  /// True if both have the same type and the same content.
  public static func == (one: PythonValue, other: PythonValue) -> Bool {
    AnswerComparison.strict.matches(one, other)
  }
}

extension PythonValue: CustomStringConvertible {
  /// The value as Python's `repr` prints it, but with double quotes.
  public var description: String {
    func joined(_ items: [PythonValue]) -> String {
      items.map(\.description).joined(separator: ", ")
    }
    switch self {
    case .none: return "None"
    case .boolean(let value): return value ? "True" : "False"
    case .integer(let value): return String(value)
    case .largeInteger(let digits): return digits
    case .float(let value):
      if value.isNaN { return "nan" }
      return value.isInfinite ? (value < 0 ? "-inf" : "inf") : "\(value)"
    case .string(let text): return JSONText.string(text).text
    case .list(let items): return "[\(joined(items))]"
    case .tuple(let items): return items.count == 1 ? "(\(items[0]),)" : "(\(joined(items)))"
    case .dictionary(let entries):
      return "{" + entries.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
    case .set(let items): return items.isEmpty ? "set()" : "{\(joined(items))}"
    case .other(let words): return "<\(words)>"
    }
  }
}

extension PythonValue: Encodable {
  /// Writes the value as ordinary JSON, for people and scripts.
  ///
  /// Tuples and sets become arrays, dictionaries with only string keys objects and others arrays of
  /// pairs; what JSON cannot say (`nan`, whole numbers beyond 64 bits, other objects) becomes the
  /// text Python would print.
  public func encode(to encoder: any Encoder) throws {
    var single = encoder.singleValueContainer()
    switch self {
    case .none: try single.encodeNil()
    case .boolean(let value): try single.encode(value)
    case .integer(let value): try single.encode(value)
    case .float(let value) where value.isFinite: try single.encode(value)
    case .string(let text): try single.encode(text)
    case .list(let items), .tuple(let items), .set(let items): try single.encode(items)
    case .dictionary(let entries):
      let names = entries.compactMap { entry -> String? in
        guard case .string(let name) = entry.key else { return nil }
        return name
      }
      if names.count == entries.count {
        let pairs = zip(names, entries.map(\.value))
        try single.encode(Dictionary(pairs) { _, last in last })
      } else {
        try single.encode(entries.map { [$0.key, $0.value] })
      }
    case .float, .largeInteger, .other: try single.encode(description)
    }
  }
}
