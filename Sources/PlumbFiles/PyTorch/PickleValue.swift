/// A Python value that a state dict may hold.
///
/// Containers are numbers of entries in the unpickler's list of objects: they can share and contain
/// each other freely, and nothing here recurses or leaks.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  /// An integer of more than 64 bits, as its bytes.
  case longInteger([UInt8])
  case float
  case string(String)
  case global(PickleGlobal)
  case object(Int)
  indirect case storage(PickledStorage)
  indirect case tensor(PickledTensor)
}

/// A container of Python values.
enum PickleObject {
  case tuple([PickleValue])
  case list([PickleValue])
  case dictionary([(key: PickleValue, value: PickleValue)])
}

/// The Python names that a state dict needs; there are no others.
enum PickleGlobal: Equatable {
  case orderedDictionary
  case rebuildTensor
  case rebuildParameter
  case size
  case storage(StoredType)

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor"):
      self = .rebuildTensor
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch", "Size"): self = .size
    case ("torch", _), ("torch.storage", _):
      guard let type = Self.storageTypes[name] else { return nil }
      self = .storage(type)
    default: return nil
    }
  }

  private static let storageTypes: [String: StoredType] = [
    "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16,
    "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32,
    "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
  ]
}

/// A run of numbers that lies elsewhere in the file.
struct PickledStorage: Sendable {
  var type: StoredType
  var key: String
  /// Where the run starts within the storage of that key, in elements.
  var offset: Int
  /// The elements of the run.
  var count: Int
  /// The elements of the storage of that key.
  var totalCount: Int
}

/// A view of a storage; strides and offsets count elements.
struct PickledTensor: Sendable {
  var storage: PickledStorage
  var offset: Int
  var shape: [Int]
  var strides: [Int]

  /// The number of elements, or `nil` if no 64-bit number holds it.
  var count: Int? { StoredType.uint8.byteCount(of: shape) }

  /// Whether the elements lie in row-major order without holes.
  var isContiguous: Bool {
    var expected = 1
    for (size, stride) in zip(shape, strides).reversed() where size != 1 {
      guard stride == expected else { return false }
      expected *= size
    }
    return true
  }

  /// Whether every element lies within the storage.
  var isInside: Bool {
    guard let count, shape.count == strides.count, offset >= 0 else { return false }
    if count == 0 { return offset <= storage.count }
    var last = offset
    for (size, stride) in zip(shape, strides) {
      guard stride >= 0 else { return false }
      let (reach, tooFar) = (size - 1).multipliedReportingOverflow(by: stride)
      let (sum, overflow) = last.addingReportingOverflow(reach)
      if tooFar || overflow { return false }
      last = sum
    }
    return last < storage.count
  }
}
