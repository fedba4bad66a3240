import Foundation
import PlumbGraph

/// A safetensors file of 32-bit floats, read whole: just enough for golden values.
public struct SafetensorsFile: Sendable {
  /// The tensors by name.
  public let tensors: [String: ReferenceTensor]

  private struct Entry: Decodable {
    let dtype: String
    let shape: [Int]
    let data_offsets: [Int]
  }

  /// Reads a file.
  ///
  /// Source: the format's description in the safetensors repository: a little-endian 64-bit length,
  /// a JSON header of that length, then the data.
  public init(contentsOf url: URL) throws {
    let bytes = [UInt8](try Data(contentsOf: url))
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length]))
    var tensors: [String: ReferenceTensor] = [:]
    for (name, description) in header as? [String: Any] ?? [:] where name != "__metadata__" {
      let json = try JSONSerialization.data(withJSONObject: description)
      let entry = try JSONDecoder().decode(Entry.self, from: json)
      guard entry.dtype == "F32" else { continue }
      let start = 8 + length + entry.data_offsets[0]
      let values = stride(from: start, to: 8 + length + entry.data_offsets[1], by: 4).map { place in
        let bits = bytes[place..<place + 4].reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        return Double(Float(bitPattern: bits))
      }
      tensors[name] = ReferenceTensor(Shape(entry.shape), values)
    }
    self.tensors = tensors
  }
}
