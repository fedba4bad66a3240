import CKernels

/// Reductions of `[outer, reduce, inner]` to `[outer, inner]`.
public enum ReductionKernels {
  /// The statistics that are offered.
  public enum Statistic: Sendable, Hashable {
    /// The kinds.
    case sum, mean, maximum, minimum
  }

  /// Prepares a reduction.
  public static func reduce(
    _ statistic: Statistic, outer: Int, reduce: Int, inner: Int, result: BufferSlice,
    source: BufferSlice
  ) -> KernelCall {
    let y = result.pointer(to: Float.self, count: outer * inner)
    let x = source.pointer(to: Float.self, count: outer * reduce * inner)
    let (o, r, i) = (Int64(outer), Int64(reduce), Int64(inner))
    return KernelCall("plumb:reduction") {
      withExtendedLifetime((result, source)) {
        switch statistic {
        case .sum: ck_reduce_sum(y, x, o, r, i)
        case .mean: ck_reduce_mean(y, x, o, r, i)
        case .maximum: ck_reduce_maximum(y, x, o, r, i)
        case .minimum: ck_reduce_minimum(y, x, o, r, i)
        }
      }
    }
  }

  /// The sum of squares in float64.
  public static func sumOfSquares(_ source: BufferSlice, count: Int) -> Double {
    withExtendedLifetime(source) {
      ck_sum_of_squares(source.pointer(to: Float.self, count: count), Int64(count))
    }
  }
}
