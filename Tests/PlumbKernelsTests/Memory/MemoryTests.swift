import Foundation
import PlumbKernels
import Testing

@Suite("Memory")
struct MemoryTests {
  @Test("Buffers start at a cache line", arguments: [0, 1, 63, 64, 4097, 3 << 20])
  func alignment(byteCount: Int) throws {
    for hugePages in [false, true] {
      let buffer = try AlignedBuffer(byteCount: byteCount, zeroed: true, hugePages: hugePages)
      #expect(buffer.byteCount == byteCount)
      #expect(UInt(bitPattern: buffer.baseAddress) % 64 == 0)
      #expect(buffer.array(of: UInt8.self).allSatisfy { $0 == 0 })
    }
  }

  @Test("Buffers hold what is written into them")
  func access() throws {
    let buffer = try AlignedBuffer([1, 2, 3, 4] as [Float])
    buffer.withMutableSpan(of: Float.self, byteOffset: 4, count: 2) { span in
      span[0] = 20
      span[1] = 30
    }
    buffer.copy([40] as [Float], byteOffset: 12)
    #expect(buffer.array(of: Float.self) == [1, 20, 30, 40])
    let sum = buffer.withSpan(of: Float.self) { span in
      span.indices.reduce(0) { $0 + span[$1] }
    }
    #expect(sum == 91)
    buffer.fillWithZeros()
    #expect(buffer.array(of: Float.self) == [0, 0, 0, 0])
  }

  @Test("More memory than there is names the bytes")
  func outOfMemory() {
    let error = #expect(throws: MemoryError.self) {
      _ = try AlignedBuffer(byteCount: .max - 1)
    }
    #expect(
      error?.description
        == "There is no memory for 9223372036854775806 bytes; close other programs, or ask for "
        + "less.")
  }

  @Test("A mapped file is its bytes", arguments: [0, 1, 5000])
  func mapping(byteCount: Int) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: url) }
    let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try Data(bytes).write(to: url)
    let file = try MappedFile(path: url.path)
    #expect(file.array(of: UInt8.self) == bytes)
    #expect(!file.isWritable)
  }

  @Test("A file that is not there, or is none, is named")
  func unreadable() {
    var error = #expect(throws: MemoryError.self) { _ = try MappedFile(path: "/no/such/file") }
    #expect(error?.description == "'/no/such/file' cannot be read: No such file or directory.")
    error = #expect(throws: MemoryError.self) { _ = try MappedFile(path: "/") }
    #expect(error?.description == "'/' cannot be read: it is not a file.")
  }
}
