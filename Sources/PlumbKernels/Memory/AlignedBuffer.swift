#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A stretch of memory that starts at a cache line, as vector instructions like it.
///
/// The memory is freed with the last reference.
public final class AlignedBuffer: MemoryOwner, @unchecked Sendable {
  // Unchecked, because the bytes are shared: whoever hands a buffer to another thread also hands
  // over the right to change it, as the runtime does by computing on one thread only.

  /// The alignment of every buffer, in bytes: a cache line, and the widest vector.
  public static let alignment = 64

  /// The size of the large pages that `hugePages` asks for.
  private static let hugePage = 2 << 20

  /// The number of bytes.
  public let byteCount: Int
  /// The first byte; good while the buffer lives.
  public let baseAddress: UnsafeMutableRawPointer
  /// Always: a buffer is there to be written.
  public var isWritable: Bool { true }

  /// Reserves memory with undefined contents, or zeros.
  ///
  /// - Parameters:
  ///   - byteCount: The number of bytes, 0 or more.
  ///   - zeroed: Whether to fill the memory with zeros.
  ///   - hugePages: Whether to ask the system for large pages, which spares a large buffer that is
  ///     read at random many misses. Advice only; it rounds the size up to 2 MiB.
  /// - Throws: ``MemoryError/outOfMemory(byteCount:)``.
  public init(
    byteCount: Int, zeroed: Bool = false, hugePages: Bool = false
  ) throws(MemoryError) {
    precondition(byteCount >= 0, "A buffer cannot have \(byteCount) bytes.")
    let alignment = hugePages ? Self.hugePage : Self.alignment
    let (sum, overflow) = max(byteCount, 1).addingReportingOverflow(alignment - 1)
    let rounded = sum / alignment * alignment
    var memory: UnsafeMutableRawPointer?
    guard !overflow, posix_memalign(&memory, alignment, rounded) == 0, let memory else {
      throw .outOfMemory(byteCount: byteCount)
    }
    #if os(Linux)
      if hugePages { madvise(memory, rounded, MADV_HUGEPAGE) }
    #endif
    if zeroed { memset(memory, 0, rounded) }
    self.byteCount = byteCount
    self.baseAddress = memory
  }

  /// Reserves memory for the elements of an array and copies them.
  ///
  /// - Throws: ``MemoryError/outOfMemory(byteCount:)``.
  public convenience init<Element: BitwiseCopyable>(_ elements: [Element]) throws(MemoryError) {
    try self.init(byteCount: elements.count * MemoryLayout<Element>.stride)
    elements.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress { memcpy(baseAddress, start, bytes.count) }
    }
  }

  /// Reserves memory for the tensor that a descriptor describes.
  ///
  /// - Throws: ``MemoryError/outOfMemory(byteCount:)``.
  public convenience init(
    for descriptor: MemoryDescriptor, zeroed: Bool = false
  ) throws(MemoryError) {
    try self.init(byteCount: descriptor.byteCount, zeroed: zeroed)
  }

  deinit { free(baseAddress) }

  /// Fills the whole buffer with zeros.
  public func fillWithZeros() { memset(baseAddress, 0, byteCount) }

  /// Copies elements into the buffer, from a byte on.
  ///
  /// - Parameters:
  ///   - elements: What to copy; it must fit.
  ///   - byteOffset: Where the first element goes; a multiple of the type's alignment.
  public func copy<Element: BitwiseCopyable>(_ elements: [Element], byteOffset: Int = 0) {
    let target = self.elements(Element.self, byteOffset, elements.count)
    _ = target.update(fromContentsOf: elements)
  }

  /// Calls a closure with the elements of a part of the memory, to change them.
  ///
  /// - Parameters:
  ///   - type: The type of the elements; a byte pattern of any kind must be a valid one.
  ///   - byteOffset: Where the first element is; a multiple of the type's alignment.
  ///   - count: The number of elements; nil for as many as there are.
  ///   - body: What to do with them.
  /// - Returns: What the closure returns.
  /// - Throws: What the closure throws.
  public func withMutableSpan<Element: BitwiseCopyable, Result, Failure: Error>(
    of type: Element.Type, byteOffset: Int = 0, count: Int? = nil,
    _ body: (inout MutableSpan<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var span = elements(type, byteOffset, count).mutableSpan
    return try body(&span)
  }
}
