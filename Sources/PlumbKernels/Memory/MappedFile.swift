#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A file seen as memory, for reading.
///
/// Pages are read when they are first touched, and the system may drop them again, so a large
/// checkpoint costs no memory of ours. A file that another program cuts short while it is mapped
/// stops the program that touches the missing part; that is how mapping works.
public final class MappedFile: MemoryOwner, @unchecked Sendable {
  // Unchecked, because of the pointer: nobody writes through it, and it lives as long as the file.

  /// The path that was opened.
  public let path: String
  /// The number of bytes in the file.
  public let byteCount: Int
  /// The first byte, good while the file lives; writing there stops the program.
  public let baseAddress: UnsafeMutableRawPointer
  /// Never.
  public var isWritable: Bool { false }

  /// Opens and maps a file.
  ///
  /// - Throws: ``MemoryError/unreadable(path:reason:)``.
  public init(path: String) throws(MemoryError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.unreadable(path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.unreadable(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(path: path, reason: "it is not a file")
    }
    let byteCount = Int(status.st_size)
    // No system maps nothing; an empty file borrows a page of zeros.
    let anonymous = byteCount == 0
    let mapping = mmap(
      nil, max(byteCount, 1), PROT_READ, anonymous ? MAP_PRIVATE | MAP_ANON : MAP_PRIVATE,
      anonymous ? -1 : descriptor, 0)
    guard let mapping, mapping != MAP_FAILED else { throw Self.unreadable(path) }
    self.path = path
    self.byteCount = byteCount
    self.baseAddress = mapping
  }

  deinit { munmap(baseAddress, max(byteCount, 1)) }

  /// The error for what the system said last.
  private static func unreadable(_ path: String) -> MemoryError {
    .unreadable(path: path, reason: String(cString: strerror(errno)))
  }
}
