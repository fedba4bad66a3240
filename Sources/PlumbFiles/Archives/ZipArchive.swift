import Foundation

/// Why a zip archive cannot be read, in words that fit inside a sentence.
struct ZipProblem: Error {
  var text: String
}

/// A zip archive in memory, its members found by the directory at its end.
///
/// Large archives (zip64) are read, as are members that are stored or deflated. Everything that the
/// directory claims is checked against the bytes that are there.
struct ZipArchive: Sendable {
  /// What the directory says of one member.
  struct Member: Sendable {
    var isDeflated: Bool
    var crc: UInt32
    var compressedByteCount: Int
    var byteCount: Int
    var headerOffset: Int
  }

  /// The members by name.
  let members: [String: Member]

  private let data: Data

  // Weights hardly shrink at all. A member that claims to unpack to far more than a checkpoint
  // would is there to exhaust memory.
  private static let largestRatio = 32
  private static let alwaysAllowedByteCount = 16 << 20

  init(_ data: Data) throws(ZipProblem) {
    self.data = data
    let directory = try ZipDirectory(of: data)
    var members: [String: Member] = [:]
    var offset = directory.offset
    for _ in 0..<directory.count {
      guard data.littleEndian(at: offset, as: UInt32.self) == 0x0201_4B50,
        let (name, member, next) = Self.entry(of: data, at: offset), next <= directory.end
      else { throw ZipProblem(text: "its directory is malformed at byte \(offset)") }
      if members.updateValue(member, forKey: name) != nil {
        throw ZipProblem(text: "it has two members named '\(name)'")
      }
      offset = next
    }
    self.members = members
  }

  /// Returns the contents of a member after checking its checksum.
  ///
  /// PyTorch can be told to leave checksums out; it writes 0 then, which is not checked.
  func contents(of name: String) throws(ZipProblem) -> Data {
    guard let member = members[name] else { throw ZipProblem(text: "it has no member '\(name)'") }
    let compressed = try bytes(of: member, name: name)
    var contents = compressed
    if member.isDeflated {
      do {
        contents = try inflate(compressed, .deflate, limit: member.byteCount)
      } catch {
        throw ZipProblem(text: "its member '\(name)' cannot be decompressed")
      }
    }
    guard contents.count == member.byteCount else {
      throw ZipProblem(text: "its member '\(name)' has another size than it says")
    }
    guard member.crc == 0 || member.crc == checksum(of: contents) else {
      throw ZipProblem(text: "the checksum of its member '\(name)' is wrong")
    }
    return contents
  }

  /// Where a member's bytes lie; the header in front of them has names of its own length.
  private func bytes(of member: Member, name: String) throws(ZipProblem) -> Data {
    let start = member.headerOffset
    guard data.littleEndian(at: start, as: UInt32.self) == 0x0403_4B50,
      let nameLength = data.littleEndian(at: start + 26, as: UInt16.self),
      let extraLength = data.littleEndian(at: start + 28, as: UInt16.self)
    else { throw ZipProblem(text: "its member '\(name)' has no header") }
    let begin = start + 30 + Int(nameLength) + Int(extraLength)
    guard begin <= data.count, member.compressedByteCount <= data.count - begin else {
      throw ZipProblem(text: "its member '\(name)' ends behind the file")
    }
    return data.dropFirst(begin).prefix(member.compressedByteCount)
  }

  /// Reads the entry of the directory that starts at an offset.
  private static func entry(
    of data: Data, at offset: Int
  ) -> (name: String, member: Member, next: Int)? {
    func short(_ at: Int) -> Int? {
      data.littleEndian(at: offset + at, as: UInt16.self).map(Int.init)
    }
    func long(_ at: Int) -> Int? {
      data.littleEndian(at: offset + at, as: UInt32.self).map(Int.init)
    }
    guard let flags = short(8), let method = short(10), let crc = long(16),
      let compressed = long(20), let size = long(24), let nameLength = short(28),
      let extraLength = short(30), let commentLength = short(32), let header = long(42),
      flags & 1 == 0, method == 0 || method == 8
    else { return nil }
    let extraStart = offset + 46 + nameLength
    let next = extraStart + extraLength + commentLength
    guard next <= data.count,
      let name = String(validating: data.dropFirst(offset + 46).prefix(nameLength), as: UTF8.self),
      let wide = wideFields(
        [size, compressed, header], in: data, from: extraStart, to: extraStart + extraLength)
    else { return nil }
    let member = Member(
      isDeflated: method == 8, crc: UInt32(crc), compressedByteCount: wide[1], byteCount: wide[0],
      headerOffset: wide[2])
    let possible =
      member.isDeflated
      ? member.byteCount <= alwaysAllowedByteCount
        || member.byteCount / largestRatio <= member.compressedByteCount
      : member.byteCount == member.compressedByteCount
    guard possible, member.compressedByteCount <= data.count, member.headerOffset <= data.count
    else { return nil }
    return (name, member, next)
  }

