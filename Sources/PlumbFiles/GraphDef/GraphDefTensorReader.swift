import Foundation

/// The element types of TensorFlow, with its numbers.
enum GraphDefElementType: Int {
  case float = 1
  case double = 2
  case int32 = 3
  case uint8 = 4
  case int16 = 5
  case int8 = 6
  case string = 7
  case complex64 = 8
  case int64 = 9
  case bool = 10
  case qint8 = 11
  case quint8 = 12
  case qint32 = 13
  case bfloat16 = 14
  case qint16 = 15
  case quint16 = 16
  case uint16 = 17
  case complex128 = 18
  case half = 19
  case resource = 20
  case variant = 21
  case uint32 = 22
  case uint64 = 23

  /// The type under which the elements are stored, if they are read at all.
  var stored: StoredType? {
    switch self {
    case .float: .float32
    case .double: .float64
    case .int32: .int32
    case .uint8: .uint8
    case .int16: .int16
    case .int8: .int8
    case .int64: .int64
    case .bool: .bool
    case .bfloat16: .bfloat16
    case .half: .float16
    default: nil
    }
  }

  /// TensorFlow's name for a number; variables add 100 to the number of what they hold.
  static func name(of code: Int) -> String {
    let plain = code > 100 ? code - 100 : code
    return Self(rawValue: plain).map { "\($0)" } ?? "number \(code)"
  }
}

/// Turns the tensors of a GraphDef, packed or as single numbers, into one kind.
struct GraphDefTensorReader {
  private let path: String
  // A few bytes can claim a tensor of zeros of any size, so such tensors share an allowance.
  private let fillLimit: Int
  private var fillLeft: Int

  init(path: String, fileByteCount: Int) {
    self.path = path
    fillLimit = max(fileByteCount, 16 << 20)
    fillLeft = fillLimit
  }

  /// Reads a tensor and checks its shape against the numbers it has.
  mutating func read(
    _ tensor: TFTensorProto, node: String
  ) throws(GraphDefError) -> GraphDefAttribute {
    let name = GraphDefElementType.name(of: Int(tensor.dtype))
    guard let type = GraphDefElementType(rawValue: Int(tensor.dtype))?.stored else {
      return .unsupported(kind: "tensor of \(name)")
    }
    if tensor.tensorShape.unknownRank { return .unsupported(kind: "tensor of unknown rank") }
    let shape = tensor.tensorShape.dim.map { Int($0.size) }
    guard let needed = type.byteCount(of: shape) else {
      throw .impossibleShape(file: path, node: node, shape: shape)
    }
    var bytes = tensor.tensorContent
    if bytes.isEmpty {
      bytes = Self.bytes(of: tensor, type: type)
      if bytes.count < needed {
        try takeAllowance(needed - bytes.count, node: node, shape: shape)
        // TensorFlow repeats the last number, and takes 0 where there is none.
        let size = type.byteCount
        let last = bytes.isEmpty ? Data(count: size) : Data(bytes.suffix(size))
        if last.allSatisfy({ $0 == 0 }) {
          bytes.append(Data(count: needed - bytes.count))
        } else {
          bytes.reserveCapacity(needed)
          while bytes.count < needed { bytes.append(last) }
        }
      }
    }
    guard bytes.count == needed else {
      throw .sizeMismatch(
        file: path, node: node, shape: shape, needed: needed, given: bytes.count)
    }
    return .tensor(StoredTensor(type: type, shape: shape, bytes: bytes))
  }

  private mutating func takeAllowance(
    _ count: Int, node: String, shape: [Int]
  ) throws(GraphDefError) {
    guard count <= fillLeft else {
      throw .tooMuchFilling(file: path, node: node, shape: shape, limit: fillLimit)
    }
    fillLeft -= count
  }

  private static func bytes(of tensor: TFTensorProto, type: StoredType) -> Data {
    switch type {
    case .float32: littleEndian(tensor.floatVal.map(\.bitPattern))
    case .float64: littleEndian(tensor.doubleVal.map(\.bitPattern))
    case .int64: littleEndian(tensor.int64Val)
    case .int32: littleEndian(tensor.intVal)
    case .int16: littleEndian(tensor.intVal.map { Int16(truncatingIfNeeded: $0) })
    case .int8, .uint8: Data(tensor.intVal.map { UInt8(truncatingIfNeeded: $0) })
    case .bool: Data(tensor.boolVal.map { $0 ? 1 : 0 })
    case .float16, .bfloat16:
      littleEndian(tensor.halfVal.map { UInt16(truncatingIfNeeded: $0) })
    }
  }
}
