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

  /// A window of a picture, and what is done to its colors.
  public struct Crop: Sendable, Hashable {
    /// The window's upper edge, in pixels of the picture; it may lie outside.
    public var top: Float
    /// The window's left edge.
    public var left: Float
    /// The window's height.
    public var height: Float
    /// The window's width.
    public var width: Float
    /// Whether left and right are exchanged.
    public var isMirrored: Bool
    /// 12 numbers, row-major 3 x 4: each new channel from red, green, blue and 1.
    public var colors: [Float]

    /// Colors as they are.
    public static let sameColors: [Float] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]

    /// Creates a window.
    public init(
      top: Float, left: Float, height: Float, width: Float, isMirrored: Bool = false,
      colors: [Float] = Crop.sameColors
    ) {
      precondition(colors.count == 12, "\(colors.count) numbers are no 3 x 4 matrix of colors")
      (self.top, self.left, self.height, self.width) = (top, left, height, width)
      (self.isMirrored, self.colors) = (isMirrored, colors)
    }

    var c: ck_crop {
      var crop = ck_crop()
      (crop.top, crop.left, crop.height, crop.width) = (top, left, height, width)
      crop.mirrored = isMirrored
      withUnsafeMutableBytes(of: &crop.colors) {
        $0.copyBytes(from: colors.withUnsafeBytes { Array($0) })
      }
      return crop
    }
  }

  /// Cuts a window out of each picture and resamples it to `size` x `size`, without aliasing.
  ///
  /// To be called on the compute thread.
  ///
  /// - Parameters:
  ///   - images: `[picture, height, width, 3]`, one byte per channel.
  ///   - crops: One window per picture.
  ///   - height: The pictures' height.
  ///   - width: The pictures' width.
  ///   - size: The side of the results.
  /// - Returns: `[picture, 3, size, size]`; the byte 255 becomes 1.
  public static func cropped(
    _ images: [UInt8], _ crops: [Crop], height: Int, width: Int, size: Int
  ) -> [Float] {
    precondition(
      images.count == crops.count * height * width * 3,
      "\(images.count) bytes are not \(crops.count) pictures of \(height) x \(width)")
    let windows = crops.map(\.c)
    let count = crops.count * 3 * size * size
    return [Float](unsafeUninitializedCapacity: count) { result, initialized in
      if let base = result.baseAddress {
        ck_crop_images(
          base, images, windows, Int64(crops.count), Int64(height), Int64(width), Int64(size))
      }
      initialized = count
    }
  }
}
