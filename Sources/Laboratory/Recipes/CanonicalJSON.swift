import Foundation
import PlumbFiles

/// JSON in one form only, so that equal recipes have equal text and equal digests.
public enum CanonicalJSON {
  /// The value on one line, with sorted keys.
  ///
  /// - Throws: `EncodingError` if the value has no JSON form, as one that holds `nan`.
  public static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// The value as people read it: indented, with sorted keys.
  ///
  /// - Throws: `EncodingError`, as ``text(_:)``.
  public static func pretty(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    encoder.dateEncodingStrategy = .iso8601
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// The SHA-256 of a value's text, in hexadecimal.
  ///
  /// - Throws: `EncodingError`, as ``text(_:)``.
  public static func digest(_ value: some Encodable) throws -> String {
    digest(of: try text(value))
  }

  /// The SHA-256 of some text, in hexadecimal.
  public static func digest(of text: String) -> String { FileDigest.sha256(Data(text.utf8)) }

  /// The JSON text indented, if it is JSON; otherwise as it is.
  public static func pretty(text: String) -> String {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)),
      let pretty = try? pretty(value)
    else { return text }
    return pretty
  }
}

/// Any JSON value.
public enum JSONValue: Sendable, Hashable, Codable {
  /// `null`.
  case null
  /// `true` or `false`.
  case boolean(Bool)
  /// A whole number.
  case integer(Int64)
  /// Any other number.
  case number(Double)
  /// A string.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// An object.
  case object([String: JSONValue])

  /// Reads any value.
  public init(from decoder: any Decoder) throws {
    let single = try decoder.singleValueContainer()
    if single.decodeNil() {
      self = .null
    } else if let value = try? single.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? single.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? single.decode(Double.self) {
      self = .number(value)
    } else if let value = try? single.decode(String.self) {
      self = .string(value)
    } else if let value = try? single.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try single.decode([String: JSONValue].self))
    }
  }

  /// Writes the value.
  public func encode(to encoder: any Encoder) throws {
    var single = encoder.singleValueContainer()
    switch self {
    case .null: try single.encodeNil()
    case .boolean(let value): try single.encode(value)
    case .integer(let value): try single.encode(value)
    case .number(let value): try single.encode(value)
    case .string(let value): try single.encode(value)
    case .array(let values): try single.encode(values)
    case .object(let values): try single.encode(values)
    }
  }

  /// The values of this one by their paths, such as `transforms[0].size`, with their text.
  public var leaves: [String: String] {
    var leaves: [String: String] = [:]
    gather(path: "", into: &leaves)
    return leaves
  }

  private func gather(path: String, into leaves: inout [String: String]) {
    switch self {
    case .object(let values) where !values.isEmpty:
      for (name, value) in values {
        value.gather(path: path.isEmpty ? name : "\(path).\(name)", into: &leaves)
      }
    case .array(let values) where !values.isEmpty:
      for (index, value) in values.enumerated() {
        value.gather(path: "\(path)[\(index)]", into: &leaves)
      }
    case .string(let text): leaves[path] = text
    default: leaves[path] = (try? CanonicalJSON.text(self)) ?? ""
    }
  }
}

extension CanonicalJSON {
  /// The SHA-256 of some bytes, in hexadecimal.
  public static func digest(of data: Data) -> String { FileDigest.sha256(data) }
}
