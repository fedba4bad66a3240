/// The JSON header of a safetensors file.
///
/// The header has one fixed form, so it is read by hand: a general JSON reader would accept a name
/// twice, and would descend as deep as a hostile file asks.
struct SafetensorsHeader {
  /// What the header says of one tensor.
  struct Entry: Equatable {
    var type: StoredType
    var shape: [Int]
    var begin: Int
    var end: Int
  }

  /// The limit that the format's own library sets.
  static let maximumByteCount = 100_000_000

  private(set) var metadata: [String: String] = [:]
  private(set) var entries: [String: Entry] = [:]

  /// The names in the order of their bytes; tensors without bytes by name.
  var namesInOrder: [String] {
    entries.sorted {
      ($0.value.begin, $0.value.end, $0.key) < ($1.value.begin, $1.value.end, $1.key)
    }
    .map(\.key)
  }

  /// Reads the JSON and checks each tensor's shape against its own offsets.
  init(_ json: [UInt8], file: String) throws(SafetensorsError) {
    var reader = FlatJSONReader(json)
    do throws(FlatJSONReader.Problem) {
      var tensors: [(name: String, fields: Fields)] = []
      var seen: Set<String> = []
      try reader.readObject { (name, reader) throws(FlatJSONReader.Problem) in
        if !seen.insert(name).inserted { throw .duplicate(name) }
        if name == "__metadata__" {
          metadata = try Self.readMetadata(&reader)
        } else {
          tensors.append((name, try Fields(&reader)))
        }
      }
      try reader.expectEnd()
      entries.reserveCapacity(tensors.count)
      for (name, fields) in tensors {
        entries[name] = try fields.entry(name: name, file: file)
      }
    } catch {
      switch error {
      case .syntax(let byte, let problem):
        throw .malformedHeader(file: file, byte: byte + 8, problem: problem)
      case .duplicate(let name):
        throw .duplicateName(file: file, name: name)
      case .other(let error):
        throw error
      }
    }
  }

  /// Checks that the tensors cover the data exactly: no overlap, no gap, nothing outside.
  func checkOffsets(dataByteCount: Int, file: String) throws(SafetensorsError) {
    var covered = 0
    for name in namesInOrder {
      guard let entry = entries[name] else { continue }
      guard entry.end <= dataByteCount else {
        throw .offsetsOutside(
          file: file, tensor: name, begin: entry.begin, end: entry.end, available: dataByteCount)
      }
      if entry.begin < covered {
        throw .overlap(file: file, tensor: name, begin: entry.begin, previousEnd: covered)
      }
      if entry.begin > covered { throw .gap(file: file, begin: covered, end: entry.begin) }
      covered = entry.end
    }
    if covered < dataByteCount { throw .gap(file: file, begin: covered, end: dataByteCount) }
  }

  private static func readMetadata(
    _ reader: inout FlatJSONReader
  ) throws(FlatJSONReader.Problem) -> [String: String] {
    var metadata: [String: String] = [:]
    try reader.readObject { (key, reader) throws(FlatJSONReader.Problem) in
      let value = try reader.readString()
      if metadata.updateValue(value, forKey: key) != nil { throw .duplicate(key) }
    }
    return metadata
  }
}

/// The three fields of a tensor as they are written, before any of them is believed.
private struct Fields {
  var type: String?
  var shape: [Int]?
  var offsets: [Int]?
  var byte: Int

  init(_ reader: inout FlatJSONReader) throws(FlatJSONReader.Problem) {
    byte = reader.position
    try reader.readObject { (key, reader) throws(FlatJSONReader.Problem) in
      let start = reader.position
      switch key {
      case "dtype" where type == nil: type = try reader.readString()
      case "shape" where shape == nil: shape = try reader.readIntegers()
      case "data_offsets" where offsets == nil: offsets = try reader.readIntegers()
      case "dtype", "shape", "data_offsets":
        throw .syntax(byte: start, problem: "'\(key)' is given twice")
      default: throw .syntax(byte: start, problem: "a tensor has no field '\(key)'")
      }
    }
  }

  func entry(
    name: String, file: String
  ) throws(FlatJSONReader.Problem) -> SafetensorsHeader.Entry {
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw .syntax(
        byte: byte, problem: "tensor '\(name)' lacks a dtype, a shape or two data_offsets")
    }
    guard let stored = StoredType(rawValue: type) else {
      throw .other(.unsupportedType(file: file, tensor: name, type: type))
    }
    guard let needed = stored.byteCount(of: shape) else {
      throw .other(.shapeOverflow(file: file, tensor: name, shape: shape))
    }
    let (begin, end) = (offsets[0], offsets[1])
    guard needed == end - begin else {
      throw .other(
        .sizeMismatch(
          file: file, tensor: name, shape: shape, type: stored, needed: needed, given: end - begin))
    }
    return SafetensorsHeader.Entry(type: stored, shape: shape, begin: begin, end: end)
  }
}
