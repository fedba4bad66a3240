import CKernels

/// Kernels that choose tokens from a row of logits; they run where they are called.
public enum TokenKernels {
  /// The `k`-th largest number, counting equal ones apart; `k` is 1 to the number of elements.
  public static func largest(_ k: Int, of row: Span<Float>) -> Float {
    precondition(k >= 1 && k <= row.count, "number \(k) of \(row.count)")
    return row.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else { return -.infinity }
      return ck_kth_largest(base, Int64(values.count), Int64(k))
    }
  }

  /// What is known of a row at once.
  public struct Summary: Sendable, Hashable {
    /// The logarithm of the sum of the exponentials.
    public let logSumExp: Float
    /// The largest number.
    public let largest: Float
    /// The index of its first place.
    public let index: Int
  }

  /// The largest number of a row, its place, and the logarithm of the sum of the exponentials.
  public static func summarize(_ row: Span<Float>) -> Summary {
    row.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else {
        return Summary(logSumExp: -.infinity, largest: -.infinity, index: 0)
      }
      let summary = ck_summarize_row(base, Int64(values.count))
      return Summary(
        logSumExp: summary.log_sum, largest: summary.largest, index: Int(summary.index))
    }
  }

  /// The first index whose cumulative weight exceeds `share` of all, with weights
  /// `e^(scale · (x - largest))`.
  public static func sample(
    _ row: Span<Float>, largest: Float, scale: Float, share: Double
  ) -> Int {
    row.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else { return -1 }
      return Int(ck_sample_exponential(base, Int64(values.count), largest, scale, share))
    }
  }
}
