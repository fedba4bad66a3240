import CKernels

/// Rows by index.
public enum GatherKernels {
  /// `result[i] = table[ids[i]]`, rows of `columns`.
  public static func gather(
    count: Int, rows: Int, columns: Int, result: BufferSlice, table: BufferSlice, ids: BufferSlice
  ) -> KernelCall {
    let y = result.pointer(to: Float.self, count: count * columns)
    let x = table.pointer(to: Float.self, count: rows * columns)
    let indices = ids.pointer(to: Int32.self, count: count)
    return KernelCall("plumb:gather") {
      withExtendedLifetime((result, table, ids)) {
        ck_gather_rows(y, x, indices, Int64(count), Int64(rows), Int64(columns))
      }
    }
  }

  /// `table[ids[i]] += source[i]` from a table of zeros, in the order of `i`.
  public static func scatterAdd(
    count: Int, rows: Int, columns: Int, result: BufferSlice, source: BufferSlice,
    ids: BufferSlice
  ) -> KernelCall {
    let table = result.pointer(to: Float.self, count: rows * columns)
    let x = source.pointer(to: Float.self, count: count * columns)
    let indices = ids.pointer(to: Int32.self, count: count)
    return KernelCall("plumb:scatter add") {
      withExtendedLifetime((result, source, ids)) {
        ck_fill(table, Int64(rows * columns), 0)
        ck_scatter_add_rows(table, x, indices, Int64(count), Int64(rows), Int64(columns))
      }
    }
  }
}
