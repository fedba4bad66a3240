import CKernels

/// A run of bytes within an ``AlignedBuffer``, which it keeps alive.
///
/// Kernels take slices, never pointers: whoever makes a slice has said how long it is, and a kernel
/// that would leave it stops with a message instead of corrupting memory.
public struct BufferSlice: Sendable {
  /// The memory.
  public let buffer: AlignedBuffer
  /// Where the slice begins.
  public let byteOffset: Int
  /// How long it is.
  public let byteCount: Int

  /// Creates a slice that lies within the buffer.
  public init(_ buffer: AlignedBuffer, byteOffset: Int = 0, byteCount: Int) {
    precondition(
      byteOffset >= 0 && byteCount >= 0 && byteOffset + byteCount <= buffer.byteCount,
      "slice \(byteOffset) + \(byteCount) leaves a buffer of \(buffer.byteCount) bytes")
    self.buffer = buffer
    self.byteOffset = byteOffset
    self.byteCount = byteCount
  }

  /// The whole of a buffer.
  public init(_ buffer: AlignedBuffer) {
    self.init(buffer, byteCount: buffer.byteCount)
  }

  /// A part of this slice.
  public func slice(byteOffset offset: Int, byteCount: Int) -> BufferSlice {
    precondition(offset + byteCount <= self.byteCount, "part leaves its slice")
    return BufferSlice(buffer, byteOffset: byteOffset + offset, byteCount: byteCount)
  }

  /// The memory as elements of a type; checks that `count` of them fit.
  func pointer<Element>(
    to type: Element.Type = Element.self, count: Int
  ) -> UnsafeMutablePointer<Element> {
    precondition(
      count * MemoryLayout<Element>.stride <= byteCount,
      "\(count) elements of \(Element.self) leave a slice of \(byteCount) bytes")
    return rawPointer.assumingMemoryBound(to: Element.self)
  }

  var rawPointer: UnsafeMutableRawPointer { buffer.baseAddress + byteOffset }

  /// Copies numbers into the slice, from its start.
  public func write(_ values: [Float]) {
    pointer(to: Float.self, count: values.count).update(from: values, count: values.count)
  }

  /// Copies whole numbers into the slice as 32-bit indices.
  public func writeIndices(_ values: [Float]) {
    let destination = pointer(to: Int32.self, count: values.count)
    for (index, value) in values.enumerated() { destination[index] = Int32(value) }
  }

  /// Fills the first `count` numbers.
  public func fill(_ value: Float, count: Int) {
    pointer(to: Float.self, count: count).update(repeating: value, count: count)
  }

  /// Copies the first `count` numbers of another slice.
  public func copy(from source: BufferSlice, count: Int) {
    pointer(to: Float.self, count: count).update(
      from: source.pointer(to: Float.self, count: count), count: count)
  }

  /// The first `count` numbers of the slice.
  public func read(_ count: Int) -> [Float] {
    Array(UnsafeBufferPointer(start: pointer(to: Float.self, count: count), count: count))
  }

  /// The first `count` 32-bit indices of the slice.
  public func readIndices(_ count: Int) -> [Int32] {
    Array(UnsafeBufferPointer(start: pointer(to: Int32.self, count: count), count: count))
  }

  /// The index of the first NaN or infinity among the first `count` numbers, or `nil`.
  public func firstNonFinite(_ count: Int) -> Int? {
    let index = ck_first_nonfinite(pointer(to: Float.self, count: count), Int64(count))
    return index < 0 ? nil : Int(index)
  }
}

/// A kernel with its operands, ready to run any number of times without allocating.
///
/// `@unchecked Sendable`: it holds slices, which are, and constants; two runs at once are the
/// caller's affair, as with any memory.
public struct KernelCall: @unchecked Sendable {
  /// The name of the implementation, such as `jit:avx2` or `plumb:lrn`.
  public let implementation: String
  private let body: () throws -> Void

  /// Creates a call of `body`.
  public init(_ implementation: String, _ body: @escaping () throws -> Void) {
    self.implementation = implementation
    self.body = body
  }

  /// Runs the kernel; to be called on the compute thread.
  public func run() throws { try body() }
}
