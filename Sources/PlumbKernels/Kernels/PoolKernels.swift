import CKernels

/// The gradient of max pooling.
public enum PoolKernels {
  /// Where the windows of a pool lie.
  public struct Window: Sendable, Hashable {
    /// Height and width.
    public let size: [Int]
    /// Vertical and horizontal step.
    public let strides: [Int]
    /// Padding above and to the left.
    public let before: [Int]

    /// Creates a window.
    public init(size: [Int], strides: [Int], before: [Int]) {
      self.size = size
      self.strides = strides
      self.before = before
    }
  }

  /// The gradient for the source of a max pool: each window's goes to its first maximum.
  ///
  /// `shape` is the source's, its spatial size not used; `size` and `pooledSize` are height and width
  /// of the source and of the pooled activation.
  public static func maxPoolGradient(
    _ window: Window, _ shape: ActivationShape, size: [Int], pooledSize: [Int],
    result: BufferSlice, upstream: BufferSlice, source: BufferSlice, output: BufferSlice
  ) -> KernelCall {
    let pool = ck_pool(
      batch: Int64(shape.batch), channels: Int64(shape.channels), block: Int32(shape.block),
      height: Int64(size[0]), width: Int64(size[1]), pooled_height: Int64(pooledSize[0]),
      pooled_width: Int64(pooledSize[1]), window_height: Int64(window.size[0]),
      window_width: Int64(window.size[1]), stride_height: Int64(window.strides[0]),
      stride_width: Int64(window.strides[1]), top: Int64(window.before[0]),
      left: Int64(window.before[1]))
    let lanes = (shape.channels + shape.block - 1) / shape.block * shape.block * shape.batch
    let inner = lanes * size[0] * size[1]
    let outer = lanes * pooledSize[0] * pooledSize[1]
    let dx = result.pointer(to: Float.self, count: inner)
    let dy = upstream.pointer(to: Float.self, count: outer)
    let x = source.pointer(to: Float.self, count: inner)
    let y = output.pointer(to: Float.self, count: outer)
    return KernelCall("plumb:max pool gradient") {
      withExtendedLifetime((result, upstream, source, output)) {
        withUnsafePointer(to: pool) { ck_maxpool_gradient($0, dx, dy, x, y) }
      }
    }
  }
}
