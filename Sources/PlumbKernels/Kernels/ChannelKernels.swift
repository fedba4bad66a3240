import CKernels

/// The shape of an activation `[batch, ceil(channels / block), spatial, block]`; block 1 is plain.
public struct ActivationShape: Sendable, Hashable {
  /// Images in the batch.
  public let batch: Int
  /// Channels, of which the last block may hold fewer.
  public let channels: Int
  /// Height times width.
  public let spatial: Int
  /// 1, 8 or 16.
  public let block: Int

  /// Creates the shape of an activation.
  public init(batch: Int, channels: Int, spatial: Int, block: Int) {
    self.batch = batch
    self.channels = channels
    self.spatial = spatial
    self.block = block
  }

  /// Elements in memory, padding lanes included.
  public var elements: Int { batch * ((channels + block - 1) / block * block) * spatial }

  var c: ck_activation {
    ck_activation(
      batch: Int64(batch), channels: Int64(channels), spatial: Int64(spatial), block: Int32(block))
  }
}

/// Kernels that work per channel or across channels.
public enum ChannelKernels {
  /// The constants of a local response normalization.
  public struct ResponseNormalization: Sendable, Hashable {
    /// Channels on each side.
    public let radius: Int
    /// Constant of the scale.
    public let bias: Float
    /// Factor of the sum of squares, not divided by the size.
    public let alpha: Float
    /// Exponent of the scale.
    public let beta: Float

    /// Creates the constants.
    public init(radius: Int, bias: Float, alpha: Float, beta: Float) {
      self.radius = radius
      self.bias = bias
      self.alpha = alpha
      self.beta = beta
    }

    func c(_ shape: ActivationShape) -> ck_lrn {
      ck_lrn(
        batch: Int64(shape.batch), channels: Int64(shape.channels), spatial: Int64(shape.spatial),
        block: Int32(shape.block), radius: Int32(radius), k: bias, alpha: alpha, beta: beta)
    }
  }

  /// `y = x · scale^-beta`; the scale of each element is kept where a slice is given for it.
  public static func normalizeResponse(
    _ constants: ResponseNormalization, _ shape: ActivationShape, result: BufferSlice,
    scale: BufferSlice?, source: BufferSlice
  ) -> KernelCall {
    let lrn = constants.c(shape)
    let y = result.pointer(to: Float.self, count: shape.elements)
    let kept = scale?.pointer(to: Float.self, count: shape.elements)
    let x = source.pointer(to: Float.self, count: shape.elements)
    return KernelCall("plumb:lrn") {
      withExtendedLifetime((result, scale, source)) {
        withUnsafePointer(to: lrn) { ck_lrn_forward($0, y, kept, x) }
      }
    }
  }

  /// The gradient of ``normalizeResponse(_:_:result:scale:source:)`` for its source.
  public static func normalizeResponseGradient(
    _ constants: ResponseNormalization, _ shape: ActivationShape, result: BufferSlice,
    upstream: BufferSlice, source: BufferSlice, scale: BufferSlice?
  ) -> KernelCall {
    let lrn = constants.c(shape)
    let dx = result.pointer(to: Float.self, count: shape.elements)
    let dy = upstream.pointer(to: Float.self, count: shape.elements)
    let x = source.pointer(to: Float.self, count: shape.elements)
    let kept = scale?.pointer(to: Float.self, count: shape.elements)
    return KernelCall("plumb:lrn gradient") {
      withExtendedLifetime((result, upstream, source, scale)) {
        withUnsafePointer(to: lrn) { ck_lrn_gradient($0, dx, dy, x, kept) }
      }
    }
  }

  /// Mean and biased variance per channel, `[2, channel]`.
  public static func moments(
    _ shape: ActivationShape, result: BufferSlice, source: BufferSlice
  ) -> KernelCall {
    let c = shape.c
    let moments = result.pointer(to: Float.self, count: 2 * shape.channels)
    let x = source.pointer(to: Float.self, count: shape.elements)
    return KernelCall("plumb:moments") {
      withExtendedLifetime((result, source)) {
        withUnsafePointer(to: c) {
          ck_channel_moments($0, moments, moments + shape.channels, x)
        }
      }
    }
  }

  /// `y = (x - mean) / sqrt(variance + epsilon) · gamma + beta`, then max(y, 0) if asked for.
  ///
  /// `scratch` has room for one number per channel.
  public static func batchNormalize(
    _ shape: ActivationShape, result: BufferSlice, source: BufferSlice, moments: BufferSlice,
    gamma: BufferSlice, beta: BufferSlice, scratch: BufferSlice, epsilon: Float, relu: Bool
  ) -> KernelCall {
    let c = shape.c
    let y = result.pointer(to: Float.self, count: shape.elements)
    let x = source.pointer(to: Float.self, count: shape.elements)
    let mean = moments.pointer(to: Float.self, count: 2 * shape.channels)
    let weights = gamma.pointer(to: Float.self, count: shape.channels)
    let offsets = beta.pointer(to: Float.self, count: shape.channels)
    let deviation = scratch.pointer(to: Float.self, count: shape.channels)
    return KernelCall("plumb:batch normalization") {
      withExtendedLifetime((result, source, moments, gamma, beta, scratch)) {
        fillReciprocalDeviation(deviation, mean + shape.channels, shape.channels, epsilon)
        withUnsafePointer(to: c) {
          ck_batchnorm_apply($0, y, x, mean, deviation, weights, offsets, relu)
        }
      }
    }
  }

