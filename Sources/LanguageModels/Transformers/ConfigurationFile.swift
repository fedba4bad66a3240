import Foundation
import PlumbFiles

/// The fields of a `config.json`.
struct ConfigurationFile {
  /// One value of the file.
  enum Value: Codable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([Value])
    case object([String: Value])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .null
      } else if let value = try? container.decode(Bool.self) {
        self = .bool(value)
      } else if let value = try? container.decode(Double.self) {
        self = .number(value)
      } else if let value = try? container.decode(String.self) {
        self = .string(value)
      } else if let value = try? container.decode([Value].self) {
        self = .array(value)
      } else {
        self = .object(try container.decode([String: Value].self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .null: try container.encodeNil()
      case .bool(let value): try container.encode(value)
      case .number(let value):
        if let whole = Int(exactly: value) {
          try container.encode(whole)
        } else {
          try container.encode(value)
        }
      case .string(let value): try container.encode(value)
      case .array(let values): try container.encode(values)
      case .object(let values): try container.encode(values)
      }
    }

    static func count(_ value: Int) -> Value { .number(Double(value)) }
  }

  /// The path, for messages.
  let path: String
  private let values: [String: Value]

  init(_ data: Data, path: String) throws(TransformerError) {
    self.path = path
    do {
      values = try JSONDecoder().decode([String: Value].self, from: data)
    } catch {
      throw .malformedConfiguration(file: path, problem: "it is not a JSON object")
    }
  }

  private init(path: String, values: [String: Value]) {
    self.path = path
    self.values = values
  }

  /// The file, saying that the weights are stored in this type.
  func data(storedAs type: StoredType) throws -> Data {
    let names: [StoredType: String] = [
      .float32: "float32", .float16: "float16", .bfloat16: "bfloat16",
    ]
    var values = values
    if let name = names[type], values["model_type"] != .string("plumbline") {
      // Older configurations spell it with the library's name.
      values[values["torch_dtype"] == nil ? "dtype" : "torch_dtype"] = .string(name)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return try encoder.encode(values)
  }

  /// The field, or `nil` where it is absent or null.
  subscript(_ field: String) -> Value? {
    values[field].flatMap { $0 == .null ? nil : $0 }
  }

  /// The first of these fields that is there, with its name.
  private func first(_ fields: [String]) -> (field: String, value: Value?) {
    let field = fields.first { self[$0] != nil } ?? fields[0]
    return (field, self[field])
  }

  func string(_ fields: String...) throws(TransformerError) -> String? {
    let (field, value) = first(fields)
    switch value {
    case nil: return nil
    case .string(let value): return value
    default: throw .wrongField(file: path, field: field, needs: "a string")
    }
  }

  func bool(_ field: String, default value: Bool) throws(TransformerError) -> Bool {
    switch self[field] {
    case nil: return value
    case .bool(let value): return value
    default: throw .wrongField(file: path, field: field, needs: "true or false")
    }
  }

  func number(_ fields: String...) throws(TransformerError) -> Double? {
    let (field, value) = first(fields)
    switch value {
    case nil: return nil
    case .number(let value): return value
    default: throw .wrongField(file: path, field: field, needs: "a number")
    }
  }

  /// A whole number of at least 1.
  func count(_ field: String) throws(TransformerError) -> Int? {
    guard let number = try number(field) else { return nil }
    guard let count = Int(exactly: number), count >= 1, count <= Int(Int32.max) else {
      throw .wrongField(file: path, field: field, needs: "a whole number of at least 1")
    }
    return count
  }

  /// A whole number of at least 1 that must be there.
  func requiredCount(_ fields: String...) throws(TransformerError) -> Int {
    let field = first(fields).field
    guard let count = try count(field) else { throw .missingField(file: path, field: field) }
    return count
  }

  func array(_ field: String) throws(TransformerError) -> [Value]? {
    switch self[field] {
    case nil: return nil
    case .array(let values): return values
    default: throw .wrongField(file: path, field: field, needs: "a list")
    }
  }

  func object(_ field: String) throws(TransformerError) -> ConfigurationFile? {
    switch self[field] {
    case nil: return nil
    case .object(let values): return ConfigurationFile(path: path, values: values)
    default: throw .wrongField(file: path, field: field, needs: "an object")
    }
  }
}
