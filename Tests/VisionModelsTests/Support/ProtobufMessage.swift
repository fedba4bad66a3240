import Foundation

/// A protocol buffer, written field by field, to make small ONNX and TensorFlow files.
struct ProtobufMessage {
  private(set) var bytes = Data()

  mutating func add(_ field: Int, _ value: Int) {
    varint(UInt64(field << 3))
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func add(_ field: Int, _ value: Float) {
    varint(UInt64(field << 3 | 5))
    for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> (8 * shift))) }
  }

  mutating func add(_ field: Int, _ value: Data) {
    varint(UInt64(field << 3 | 2))
    varint(UInt64(value.count))
    bytes.append(value)
  }

  mutating func add(_ field: Int, _ value: String) { add(field, Data(value.utf8)) }

  mutating func add(_ field: Int, _ build: (inout ProtobufMessage) -> Void) {
    var inner = ProtobufMessage()
    build(&inner)
    add(field, inner.bytes)
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// The bytes of numbers, lowest byte first.
func littleEndianBytes(_ values: [Float]) -> Data {
  var data = Data()
  for value in values {
    for shift in 0..<4 { data.append(UInt8(truncatingIfNeeded: value.bitPattern >> (8 * shift))) }
  }
  return data
}