  /// Sums of `dy` and of `dy · xhat` per channel, `[2, channel]`; with `mask`, `dy` counts only where
  /// `mask` is positive.
  public static func gradientSums(
    _ shape: ActivationShape, result: BufferSlice, upstream: BufferSlice, source: BufferSlice,
    moments: BufferSlice, scratch: BufferSlice, mask: BufferSlice?, epsilon: Float
  ) -> KernelCall {
    let c = shape.c
    let sums = result.pointer(to: Float.self, count: 2 * shape.channels)
    let dy = upstream.pointer(to: Float.self, count: shape.elements)
    let x = source.pointer(to: Float.self, count: shape.elements)
    let mean = moments.pointer(to: Float.self, count: 2 * shape.channels)
    let deviation = scratch.pointer(to: Float.self, count: shape.channels)
    let y = mask?.pointer(to: Float.self, count: shape.elements)
    return KernelCall("plumb:batch normalization sums") {
      withExtendedLifetime((result, upstream, source, moments, scratch, mask)) {
        fillReciprocalDeviation(deviation, mean + shape.channels, shape.channels, epsilon)
        withUnsafePointer(to: c) {
          ck_channel_gradient_sums($0, sums, sums + shape.channels, dy, x, mean, deviation, y)
        }
      }
    }
  }

  /// The gradient of a batch normalization for its source, through the moments too.
  public static func batchNormalizationGradient(
    _ shape: ActivationShape, result: BufferSlice, upstream: BufferSlice, source: BufferSlice,
    moments: BufferSlice, gamma: BufferSlice, sums: BufferSlice, scratch: BufferSlice,
    mask: BufferSlice?, epsilon: Float
  ) -> KernelCall {
    let c = shape.c
    let dx = result.pointer(to: Float.self, count: shape.elements)
    let dy = upstream.pointer(to: Float.self, count: shape.elements)
    let x = source.pointer(to: Float.self, count: shape.elements)
    let mean = moments.pointer(to: Float.self, count: 2 * shape.channels)
    let weights = gamma.pointer(to: Float.self, count: shape.channels)
    let sum = sums.pointer(to: Float.self, count: 2 * shape.channels)
    let deviation = scratch.pointer(to: Float.self, count: shape.channels)
    let y = mask?.pointer(to: Float.self, count: shape.elements)
    return KernelCall("plumb:batch normalization gradient") {
      withExtendedLifetime((result, upstream, source, moments, gamma, sums, scratch, mask)) {
        fillReciprocalDeviation(deviation, mean + shape.channels, shape.channels, epsilon)
        withUnsafePointer(to: c) {
          ck_batchnorm_gradient(
            $0, dx, dy, x, mean, deviation, weights, sum, sum + shape.channels, y)
        }
      }
    }
  }

  /// The sum of each channel over batch and space: the gradient of a bias.
  public static func sums(
    _ shape: ActivationShape, result: BufferSlice, source: BufferSlice
  ) -> KernelCall {
    let c = shape.c
    let sums = result.pointer(to: Float.self, count: shape.channels)
    let x = source.pointer(to: Float.self, count: shape.elements)
    return KernelCall("plumb:channel sums") {
      withExtendedLifetime((result, source)) {
        withUnsafePointer(to: c) { ck_channel_sums($0, sums, x) }
      }
    }
  }

  /// The largest element of each channel over its positions, the first position that has it, and the
  /// same of the smallest: an activation with four positions.
  public static func positionExtremes(
    _ shape: ActivationShape, result: BufferSlice, source: BufferSlice
  ) -> KernelCall {
    let c = shape.c
    let extremes = result.pointer(to: Float.self, count: shape.elements / shape.spatial * 4)
    let x = source.pointer(to: Float.self, count: shape.elements)
    return KernelCall("plumb:position extremes") {
      withExtendedLifetime((result, source)) {
        withUnsafePointer(to: c) { ck_position_extremes($0, extremes, x) }
      }
    }
  }

  private static func fillReciprocalDeviation(
    _ result: UnsafeMutablePointer<Float>, _ variance: UnsafePointer<Float>, _ count: Int,
    _ epsilon: Float
  ) {
    for channel in 0..<count { result[channel] = 1 / (variance[channel] + epsilon).squareRoot() }
  }
}
