import CKernels

/// Kernels of a language model that writes; all run at once, on the compute thread.
///
/// A row's result depends neither on the other rows nor on the number of threads, to the bit.
public enum DecodingKernels {
  /// What happens to the elements of a product before they are written.
  public enum Nonlinearity: Sendable, Hashable {
    /// The kinds.
    case none, geluTanh, geluErf, silu, relu

    var code: ck_nonlinearity {
      switch self {
      case .none: CK_NONLINEARITY_NONE
      case .geluTanh: CK_NONLINEARITY_GELU_TANH
      case .geluErf: CK_NONLINEARITY_GELU_ERF
      case .silu: CK_NONLINEARITY_SILU
      case .relu: CK_NONLINEARITY_RELU
      }
    }
  }

  /// The place of rows of `columns` numbers, `stride` apart, from `column` of the first row on.
  public struct Rows: Sendable {
    let slice: BufferSlice
    let stride: Int
    let column: Int

    /// Describes rows that lie in a slice.
    public init(_ slice: BufferSlice, stride: Int, column: Int = 0) {
      self.slice = slice
      self.stride = stride
      self.column = column
    }

    func pointer(rows: Int, columns: Int) -> UnsafeMutablePointer<Float> {
      let count = rows == 0 ? 0 : (rows - 1) * stride + column + columns
      return slice.pointer(to: Float.self, count: count) + column
    }
  }

  /// `result = nonlinearity(source W + bias)`, or `result +=` that.
  public static func product(
    _ matrix: PackedMatrix, rows: Int, result: Rows, source: Rows, bias: BufferSlice? = nil,
    nonlinearity: Nonlinearity = .none, adds: Bool = false
  ) {
    let y = result.pointer(rows: rows, columns: matrix.outputs)
    let x = source.pointer(rows: rows, columns: matrix.inputs)
    let offsets = bias?.pointer(to: Float.self, count: matrix.outputs)
    withExtendedLifetime((result, source, bias)) {
      matrix.withDescription {
        ck_packed_product(
          y, Int64(result.stride), x, Int64(source.stride), $0, offsets, nonlinearity.code, adds,
          Int64(rows))
      }
    }
  }

  /// `result[r]` = the weights of output `ids[r]`.
  public static func unpack(_ matrix: PackedMatrix, ids: [Int32], result: Rows) {
    precondition(ids.allSatisfy { $0 >= 0 && Int($0) < matrix.outputs }, "an id has no row")
    let y = result.pointer(rows: ids.count, columns: matrix.inputs)
    withExtendedLifetime(result) {
      matrix.withDescription {
        ck_unpack_rows(y, Int64(result.stride), $0, ids, Int64(ids.count))
      }
    }
  }

  /// `result = nonlinearity(gate) · up`, elementwise; the result may be the gate.
  public static func gate(
    _ nonlinearity: Nonlinearity, rows: Int, columns: Int, result: Rows, gate: Rows, up: Rows
  ) {
    precondition(gate.stride == up.stride, "gate and up have one stride")
    let y = result.pointer(rows: rows, columns: columns)
    let first = gate.pointer(rows: rows, columns: columns)
    let second = up.pointer(rows: rows, columns: columns)
    withExtendedLifetime((result, gate, up)) {
      ck_multiply_gated(
        y, Int64(result.stride), first, second, Int64(gate.stride), nonlinearity.code,
        Int64(rows), Int64(columns))
    }
  }

  /// Layer normalization of contiguous rows.
  public static func layerNormalize(
    rows: Int, columns: Int, epsilon: Float, result: BufferSlice, source: BufferSlice,
    gamma: BufferSlice?, beta: BufferSlice?
  ) {
    let y = result.pointer(to: Float.self, count: rows * columns)
    let x = source.pointer(to: Float.self, count: rows * columns)
    withExtendedLifetime((result, source, gamma, beta)) {
      ck_layernorm_forward(
        y, nil, nil, x, gamma?.pointer(to: Float.self, count: columns),
        beta?.pointer(to: Float.self, count: columns), Int64(rows), Int64(columns), epsilon)
    }
  }

