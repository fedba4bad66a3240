import Foundation

/// A regular file inside a tar archive.
public struct TarMember: Sendable, Hashable {
  /// The path inside the archive, as it is written there; never use it as a path on disk unchecked.
  public let name: String
  /// The contents.
  public let bytes: [UInt8]
}

/// A tar archive that is read member by member, compressed or not.
///
/// ```swift
/// let archive = try TarArchive(path: "val.tar.xz")
/// while let member = try archive.next() {
///   print(member.name, member.bytes.count)
/// }
/// ```
/// Understands POSIX (pax) and GNU archives. Folders, links and devices are passed over. One member
/// at a time is in memory.
public final class TarArchive {
  private static let blockByteCount = 512
  // Long names and their like; anything larger is no name.
  private static let maximumExtensionByteCount = 1 << 20

  private let stream: ByteStream
  private let maximumMemberByteCount: Int
  private var ended = false

  /// Opens an archive: tar, or tar in gzip, xz or bzip2.
  ///
  /// - Parameters:
  ///   - path: The path of the archive.
  ///   - maximumMemberByteCount: The largest member to accept.
  /// - Throws: ``ArchiveError/unreadable(file:reason:)``.
  public convenience init(
    path: String, maximumMemberByteCount: Int = 1 << 30
  ) throws(ArchiveError) {
    self.init(try ByteStream(path: path), maximumMemberByteCount: maximumMemberByteCount)
  }

  /// Reads an archive from an open stream.
  public init(_ stream: ByteStream, maximumMemberByteCount: Int = 1 << 30) {
    self.stream = stream
    self.maximumMemberByteCount = maximumMemberByteCount
  }

  /// Returns the next regular file, or `nil` behind the last.
  ///
  /// - Returns: The member with all its bytes.
  /// - Throws: ``ArchiveError`` if the archive is damaged; the members before it were whole.
  public func next() throws(ArchiveError) -> TarMember? {
    var overrides = TarOverrides()
    while !ended {
      let start = stream.bytesRead
      let block = try readExactly(Self.blockByteCount)
      if block.allSatisfy({ $0 == 0 }) {
        ended = true
        try drain()
        return nil
      }
      var header = try TarHeader(block, file: stream.name, byte: start)
      switch header.kind {
      case "x": overrides.readPax(try readExtension(header))
      case "L": overrides.path = text(try readExtension(header))
      case "g", "K", "X": _ = try readExtension(header)
      case "0", "\0", "7":
        header.byteCount = overrides.byteCount ?? header.byteCount
        let name = overrides.path ?? header.name
        guard header.byteCount <= maximumMemberByteCount else {
          throw .memberTooLarge(
            file: stream.name, member: name, bytes: header.byteCount, limit: maximumMemberByteCount)
        }
        // A name that ends in / is a folder in the oldest archives.
        let bytes = try readPadded(header.byteCount)
        if !name.hasSuffix("/") { return TarMember(name: name, bytes: bytes) }
        overrides = TarOverrides()
      case "1", "2", "3", "4", "5", "6":
        // Links, devices and folders have no contents, whatever size they note.
        overrides = TarOverrides()
      default:
        try skip(overrides.byteCount ?? header.byteCount)
        overrides = TarOverrides()
      }
    }
    return nil
  }

  private func readExtension(_ header: TarHeader) throws(ArchiveError) -> [UInt8] {
    guard header.byteCount <= Self.maximumExtensionByteCount else {
      throw .memberTooLarge(
        file: stream.name, member: header.name, bytes: header.byteCount,
        limit: Self.maximumExtensionByteCount)
    }
    return try readPadded(header.byteCount)
  }

  /// Reads the contents of a member, and the zeros that fill its last block.
  private func readPadded(_ count: Int) throws(ArchiveError) -> [UInt8] {
    let bytes = try readExactly(count)
    _ = try readExactly((512 - count % 512) % 512)
    return bytes
  }

  private func skip(_ count: Int) throws(ArchiveError) {
    guard count <= Int.max - 511 else {
      throw .truncated(file: stream.name, bytesRead: stream.bytesRead)
    }
    var left = (count + 511) / 512 * 512
    while left > 0 { left -= try readExactly(min(left, 1 << 18)).count }
  }

  /// Reads so many bytes; memory grows with what arrives, not with what a header claims.
  private func readExactly(_ count: Int) throws(ArchiveError) -> [UInt8] {
    var bytes = try stream.read(upTo: count)
    while bytes.count < count {
      // The stream tells what is wrong with it, if anything is.
      let more = try stream.read(upTo: count - bytes.count)
      guard !more.isEmpty else {
        throw .truncated(file: stream.name, bytesRead: stream.bytesRead)
      }
      bytes += more
    }
    return bytes
  }

  /// Reads to the end, so that a damaged checksum there is noticed.
  private func drain() throws(ArchiveError) {
    while !(try stream.read(upTo: 1 << 18)).isEmpty {}
  }

  private func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// What an extended header says of the member behind it.
private struct TarOverrides {
  var path: String?
  var byteCount: Int?

  /// Reads records of the form `LENGTH KEY=VALUE\n`; stops at the first that is none.
  mutating func readPax(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while let space = rest.firstIndex(of: UInt8(ascii: " ")),
      let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
      length <= rest.count, length > space - rest.startIndex + 1
    {
      let record = rest.prefix(length).dropFirst(space - rest.startIndex + 1).dropLast()
      rest = rest.dropFirst(length)
      guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let value = String(decoding: record[(equals + 1)...], as: UTF8.self)
      switch String(decoding: record[..<equals], as: UTF8.self) {
      case "path": path = value
      case "size": byteCount = Int(value).flatMap { $0 >= 0 ? $0 : nil }
      default: break
      }
    }
  }
}
