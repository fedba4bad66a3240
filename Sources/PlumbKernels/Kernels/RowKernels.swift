import CKernels

/// Kernels on rows of `[rows, columns]`.
public enum RowKernels {
  /// `y = (x - mean) / deviation · gamma + beta` per row; mean and 1 / deviation are kept in
  /// `statistics`, `[2, rows]`.
  public static func layerNormalize(
    rows: Int, columns: Int, epsilon: Float, result: BufferSlice, statistics: BufferSlice,
    source: BufferSlice, gamma: BufferSlice?, beta: BufferSlice?
  ) -> KernelCall {
    let y = result.pointer(to: Float.self, count: rows * columns)
    let mean = statistics.pointer(to: Float.self, count: 2 * rows)
    let x = source.pointer(to: Float.self, count: rows * columns)
    let weights = gamma?.pointer(to: Float.self, count: columns)
    let offsets = beta?.pointer(to: Float.self, count: columns)
    return KernelCall("plumb:layer normalization") {
      withExtendedLifetime((result, statistics, source, gamma, beta)) {
        ck_layernorm_forward(
          y, mean, mean + rows, x, weights, offsets, Int64(rows), Int64(columns), epsilon)
      }
    }
  }

  /// The gradient of ``layerNormalize(rows:columns:epsilon:result:statistics:source:gamma:beta:)``
  /// for its source.
  public static func layerNormalizationGradient(
    rows: Int, columns: Int, result: BufferSlice, upstream: BufferSlice, source: BufferSlice,
    statistics: BufferSlice, gamma: BufferSlice?
  ) -> KernelCall {
    let dx = result.pointer(to: Float.self, count: rows * columns)
    let dy = upstream.pointer(to: Float.self, count: rows * columns)
    let x = source.pointer(to: Float.self, count: rows * columns)
    let mean = statistics.pointer(to: Float.self, count: 2 * rows)
    let weights = gamma?.pointer(to: Float.self, count: columns)
    return KernelCall("plumb:layer normalization gradient") {
      withExtendedLifetime((result, upstream, source, statistics, gamma)) {
        ck_layernorm_gradient(
          dx, dy, x, mean, mean + rows, weights, Int64(rows), Int64(columns))
      }
    }
  }

  /// The gradient of a layer normalization for its gamma, `[columns]`.
  public static func layerNormalizationScaleGradient(
    rows: Int, columns: Int, result: BufferSlice, upstream: BufferSlice, source: BufferSlice,
    statistics: BufferSlice
  ) -> KernelCall {
    let dgamma = result.pointer(to: Float.self, count: columns)
    let dy = upstream.pointer(to: Float.self, count: rows * columns)
    let x = source.pointer(to: Float.self, count: rows * columns)
    let mean = statistics.pointer(to: Float.self, count: 2 * rows)
    return KernelCall("plumb:layer normalization scale gradient") {
      withExtendedLifetime((result, upstream, source, statistics)) {
        ck_layernorm_parameter_gradient(
          dgamma, nil, dy, x, mean, mean + rows, Int64(rows), Int64(columns))
      }
    }
  }

  /// `y = x / sqrt(mean(x²) + epsilon) · gamma` per row; the factor is kept in `statistics`, `[rows]`.
  public static func rmsNormalize(
    rows: Int, columns: Int, epsilon: Float, result: BufferSlice, statistics: BufferSlice,
    source: BufferSlice, gamma: BufferSlice?
  ) -> KernelCall {
    let y = result.pointer(to: Float.self, count: rows * columns)
    let factor = statistics.pointer(to: Float.self, count: rows)
    let x = source.pointer(to: Float.self, count: rows * columns)
    let weights = gamma?.pointer(to: Float.self, count: columns)
    return KernelCall("plumb:rms normalization") {
      withExtendedLifetime((result, statistics, source, gamma)) {
        ck_rmsnorm_forward(y, factor, x, weights, Int64(rows), Int64(columns), epsilon)
      }
    }
  }

  /// The gradient of an RMS normalization for its source.
  public static func rmsNormalizationGradient(
    rows: Int, columns: Int, result: BufferSlice, upstream: BufferSlice, source: BufferSlice,
    statistics: BufferSlice, gamma: BufferSlice?
  ) -> KernelCall {
    let dx = result.pointer(to: Float.self, count: rows * columns)
    let dy = upstream.pointer(to: Float.self, count: rows * columns)
    let x = source.pointer(to: Float.self, count: rows * columns)
    let factor = statistics.pointer(to: Float.self, count: rows)
    let weights = gamma?.pointer(to: Float.self, count: columns)
    return KernelCall("plumb:rms normalization gradient") {
      withExtendedLifetime((result, upstream, source, statistics, gamma)) {
        ck_rmsnorm_gradient(dx, dy, x, factor, weights, Int64(rows), Int64(columns))
      }
    }
  }

  /// The gradient of an RMS normalization for its gamma, `[columns]`.
  public static func rmsNormalizationScaleGradient(
    rows: Int, columns: Int, result: BufferSlice, upstream: BufferSlice, source: BufferSlice,
    statistics: BufferSlice
  ) -> KernelCall {
    let dgamma = result.pointer(to: Float.self, count: columns)
    let dy = upstream.pointer(to: Float.self, count: rows * columns)
    let x = source.pointer(to: Float.self, count: rows * columns)
    let factor = statistics.pointer(to: Float.self, count: rows)
    return KernelCall("plumb:rms normalization scale gradient") {
      withExtendedLifetime((result, upstream, source, statistics)) {
        ck_rmsnorm_parameter_gradient(dgamma, dy, x, factor, Int64(rows), Int64(columns))
      }
    }
  }

