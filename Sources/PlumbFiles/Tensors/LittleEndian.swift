import Foundation

/// Returns the bytes of integers, the lowest byte of each first.
func littleEndian<Integer: FixedWidthInteger>(_ values: [Integer]) -> Data {
  // The bytes are copied before the array ends.
  unsafe values.map(\.littleEndian).withUnsafeBufferPointer { unsafe Data(buffer: $0) }
}

extension Data {
  /// Reads an integer whose lowest byte comes first, or returns `nil` if the data end before it.
  func littleEndian<Integer: FixedWidthInteger & UnsignedInteger>(
    at offset: Int, as type: Integer.Type
  ) -> Integer? {
    let size = MemoryLayout<Integer>.size
    guard offset >= 0, count >= size, offset <= count - size else { return nil }
    let start = startIndex + offset
    var value: Integer = 0
    for index in 0..<size { value |= Integer(self[start + index]) << Integer(8 * index) }
    return value
  }
}