  /// RMS normalization of contiguous rows.
  public static func rmsNormalize(
    rows: Int, columns: Int, epsilon: Float, result: BufferSlice, source: BufferSlice,
    gamma: BufferSlice?
  ) {
    let y = result.pointer(to: Float.self, count: rows * columns)
    let x = source.pointer(to: Float.self, count: rows * columns)
    withExtendedLifetime((result, source, gamma)) {
      ck_rmsnorm_forward(
        y, nil, x, gamma?.pointer(to: Float.self, count: columns), Int64(rows), Int64(columns),
        epsilon)
    }
  }

  /// Adds row `ids[r]` of a table to row r.
  public static func addRows(
    of table: BufferSlice, tableRows: Int, columns: Int, ids: [Int32], to target: BufferSlice
  ) {
    let from = table.pointer(to: Float.self, count: tableRows * columns)
    let to = target.pointer(to: Float.self, count: ids.count * columns)
    withExtendedLifetime((table, target)) {
      for (row, id) in ids.enumerated() {
        precondition(id >= 0 && Int(id) < tableRows, "row \(id) of \(tableRows)")
        for column in 0..<columns { to[row * columns + column] += from[Int(id) * columns + column] }
      }
    }
  }

  /// Where rows stand.
  public struct Places: Sendable {
    /// The sequence of each row.
    public let sequences: [Int32]
    /// The position of each row in its sequence.
    public let positions: [Int32]

    /// Creates places; both arrays are of one length.
    public init(sequences: [Int32], positions: [Int32]) {
      precondition(sequences.count == positions.count)
      self.sequences = sequences
      self.positions = positions
    }

    func check(_ cache: AttentionCache) {
      precondition(
        sequences.allSatisfy { $0 >= 0 && Int($0) < cache.sequences }
          && positions.allSatisfy { $0 >= 0 && Int($0) < cache.capacity },
        "a row lies outside of a cache of \(cache.sequences) x \(cache.capacity)")
    }
  }

  /// Turns the heads of rows by the angles of their positions.
  public static func rotate(
    _ rows: Rows, heads: Int, width: Int, rotated: Int, adjacent: Bool, cosines: BufferSlice,
    sines: BufferSlice, places: Places
  ) {
    let count = (Int(places.positions.max() ?? 0) + 1) * rotated / 2
    let x = rows.pointer(rows: places.positions.count, columns: heads * width)
    withExtendedLifetime((rows, cosines, sines)) {
      ck_rotate_rows(
        x, Int64(rows.stride), Int64(heads), Int64(width), Int64(rotated), adjacent,
        cosines.pointer(to: Float.self, count: count), sines.pointer(to: Float.self, count: count),
        places.positions, Int64(places.positions.count))
    }
  }

  /// Stores the keys and values of rows in a cache.
  public static func store(
    keys: Rows, values: Rows, places: Places, in cache: AttentionCache
  ) {
    precondition(keys.stride == values.stride, "keys and values have one stride")
    places.check(cache)
    let rows = places.positions.count
    let key = keys.pointer(rows: rows, columns: cache.heads * cache.width)
    let value = values.pointer(rows: rows, columns: cache.heads * cache.width)
    withExtendedLifetime((keys, values)) {
      cache.withDescription {
        ck_store_keys_values(
          $0, key, value, Int64(keys.stride), places.sequences, places.positions, Int64(rows))
      }
    }
  }

  /// Attention of rows over the cached positions up to their own.
  public static func attend(
    queries: Rows, heads: Int, scale: Float, window: Int?, places: Places, result: Rows,
    cache: AttentionCache
  ) {
    precondition(heads % cache.heads == 0, "\(heads) heads over \(cache.heads)")
    places.check(cache)
    let rows = places.positions.count
    let q = queries.pointer(rows: rows, columns: heads * cache.width)
    let out = result.pointer(rows: rows, columns: heads * cache.width)
    withExtendedLifetime((queries, result)) {
      cache.withDescription {
        ck_attend_cached(
          $0, out, Int64(result.stride), q, Int64(queries.stride), Int64(heads), scale,
          Int64(window ?? Int(Int32.max)), places.sequences, places.positions, Int64(rows))
      }
    }
  }

  /// Reads memory with all threads, as fast as it can be read.
  ///
  /// - Returns: The sum of its 32-bit words.
  public static func readMemory(_ slice: BufferSlice) -> UInt32 {
    withExtendedLifetime(slice) { ck_read_memory(slice.rawPointer, Int64(slice.byteCount)) }
  }
}
