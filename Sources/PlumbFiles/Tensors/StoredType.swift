/// How the elements of a tensor are stored in a file, under the names of safetensors.
public enum StoredType: String, Sendable, Hashable, CaseIterable {
  /// 64-bit floating point.
  case float64 = "F64"
  /// 32-bit floating point.
  case float32 = "F32"
  /// IEEE half precision: 5 bits of exponent, 10 of fraction.
  case float16 = "F16"
  /// The upper half of a 32-bit float: 8 bits of exponent, 7 of fraction.
  case bfloat16 = "BF16"
  /// 64-bit signed integers.
  case int64 = "I64"
  /// 32-bit signed integers.
  case int32 = "I32"
  /// 16-bit signed integers.
  case int16 = "I16"
  /// 8-bit signed integers.
  case int8 = "I8"
  /// 8-bit unsigned integers.
  case uint8 = "U8"
  /// One byte per truth value; anything but 0 is true.
  case bool = "BOOL"

  /// The bytes that one element takes.
  public var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// Whether the elements are real numbers, and not integers or truth values.
  public var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: true
    case .int64, .int32, .int16, .int8, .uint8, .bool: false
    }
  }

  /// Returns the bytes that a row-major tensor takes, or `nil` where no 64-bit number holds them.
  func byteCount(of shape: [Int]) -> Int? {
    var total = byteCount
    for size in shape {
      let (product, overflow) = total.multipliedReportingOverflow(by: size)
      if overflow || size < 0 { return nil }
      total = product
    }
    return total
  }
}
