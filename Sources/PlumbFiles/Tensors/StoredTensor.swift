import CCodecs
import Foundation

/// A tensor as a file holds it: a type, a shape, and little-endian bytes in row-major order.
///
/// The bytes of a memory-mapped file stay in the file until they are read.
public struct StoredTensor: Sendable, Hashable {
  /// How the elements are stored.
  public let type: StoredType
  /// The sizes of the axes, outermost first; empty for a single number.
  public let shape: [Int]
  /// The elements, little-endian, the last axis varying fastest.
  public let bytes: Data

  /// Creates a tensor from its bytes, which must be as many as the shape and the type say.
  public init(type: StoredType, shape: [Int], bytes: Data) {
    precondition(
      type.byteCount(of: shape) == bytes.count,
      "\(bytes.count) bytes cannot be a tensor of shape \(shape) and type \(type.rawValue)")
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// The number of elements, 1 for an empty shape.
  public var count: Int { shape.reduce(1, *) }
}

// The only places where the bytes of a tensor are handled as raw memory.
extension StoredTensor {
  /// Creates a tensor of floating-point numbers.
  ///
  /// - Parameters:
  ///   - values: The elements in row-major order, as many as the shape says.
  ///   - shape: The sizes of the axes.
  ///   - type: `float32`, `float16` or `bfloat16`; the last two round to nearest, ties to even.
  public init(_ values: [Float], shape: [Int], as type: StoredType = .float32) {
    precondition(
      [.float32, .float16, .bfloat16].contains(type), "floats cannot be stored as \(type.rawValue)")
    var bytes = Data(count: values.count * type.byteCount)
    // The pointers live for the call alone, and both sides hold `values.count` elements.
    unsafe bytes.withUnsafeMutableBytes { elements in
      guard let base = elements.baseAddress else { return }
      unsafe values.withUnsafeBufferPointer { floats in
        unsafe ccodecs_from_floats(floats.baseAddress, type.code, floats.count, base)
      }
    }
    self.init(type: type, shape: shape, bytes: bytes)
  }

  /// Returns the elements as 32-bit floats, in row-major order.
  ///
  /// Half precision and `bfloat16` are exact; 64-bit floats and large integers are rounded; truth
  /// values become 0 and 1.
  public func floats() -> [Float] {
    let count = count
    // `bytes` holds `count` elements by the precondition of `init`, and all `count` floats are set.
    return unsafe [Float](unsafeUninitializedCapacity: count) { floats, initialized in
      unsafe bytes.withUnsafeBytes { elements in
        if let base = elements.baseAddress, let target = floats.baseAddress {
          unsafe ccodecs_to_floats(base, type.code, count, target)
        }
      }
      initialized = count
    }
  }

  /// Returns some of the elements as 32-bit floats.
  ///
  /// - Parameter range: Their places in row-major order.
  /// - Returns: The numbers; the rest of the bytes is not read.
  public func floats(at range: Range<Int>) -> [Float] {
    let start = bytes.startIndex
    return StoredTensor(
      type: type, shape: [range.count],
      bytes: bytes[
        start + range.lowerBound * type.byteCount..<start + range.upperBound * type.byteCount]
    ).floats()
  }

  /// Returns the elements as integers, in row-major order, or `nil` if they are real numbers.
  public func integers() -> [Int]? {
    switch type {
    case .float64, .float32, .float16, .bfloat16: nil
    case .int64: elements(Int64.self).map { Int($0) }
    case .int32: elements(Int32.self).map { Int($0) }
    case .int16: elements(Int16.self).map { Int($0) }
    case .int8: elements(Int8.self).map { Int($0) }
    case .uint8: elements(UInt8.self).map { Int($0) }
    case .bool: elements(UInt8.self).map { $0 == 0 ? 0 : 1 }
    }
  }

  private func elements<Element: FixedWidthInteger>(_: Element.Type) -> [Element] {
    let size = MemoryLayout<Element>.size
    // Each load is unaligned and ends within the bytes.
    return unsafe bytes.withUnsafeBytes { raw in
      (0..<raw.count / size).map {
        unsafe Element(
          littleEndian: raw.loadUnaligned(fromByteOffset: $0 * size, as: Element.self))
      }
    }
  }
}

extension StoredType {
  /// The number of this type in `ccodecs.h`.
  fileprivate var code: Int32 {
    Int32(Self.allCases.firstIndex(of: self) ?? 0)
  }
}
