/// The block of 512 bytes in front of each member of a tar archive.
struct TarHeader {
  /// The path of the member.
  var name: String
  /// The bytes of its contents.
  var byteCount: Int
  /// What it is: `0` a file, `5` a folder, `x` an extended header, and more.
  var kind: Unicode.Scalar

  /// Reads a block and checks its sum; `byte` is where it lies in the archive, for messages.
  init(_ block: [UInt8], file: String, byte: Int) throws(ArchiveError) {
    func fail(_ problem: String) -> ArchiveError {
      .malformedHeader(file: file, byte: byte, problem: problem)
    }
    // The sum counts its own eight bytes as spaces.
    let sum =
      block.reduce(0) { $0 + Int($1) }
      - block[148..<156].reduce(0) { $0 + Int($1) } + 8 * 32
    guard Self.number(block[148..<156]) == sum else { throw fail("its checksum is wrong") }
    guard let byteCount = Self.number(block[124..<136]) else { throw fail("its size is no number") }
    self.byteCount = byteCount
    kind = Unicode.Scalar(block[156])
    let name = Self.text(block[0..<100])
    let isPOSIX = block[257..<263].elementsEqual("ustar\0".utf8)
    let prefix = isPOSIX ? Self.text(block[345..<500]) : ""
    self.name = prefix.isEmpty ? name : "\(prefix)/\(name)"
  }

  /// Reads an octal number, or the binary one that GNU tar writes where octal digits are too few.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    if let first = field.first, first & 0x80 != 0 {
      var value = Int(first & 0x7F)
      for byte in field.dropFirst() {
        guard value < 1 << 54 else { return nil }
        value = value << 8 | Int(byte)
      }
      return value
    }
    let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
    return digits.isEmpty
      ? 0
      : Int(String(decoding: digits, as: UTF8.self), radix: 8).flatMap {
        $0 >= 0 ? $0 : nil
      }
  }

  private static func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }
}