  /// Replaces each field that is all ones by the 64-bit number that the zip64 extra field has.
  private static func wideFields(
    _ fields: [Int], in data: Data, from start: Int, to end: Int
  ) -> [Int]? {
    guard fields.contains(0xFFFF_FFFF) else { return fields }
    var offset = start
    while offset + 4 <= end, let tag = data.littleEndian(at: offset, as: UInt16.self),
      let length = data.littleEndian(at: offset + 2, as: UInt16.self)
    {
      guard tag == 1 else {
        offset += 4 + Int(length)
        continue
      }
      var position = offset + 4
      var wide = fields
      for index in fields.indices where fields[index] == 0xFFFF_FFFF {
        guard position + 8 <= min(end, offset + 4 + Int(length)),
          let value = data.littleEndian(at: position, as: UInt64.self),
          let number = Int(exactly: value)
        else { return nil }
        wide[index] = number
        position += 8
      }
      return wide
    }
    return nil
  }
}

/// Where the directory of a zip archive lies.
private struct ZipDirectory {
  var offset: Int
  var end: Int
  var count: Int

  init(of data: Data) throws(ZipProblem) {
    guard let tail = Self.tail(of: data) else {
      throw ZipProblem(text: "its directory is missing, so it is cut off")
    }
    func short(_ at: Int) -> UInt16? { data.littleEndian(at: tail + at, as: UInt16.self) }
    func long(_ at: Int) -> UInt32? { data.littleEndian(at: tail + at, as: UInt32.self) }
    guard let count = short(10), let size = long(12), let offset = long(16) else {
      throw ZipProblem(text: "its directory is missing, so it is cut off")
    }
    var wide = (count: UInt64(count), size: UInt64(size), offset: UInt64(offset))
    if count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
      guard data.littleEndian(at: tail - 20, as: UInt32.self) == 0x0706_4B50,
        let position = data.littleEndian(at: tail - 12, as: UInt64.self).flatMap(
          Int.init(exactly:)),
        position <= data.count,
        data.littleEndian(at: position, as: UInt32.self) == 0x0606_4B50,
        let count = data.littleEndian(at: position + 32, as: UInt64.self),
        let size = data.littleEndian(at: position + 40, as: UInt64.self),
        let offset = data.littleEndian(at: position + 48, as: UInt64.self)
      else { throw ZipProblem(text: "its 64-bit directory is malformed") }
      wide = (count, size, offset)
    }
    // An entry has at least 46 bytes.
    guard wide.offset <= UInt64(tail), wide.size <= UInt64(tail) - wide.offset,
      wide.count <= wide.size / 46
    else { throw ZipProblem(text: "its directory lies outside the file") }
    self.offset = Int(wide.offset)
    end = Int(wide.offset + wide.size)
    self.count = Int(wide.count)
  }

  /// The record at the very end; a comment of up to 65,535 bytes may follow it.
  private static func tail(of data: Data) -> Int? {
    guard data.count >= 22 else { return nil }
    for offset in stride(from: data.count - 22, through: max(0, data.count - 22 - 65535), by: -1)
    where data[data.startIndex + offset] == 0x50 {
      if data.littleEndian(at: offset, as: UInt32.self) == 0x0605_4B50,
        let comment = data.littleEndian(at: offset + 20, as: UInt16.self),
        offset + 22 + Int(comment) == data.count
      {
        return offset
      }
    }
    return nil
  }
}
