import Foundation

/// Writes tensors into a safetensors file that appears whole or not at all.
public enum SafetensorsWriter {
  /// Writes a file under a temporary name beside `path`, then renames it.
  ///
  /// The same tensors and metadata give the same bytes. Tensors with wide elements come first, so
  /// that each one is aligned, and then by name.
  ///
  /// - Parameters:
  ///   - tensors: The tensors by name.
  ///   - metadata: What to note beside them.
  ///   - path: The file to write; one that exists is replaced.
  /// - Throws: ``SafetensorsError/unwritable(file:reason:)``.
  public static func write(
    _ tensors: [String: StoredTensor], metadata: [String: String] = [:], to path: String
  ) throws(SafetensorsError) {
    precondition(tensors["__metadata__"] == nil, "a tensor cannot be named '__metadata__'")
    let order = tensors.sorted {
      ($1.value.type.byteCount, $0.key) < ($0.value.type.byteCount, $1.key)
    }
    do {
      try writeAtomically(to: path) { file in
        try file.write(contentsOf: header(of: order, metadata: metadata))
        for (_, tensor) in order { try file.write(contentsOf: tensor.bytes) }
      }
    } catch {
      throw .unwritable(file: path, reason: readableReason(of: error))
    }
  }

  private static func header(
    of tensors: [(key: String, value: StoredTensor)], metadata: [String: String]
  ) -> Data {
    var fields: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }
        .map { "\(jsonString($0.key)):\(jsonString($0.value))" }
      fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for (name, tensor) in tensors {
      let end = offset + tensor.bytes.count
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      fields.append(
        "\(jsonString(name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var json = Data("{\(fields.joined(separator: ","))}".utf8)
    // Spaces up to a multiple of 8 keep the numbers aligned when the file is mapped.
    json.append(Data(repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
    let length = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> ($0 * 8)) }
    return Data(length) + json
  }

  private static func jsonString(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\u{0}"..<" ":
        let code = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - code.count) + code
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
