/// Something that keeps a stretch of memory alive: a buffer, or a file in memory.
public protocol MemoryOwner: AnyObject, Sendable {
  /// The number of bytes.
  var byteCount: Int { get }
  /// Whether the bytes may be changed.
  var isWritable: Bool { get }
  /// The first byte; good while the owner lives.
  @unsafe var baseAddress: UnsafeMutableRawPointer { get }
}

extension MemoryOwner {
  /// Calls a closure with the elements of a part of the memory.
  ///
  /// - Parameters:
  ///   - type: The type of the elements; a byte pattern of any kind must be a valid one.
  ///   - byteOffset: Where the first element is; a multiple of the type's alignment.
  ///   - count: The number of elements; nil for as many as there are.
  ///   - body: What to do with them.
  /// - Returns: What the closure returns.
  /// - Throws: What the closure throws.
  public func withSpan<Element: BitwiseCopyable, Result, Failure: Error>(
    of type: Element.Type, byteOffset: Int = 0, count: Int? = nil,
    _ body: (Span<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(elements(type, byteOffset, count).span)
  }

  /// The elements of a part of the memory, copied.
  ///
  /// - Parameters:
  ///   - type: The type of the elements; a byte pattern of any kind must be a valid one.
  ///   - byteOffset: Where the first element is; a multiple of the type's alignment.
  ///   - count: The number of elements; nil for as many as there are.
  /// - Returns: The elements.
  public func array<Element: BitwiseCopyable>(
    of type: Element.Type, byteOffset: Int = 0, count: Int? = nil
  ) -> [Element] {
    Array(elements(type, byteOffset, count))
  }

  /// The elements of a part of the memory, checked to lie inside and to be aligned.
  func elements<Element: BitwiseCopyable>(
    _ type: Element.Type, _ byteOffset: Int, _ count: Int?
  ) -> UnsafeMutableBufferPointer<Element> {
    let stride = MemoryLayout<Element>.stride
    let count = count ?? (byteCount - byteOffset) / stride
    precondition(
      byteOffset >= 0 && count >= 0 && byteOffset <= byteCount
        && count <= (byteCount - byteOffset) / stride,
      "\(count) elements of \(type) at byte \(byteOffset) do not fit into \(byteCount) bytes.")
    let start = baseAddress + byteOffset
    precondition(
      UInt(bitPattern: start) % UInt(MemoryLayout<Element>.alignment) == 0,
      "Byte \(byteOffset) is not aligned for \(type).")
    return UnsafeMutableBufferPointer(
      start: start.assumingMemoryBound(to: Element.self), count: count)
  }
}
