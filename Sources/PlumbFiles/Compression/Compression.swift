import CCodecs
import Foundation

/// Returns the CRC-32 that PNG, gzip and zip use.
func checksum(of data: Data) -> UInt32 {
  // The pointer lives for the call alone.
  unsafe data.withUnsafeBytes { raw in
    let bytes = unsafe raw.bindMemory(to: UInt8.self)
    return unsafe ccodecs_crc32(0, bytes.baseAddress, bytes.count)
  }
}

/// Compresses to a zlib stream with fixed settings.
func deflate(_ bytes: [UInt8]) -> Data {
  var compressed = [UInt8](repeating: 0, count: ccodecs_deflate_bound(bytes.count))
  // Both arrays are as long as the function is told.
  let count = unsafe ccodecs_deflate(bytes, bytes.count, &compressed, compressed.count)
  precondition(count > 0, "zlib could not compress \(bytes.count) bytes")
  return Data(compressed.prefix(count))
}

/// Decompresses one whole stream that must not become longer than `limit` bytes.
func inflate(
  _ compressed: Data, _ format: CompressionFormat, limit: Int
) throws(DecompressionFailure) -> Data {
  let decoder = StreamDecoder(format)
  var rest = compressed
  var output = Data()
  while true {
    let room = min(1 << 20, limit - output.count + 1)
    let step = decoder.step(rest, last: true, capacity: room)
    rest = rest.dropFirst(step.consumed)
    output.append(contentsOf: step.output)
    if output.count > limit { throw .tooLong }
    switch step.status {
    case .more: continue
    case .done: return output
    case .failed(let failure): throw failure
    }
  }
}
