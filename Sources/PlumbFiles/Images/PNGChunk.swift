import Foundation

/// One chunk of a PNG file: a name of four letters, and bytes.
struct PNGChunk {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  var name: String
  var body: Data

  /// The chunk as it is written: length, name, bytes, checksum.
  var encoded: Data {
    let named = Data(name.utf8) + body
    return bigEndian(UInt32(body.count)) + named + bigEndian(checksum(of: named))
  }

  /// Reads the chunks of a file up to `IEND`, or up to the first that is damaged.
  static func chunks(of file: Data) -> (chunks: [PNGChunk], problem: String?) {
    var chunks: [PNGChunk] = []
    guard file.starts(with: signature) else { return ([], "no PNG signature") }
    var rest = file.dropFirst(signature.count)
    while let length = rest.bigEndianUInt32(at: 0) {
      guard rest.count >= 12, Int(length) <= rest.count - 12 else {
        return (chunks, "the data end too early")
      }
      let named = rest.dropFirst(4).prefix(4 + Int(length))
      let name = String(decoding: named.prefix(4), as: UTF8.self)
      guard rest.bigEndianUInt32(at: 8 + Int(length)) == checksum(of: named) else {
        return (chunks, "the checksum of chunk \(name) is wrong")
      }
      chunks.append(PNGChunk(name: name, body: named.dropFirst(4)))
      if name == "IEND" { return (chunks, nil) }
      rest = rest.dropFirst(12 + Int(length))
    }
    return (chunks, "the data end too early")
  }
}

func bigEndian(_ value: UInt32) -> Data {
  Data([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) })
}

func bigEndian(_ value: UInt16) -> Data {
  Data([UInt8(value >> 8), UInt8(truncatingIfNeeded: value)])
}

extension Data {
  func bigEndianUInt32(at offset: Int) -> UInt32? {
    guard offset <= count - 4 else { return nil }
    let start = startIndex + offset
    return self[start..<(start + 4)].reduce(0) { $0 << 8 | UInt32($1) }
  }
}
