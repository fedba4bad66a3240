import CKernels

/// Sampling of image planes.
public enum ImageKernels {
  /// Where a destination pixel reads along one axis: `source = scale · destination + offset`.
  public struct AxisMap: Sendable, Hashable {
    /// Pixels of the source.
    public let sourceSize: Int
    /// Pixels of the destination.
    public let destinationSize: Int
    /// Source pixels per destination pixel.
    public let scale: Double
    /// Source coordinate of destination pixel 0.
    public let offset: Double

    /// Creates a map.
    public init(sourceSize: Int, destinationSize: Int, scale: Double, offset: Double) {
      self.sourceSize = sourceSize
      self.destinationSize = destinationSize
      self.scale = scale
      self.offset = offset
    }

    var c: ck_axis_map {
      ck_axis_map(
        source_size: Int64(sourceSize), destination_size: Int64(destinationSize), scale: scale,
        offset: offset)
    }
  }

  /// Resamples planes, or takes the gradient of doing so.
  public static func resample(
    planes: Int, vertical: AxisMap, horizontal: AxisMap, nearest: Bool, isGradient: Bool,
    result: BufferSlice, source: BufferSlice
  ) -> KernelCall {
    let sourceCount = planes * vertical.sourceSize * horizontal.sourceSize
    let destinationCount = planes * vertical.destinationSize * horizontal.destinationSize
    let y = result.pointer(to: Float.self, count: isGradient ? sourceCount : destinationCount)
    let x = source.pointer(to: Float.self, count: isGradient ? destinationCount : sourceCount)
    let (rows, columns, count) = (vertical.c, horizontal.c, Int64(planes))
    return KernelCall("plumb:resample") {
      withExtendedLifetime((result, source)) {
        switch (nearest, isGradient) {
        case (false, false): ck_resample_bilinear(y, x, count, rows, columns)
        case (false, true): ck_resample_bilinear_gradient(y, x, count, rows, columns)
        case (true, false): ck_resample_nearest(y, x, count, rows, columns)
        case (true, true): ck_resample_nearest_gradient(y, x, count, rows, columns)
        }
      }
    }
  }

  /// Samples `[batch, channel, height, width]` through an affine map of six numbers that is read
  /// when the call runs, or takes the gradient of doing so.
  public static func affineSample(
    batch: Int, channels: Int, sourceHeight: Int, sourceWidth: Int, destinationHeight: Int,
    destinationWidth: Int, nearest: Bool, isGradient: Bool, result: BufferSlice,
    source: BufferSlice, matrix: BufferSlice
  ) -> KernelCall {
    let shape = ck_affine(
      batch: Int64(batch), channels: Int64(channels), source_height: Int64(sourceHeight),
      source_width: Int64(sourceWidth), destination_height: Int64(destinationHeight),
      destination_width: Int64(destinationWidth), nearest: nearest)
    let sourceCount = batch * channels * sourceHeight * sourceWidth
    let destinationCount = batch * channels * destinationHeight * destinationWidth
    let y = result.pointer(to: Float.self, count: isGradient ? sourceCount : destinationCount)
    let x = source.pointer(to: Float.self, count: isGradient ? destinationCount : sourceCount)
    let map = matrix.pointer(to: Float.self, count: 6)
    return KernelCall("plumb:affine sample") {
      withExtendedLifetime((result, source, matrix)) {
        let matrices = (0..<6 * batch).map { Double(map[$0 % 6]) }
        withUnsafePointer(to: shape) { shape in
          if isGradient {
            ck_affine_sample_gradient(shape, y, x, matrices)
          } else {
            ck_affine_sample(shape, y, x, matrices)
          }
        }
      }
    }
  }
}
