import Foundation

/// The element types of ONNX, with the numbers of the specification.
enum ONNXElementType: Int {
  case undefined, float, uint8, int8, uint16, int16, int32, int64, string, bool
  case float16, double, uint32, uint64, complex64, complex128, bfloat16

  /// The type under which the elements are stored, if they are read at all.
  var stored: StoredType? {
    switch self {
    case .float: .float32
    case .uint8: .uint8
    case .int8: .int8
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .bool: .bool
    case .float16: .float16
    case .double: .float64
    case .bfloat16: .bfloat16
    case .undefined, .uint16, .string, .uint32, .uint64, .complex64, .complex128: nil
    }
  }
}

/// Turns the tensors of an ONNX file, which may hold their numbers in five ways, into one kind.
struct ONNXTensorReader {
  let path: String

  /// Reads a tensor and checks its shape against the numbers it has.
  func read(_ tensor: ONNXTensorProto, name: String) throws(ONNXError) -> StoredTensor {
    let code = Int(tensor.dataType)
    guard let type = ONNXElementType(rawValue: code)?.stored else {
      let known = ONNXElementType(rawValue: code).map { "\($0)" } ?? "number \(code)"
      throw .unsupportedType(file: path, tensor: name, type: known)
    }
    let shape = tensor.dims.map { Int($0) }
    guard let needed = type.byteCount(of: shape) else {
      throw .impossibleShape(file: path, tensor: name, shape: shape)
    }
    let bytes =
      tensor.dataLocation == .external
      ? try externalBytes(of: tensor, name: name, needed: needed)
      : Self.bytes(of: tensor, type: type)
    guard bytes.count == needed else {
      throw .sizeMismatch(
        file: path, tensor: name, shape: shape, needed: needed, given: bytes.count)
    }
    return StoredTensor(type: type, shape: shape, bytes: bytes)
  }

  private static func bytes(of tensor: ONNXTensorProto, type: StoredType) -> Data {
    if !tensor.rawData.isEmpty { return tensor.rawData }
    switch type {
    case .float32: return joined(tensor.floatData)
    case .float64: return joined(tensor.doubleData)
    case .int64: return littleEndian(tensor.int64Data)
    case .int32: return littleEndian(tensor.int32Data)
    // Narrow types, halves among them as bits, come one in each 32-bit number.
    case .int16, .float16, .bfloat16:
      return littleEndian(tensor.int32Data.map { UInt16(truncatingIfNeeded: $0) })
    case .int8, .uint8, .bool:
      return Data(tensor.int32Data.map { UInt8(truncatingIfNeeded: $0) })
    }
  }

  /// Packed numbers may lie in a file in several pieces.
  private static func joined(_ pieces: [Data]) -> Data {
    pieces.count == 1 ? pieces[0] : pieces.reduce(into: Data()) { $0.append($1) }
  }

  /// Reads a tensor that the file keeps in another file, which must lie in the same folder.
  private func externalBytes(
    of tensor: ONNXTensorProto, name: String, needed: Int
  ) throws(ONNXError) -> Data {
    let notes = Dictionary(
      tensor.externalData.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    let location = notes["location"] ?? ""
    guard let url = url(of: location) else {
      throw .externalDataOutside(file: path, tensor: name, location: location)
    }
    let data: Data
    do throws(UnreadableFile) {
      data = try mappedFile(at: url.path)
    } catch {
      throw .missingExternalData(
        file: path, tensor: name, location: location, reason: error.reason)
    }
    let offset = notes["offset"].map { Int($0) ?? -1 } ?? 0
    let length = notes["length"].map { Int($0) ?? -1 } ?? needed
    guard length == needed, offset >= 0, offset <= data.count, length <= data.count - offset else {
      throw .externalDataTooShort(
        file: path, tensor: name, location: location, offset: offset, needed: needed,
        available: data.count)
    }
    return data.dropFirst(offset).prefix(length)
  }

  /// Where a location lies, or `nil` if that is outside the model's folder.
  ///
  /// In a download cache both the model and its data are links into one other folder, so that
  /// folder counts as well.
  private func url(of location: String) -> URL? {
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.isEmpty, !location.contains("\0"), !parts.contains(".."), parts.first != ""
    else {
      return nil
    }
    let model = URL(fileURLWithPath: path)
    let folder = model.deletingLastPathComponent()
    let target = folder.appendingPathComponent(location).resolvingSymlinksInPath().path
    let allowed = [
      folder.resolvingSymlinksInPath(), model.resolvingSymlinksInPath().deletingLastPathComponent(),
    ]
    let isInside = allowed.contains {
      target.hasPrefix($0.path.hasSuffix("/") ? $0.path : $0.path + "/")
    }
    return isInside ? URL(fileURLWithPath: target) : nil
  }
}
