import PlumbGraph
import PlumbKernels
import PlumbRuntime

/// Rows of numbers that a decoder computed: hidden states, or logits.
///
/// `@unchecked Sendable`: a buffer changes only when a decoder is told to compute into it.
public final class RowBuffer: @unchecked Sendable {
  /// The number of rows in use.
  public internal(set) var rows: Int
  /// The numbers of a row.
  public let columns: Int
  /// Where the rows lie, one after another.
  public private(set) var memory: BufferSlice

  /// Creates rows, filled with undefined numbers.
  ///
  /// - Throws: `MemoryError` if there is no memory.
  public init(rows: Int, columns: Int) throws(MemoryError) {
    self.rows = rows
    self.columns = columns
    memory = BufferSlice(try AlignedBuffer(byteCount: max(rows * columns, 1) * 4))
  }

  /// Creates rows from numbers, `[rows, columns]`.
  ///
  /// - Throws: `MemoryError` if there is no memory.
  public convenience init(_ values: [Float], columns: Int) throws(MemoryError) {
    precondition(columns > 0 && values.count % columns == 0, "\(values.count) by \(columns)")
    try self.init(rows: values.count / columns, columns: columns)
    memory.write(values)
  }

  /// Creates rows in memory that others may share.
  private init(_ memory: BufferSlice, rows: Int, columns: Int) {
    (self.memory, self.rows, self.columns) = (memory, rows, columns)
  }

  /// Some of the rows in the same memory.
  func window(_ range: Range<Int>) -> RowBuffer {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    let bytes = columns * 4
    return RowBuffer(
      memory.slice(byteOffset: range.lowerBound * bytes, byteCount: range.count * bytes),
      rows: range.count, columns: columns)
  }

  /// Makes room for another number of rows, whose contents are undefined then.
  func resize(rows: Int) throws(MemoryError) {
    if rows * columns * 4 > memory.byteCount {
      memory = BufferSlice(try AlignedBuffer(byteCount: rows * columns * 4))
    }
    self.rows = rows
  }

  /// Calls a closure with the numbers of a row.
  ///
  /// - Parameters:
  ///   - row: The row, from 0.
  ///   - body: What to do with them.
  /// - Returns: What the closure returns.
  /// - Throws: What the closure throws.
  public func withRow<Result, Failure: Error>(
    _ row: Int, _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(row >= 0 && row < rows, "row \(row) of \(rows)")
    return try memory.buffer.withSpan(
      of: Float.self, byteOffset: memory.byteOffset + row * columns * 4, count: columns, body)
  }

  /// The numbers of a row.
  public func row(_ row: Int) -> [Float] {
    precondition(row >= 0 && row < rows, "row \(row) of \(rows)")
    return memory.slice(byteOffset: row * columns * 4, byteCount: columns * 4).read(columns)
  }

  /// A copy of some of the rows.
  ///
  /// - Throws: `MemoryError` if there is no memory.
  public func rows(_ range: Range<Int>) throws(MemoryError) -> RowBuffer {
    let part = try RowBuffer(rows: range.count, columns: columns)
    part.memory.copy(from: window(range).memory, count: range.count * columns)
    return part
  }

  /// All numbers, `[rows, columns]`.
  public var elements: [Float] {
    memory.read(rows * columns)
  }

  /// All numbers as a tensor, `[rows, columns]`.
  public var tensor: Tensor {
    get throws { try Tensor([rows, columns], elements) }
  }

  /// The natural logarithms of the probabilities of a row of logits.
  public func logProbabilities(_ row: Int) -> [Float] {
    withRow(row) { logits in
      let sum = TokenKernels.summarize(logits).logSumExp
      return logits.indices.map { logits[$0] - sum }
    }
  }
}