  /// Softmax of each row; with `queries` above 0 the mask is causal.
  public static func softmax(
    rows: Int, columns: Int, scale: Float = 1, queries: Int = 0, result: BufferSlice,
    source: BufferSlice
  ) -> KernelCall {
    let y = result.pointer(to: Float.self, count: rows * columns)
    let x = source.pointer(to: Float.self, count: rows * columns)
    return KernelCall("plumb:softmax") {
      withExtendedLifetime((result, source)) {
        ck_softmax_forward(y, x, Int64(rows), Int64(columns), scale, Int64(queries))
      }
    }
  }

  /// The gradient of a softmax for its source, from the softmax itself.
  public static func softmaxGradient(
    rows: Int, columns: Int, scale: Float = 1, result: BufferSlice, output: BufferSlice,
    upstream: BufferSlice
  ) -> KernelCall {
    let dx = result.pointer(to: Float.self, count: rows * columns)
    let y = output.pointer(to: Float.self, count: rows * columns)
    let dy = upstream.pointer(to: Float.self, count: rows * columns)
    return KernelCall("plumb:softmax gradient") {
      withExtendedLifetime((result, output, upstream)) {
        ck_softmax_gradient(dx, dy, y, Int64(rows), Int64(columns), scale)
      }
    }
  }

  /// The logarithm of the softmax of each row.
  public static func logSoftmax(
    rows: Int, columns: Int, result: BufferSlice, source: BufferSlice
  ) -> KernelCall {
    let y = result.pointer(to: Float.self, count: rows * columns)
    let x = source.pointer(to: Float.self, count: rows * columns)
    return KernelCall("plumb:log softmax") {
      withExtendedLifetime((result, source)) {
        ck_log_softmax_forward(y, x, Int64(rows), Int64(columns), 1)
      }
    }
  }

  /// The gradient of a log-softmax for its source, from the log-softmax itself.
  public static func logSoftmaxGradient(
    rows: Int, columns: Int, result: BufferSlice, output: BufferSlice, upstream: BufferSlice
  ) -> KernelCall {
    let dx = result.pointer(to: Float.self, count: rows * columns)
    let y = output.pointer(to: Float.self, count: rows * columns)
    let dy = upstream.pointer(to: Float.self, count: rows * columns)
    return KernelCall("plumb:log softmax gradient") {
      withExtendedLifetime((result, output, upstream)) {
        ck_log_softmax_gradient(dx, dy, y, Int64(rows), Int64(columns), 1)
      }
    }
  }

  /// The loss in nats of each row of logits; the log of the sum of exponentials is kept.
  public static func crossEntropy(
    rows: Int, columns: Int, result: BufferSlice, logSumExp: BufferSlice, logits: BufferSlice,
    targets: BufferSlice
  ) -> KernelCall {
    let loss = result.pointer(to: Float.self, count: rows)
    let kept = logSumExp.pointer(to: Float.self, count: rows)
    let x = logits.pointer(to: Float.self, count: rows * columns)
    let ids = targets.pointer(to: Int32.self, count: rows)
    return KernelCall("plumb:cross entropy") {
      withExtendedLifetime((result, logSumExp, logits, targets)) {
        ck_cross_entropy_forward(loss, kept, x, ids, Int64(rows), Int64(columns))
      }
    }
  }

  /// The gradient of the losses for the logits; `upstream` holds one factor per row.
  public static func crossEntropyGradient(
    rows: Int, columns: Int, result: BufferSlice, logits: BufferSlice, logSumExp: BufferSlice,
    targets: BufferSlice, upstream: BufferSlice
  ) -> KernelCall {
    let dx = result.pointer(to: Float.self, count: rows * columns)
    let x = logits.pointer(to: Float.self, count: rows * columns)
    let kept = logSumExp.pointer(to: Float.self, count: rows)
    let ids = targets.pointer(to: Int32.self, count: rows)
    let factors = upstream.pointer(to: Float.self, count: rows)
    return KernelCall("plumb:cross entropy gradient") {
      withExtendedLifetime((result, logits, logSumExp, targets, upstream)) {
        ck_cross_entropy_gradient(dx, x, kept, ids, factors, Int64(rows), Int64(columns))
      }
    }
  }

  /// The log of the sum of exponentials of each row.
  public static func logSumExp(
    rows: Int, columns: Int, result: BufferSlice, source: BufferSlice
  ) -> KernelCall {
    let y = result.pointer(to: Float.self, count: rows)
    let x = source.pointer(to: Float.self, count: rows * columns)
    return KernelCall("plumb:log sum exp") {
      withExtendedLifetime((result, source)) {
        ck_logsumexp_rows(y, x, Int64(rows), Int64(columns))
      }
    }
  }

  /// Rotary position embedding of `[batch, position, head, width]`.
  public static func rotate(
    batch: Int, positions: Int, heads: Int, width: Int, rotated: Int, adjacent: Bool,
    inverse: Bool, result: BufferSlice, source: BufferSlice, cosines: BufferSlice,
    sines: BufferSlice
  ) -> KernelCall {
    let count = batch * positions * heads * width
    let y = result.pointer(to: Float.self, count: count)
    let x = source.pointer(to: Float.self, count: count)
    let cosine = cosines.pointer(to: Float.self, count: positions * rotated / 2)
    let sine = sines.pointer(to: Float.self, count: positions * rotated / 2)
    return KernelCall("plumb:rotary embedding") {
      withExtendedLifetime((result, source, cosines, sines)) {
        ck_rotary(
          y, x, cosine, sine, Int64(batch), Int64(positions), Int64(heads), Int64(width),
          Int64(rotated), adjacent ? CK_ROTATE_ADJACENT : CK_ROTATE_HALF, inverse)
      }
    }
  }
}
