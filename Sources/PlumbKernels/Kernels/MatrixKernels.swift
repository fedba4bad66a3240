import CKernels

/// Products of matrices of fp32 numbers, faster than oneDNN's on processors without AVX-512.
public enum MatrixKernels {
  /// How a factor of a product lies in memory; strides count elements.
  public struct Factor: Sendable {
    /// From one row to the next.
    public var rowStride: Int
    /// From one column to the next.
    public var columnStride: Int
    /// From one matrix of a batch to the next; 0 is the same one for all.
    public var batchStride: Int

    /// A factor of `rows` x `columns`, row-major or stored transposed.
    public init(rows: Int, columns: Int, isTransposed: Bool = false, isShared: Bool = false) {
      rowStride = isTransposed ? 1 : columns
      columnStride = isTransposed ? rows : 1
      batchStride = isShared ? 0 : rows * columns
    }
  }

  /// `result[t] = left[t] right[t]`, all row-major: `[batch, rows, inner]` by
  /// `[batch, inner, columns]`; or `result[t] +=` that.
  public static func product(
    batch: Int = 1, rows: Int, columns: Int, inner: Int, result: BufferSlice, left: BufferSlice,
    _ leftFactor: Factor, right: BufferSlice, _ rightFactor: Factor, adds: Bool = false
  ) -> KernelCall {
    func factor(_ slice: BufferSlice, _ factor: Factor, _ size: Int) -> ck_factor {
      ck_factor(
        data: slice.pointer(to: Float.self, count: (factor.batchStride == 0 ? 1 : batch) * size),
        row_stride: Int64(factor.rowStride), column_stride: Int64(factor.columnStride),
        batch_stride: Int64(factor.batchStride))
    }
    let y = result.pointer(to: Float.self, count: batch * rows * columns)
    var a = factor(left, leftFactor, rows * inner)
    var b = factor(right, rightFactor, inner * columns)
    return KernelCall("plumb:matrix product") {
      withExtendedLifetime((result, left, right)) {
        ck_matrix_product(
          y, &a, &b, Int64(batch), Int64(rows), Int64(columns), Int64(inner), adds)
      }
    }
  }
}
