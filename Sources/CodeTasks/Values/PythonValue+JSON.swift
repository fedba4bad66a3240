extension PythonValue {
  /// The value as it crosses the jail's border: lists are arrays, and an object always has one
  /// member, named for the type it stands for.
  var tagged: JSONText {
    func object(_ name: String, _ items: [JSONText]) -> JSONText {
      .object([JSONText.Member(name: name, value: .array(items))])
    }
    switch self {
    case .none: return .null
    case .boolean(let value): return .boolean(value)
    case .integer(let value): return .integer(value)
    case .largeInteger(let digits): return .largeInteger(digits)
    case .float(let value): return .number(value)
    case .string(let text): return .string(text)
    case .list(let items): return .array(items.map(\.tagged))
    case .tuple(let items): return object("tuple", items.map(\.tagged))
    case .dictionary(let entries):
      return object("dict", entries.map { .array([$0.key.tagged, $0.value.tagged]) })
    case .set(let items): return object("set", items.map(\.tagged))
    case .other(let words):
      return .object([JSONText.Member(name: "other", value: .string(words))])
    }
  }

  /// Reads what ``tagged`` writes, or nil if `json` is not of that form.
  init?(tagged json: JSONText) {
    switch json {
    case .null: self = .none
    case .boolean(let value): self = .boolean(value)
    case .integer(let value): self = .integer(value)
    case .largeInteger(let digits): self = .largeInteger(digits)
    case .number(let value): self = .float(value)
    case .string(let text): self = .string(text)
    case .array(let items):
      guard let values = Self.values(tagged: items) else { return nil }
      self = .list(values)
    case .object(let members):
      guard members.count == 1 else { return nil }
      if members[0].name == "other", let words = members[0].value.string {
        self = .other(words)
        return
      }
      guard let items = members[0].value.array else { return nil }
      if members[0].name == "dict" {
        var entries: [Entry] = []
        for item in items {
          guard let pair = item.array, pair.count == 2, let key = PythonValue(tagged: pair[0]),
            let value = PythonValue(tagged: pair[1])
          else { return nil }
          entries.append(Entry(key: key, value: value))
        }
        self = .dictionary(entries)
        return
      }
      guard let values = Self.values(tagged: items) else { return nil }
      switch members[0].name {
      case "tuple": self = .tuple(values)
      case "set": self = .set(values)
      default: return nil
      }
    }
  }

  private static func values(tagged items: [JSONText]) -> [PythonValue]? {
    var values: [PythonValue] = []
    for item in items {
      guard let value = PythonValue(tagged: item) else { return nil }
      values.append(value)
    }
    return values
  }

  /// Reads ordinary JSON, as people write it in task files: an object is a dictionary.
  init(plain json: JSONText) {
    switch json {
    case .array(let items): self = .list(items.map(PythonValue.init(plain:)))
    case .object(let members):
      self = .dictionary(
        members.map { Entry(key: .string($0.name), value: PythonValue(plain: $0.value)) })
    case .null: self = .none
    case .boolean(let value): self = .boolean(value)
    case .integer(let value): self = .integer(value)
    case .largeInteger(let digits): self = .largeInteger(digits)
    case .number(let value): self = .float(value)
    case .string(let text): self = .string(text)
    }
  }
}
