import Foundation
import Goldens
import Testing

@testable import PlumbFiles

private func members(_ archive: TarArchive) throws -> [TarMember] {
  var members: [TarMember] = []
  while let member = try archive.next() { members.append(member) }
  return members
}

@Suite("Tar archives")
struct TarArchiveTests {
  /// What `make_archives.py` put in, less the folder and the link.
  private let expected: [(name: String, count: Int)] =
    [0, 1, 511, 512, 513].map { ("folder/\($0).bin", $0) }
    + [("folder/" + String(repeating: "long/", count: 40) + "ü.txt", 4), ("last", 3)]

  @Test(
    "Members come in order, from any compression",
    arguments: [
      "gnu.tar.bz2", "pax.tar.gz", "pax.tar.xz",
    ])
  func reads(name: String) throws {
    let read = try members(try TarArchive(path: Fixtures.path(name)))
    #expect(read.map(\.name) == expected.map(\.name))
    #expect(read.map(\.bytes.count) == expected.map(\.count))
    #expect(read[4].bytes == (0..<513).map { UInt8($0 % 251) })
  }

  @Test("An archive that is cut off gives its first members, then says where it ends")
  func truncated() throws {
    let whole = try contents("pax.tar.gz")
    // The folder, three files of at most a block, and the header of the next.
    let archive = TarArchive(try ByteStream(Data(whole.prefix(7 * 512 + 100)), name: "F"))
    var names: [String] = []
    let text = message {
      while let member = try archive.next() { names.append(member.name) }
    }
    #expect(names == ["folder/0.bin", "folder/1.bin", "folder/511.bin"])
    #expect(
      text == "F is cut off after 3684 bytes of content; copy or download it again.")
    #expect(message { _ = try archive.next() } != "no error")
  }

  @Test("A damaged header and a huge member are refused in one sentence")
  func refused() throws {
    var whole = try contents("pax.tar.gz")
    #expect(
      message {
        _ = try members(
          TarArchive(try ByteStream(Data(whole), name: "F"), maximumMemberByteCount: 512))
      }
        == "The member 'folder/513.bin' of F has 513 bytes, more than the limit of 512; "
        + "raise the limit if that is meant.")
    whole[512] ^= 1
    #expect(
      message { _ = try members(TarArchive(try ByteStream(Data(whole), name: "F"))) }
        == "F has a malformed tar header at byte 512 (its checksum is wrong); "
        + "copy or download it again.")
    #expect(
      message { _ = try TarArchive(path: "/nowhere/a.tar") }
        == "/nowhere/a.tar cannot be read (no such file); check the path and its permissions.")
  }

  @Test(
    "Damaged archives throw or are read, and never crash",
    arguments: [
      "gnu.tar.bz2", "pax.tar.gz", "pax.tar.xz",
    ])
  func damaged(name: String) throws {
    damage(try Fixtures.data(name)) { data in
      _ = try members(TarArchive(try ByteStream(data, name: "F"), maximumMemberByteCount: 1 << 20))
    }
    damage(Data(try contents(name)), cuts: 200) { data in
      _ = try members(TarArchive(try ByteStream(data, name: "F"), maximumMemberByteCount: 1 << 20))
    }
  }

  @Test(
    "Tiny ImageNet's validation images are all there, and are pictures",
    .enabled(
      if: SharedFiles.has("data/tinyimagenet/val.tar.xz"), "\(SharedFiles.reason)"))
  func tinyImageNet() throws {
    let archive = try TarArchive(path: SharedFiles.path("data/tinyimagenet/val.tar.xz"))
    var count = 0
    while let member = try archive.next() {
      count += 1
      guard count % 50 == 1 else { continue }
      let image = try ImageFile.decode(Data(member.bytes), name: member.name)
      #expect(image.height == 64 && image.width == 64 && image.channels == 3)
    }
    #expect(count == 10_000)
  }

  private func contents(_ name: String) throws -> [UInt8] {
    try ByteStream(path: Fixtures.path(name)).read(upTo: 1 << 20)
  }
}

@Suite("Compressed text")
struct ByteStreamTests {
  private let lines = (0..<1000).map { "line \($0)" } + ["café", "", "end"]

  @Test(
    "Lines come out of gzip, xz and bzip2, also of two streams in one file",
    arguments: [
      "lines.gz", "lines.xz", "lines.bz2",
    ])
  func reads(name: String) throws {
    let stream = try ByteStream(path: Fixtures.path(name))
    var read: [String] = []
    while let line = try stream.readLine() { read.append(line) }
    #expect(read == lines)
    #expect(stream.bytesRead == 8901)
    #expect(try stream.read(upTo: 1).isEmpty)
  }

  @Test("Files without compression, and empty ones, are read as they are")
  func plain() throws {
    let stream = try ByteStream(Data("a\nb".utf8), name: "F")
    #expect(try stream.readLine() == "a")
    #expect(try stream.readLine() == "b")
    #expect(try stream.readLine() == nil)
    #expect(try ByteStream(Data(), name: "F").readLine() == nil)
  }

  @Test("A file that is cut off gives its good lines first")
  func truncated() throws {
    let file = try Fixtures.data("lines.gz")
    let stream = try ByteStream(file.prefix(600), name: "F")
    var read = 0
    let text = message {
      while try stream.readLine() != nil { read += 1 }
    }
    #expect(read > 100)
    #expect(
      text
        == "F is cut off after \(stream.bytesRead) bytes of content; copy or download it again."
    )
  }

  @Test("A wrong checksum and an endless line are refused in one sentence")
  func refused() throws {
    var file = try Fixtures.data("lines.xz")
    file[file.count / 4] ^= 0x10
    let stream = try ByteStream(file, name: "F")
    let text = message { while !(try stream.read(upTo: 1 << 20)).isEmpty {} }
    #expect(
      text == "F is damaged after \(stream.bytesRead) bytes of content; "
        + "copy or download it again.")
    #expect(
      message { _ = try ByteStream(Data("0123456789".utf8), name: "F").readLine(limit: 9) }
        == "F has a line of more than 9 bytes; raise the limit if that is meant.")
  }

  @Test(
    "Damaged streams throw or are read, and never hang",
    arguments: [
      "lines.gz", "lines.xz", "lines.bz2",
    ])
  func damaged(name: String) throws {
    damage(try Fixtures.data(name)) { data in
      let stream = try ByteStream(data, name: "F")
      while try stream.readLine() != nil {}
    }
  }
}
