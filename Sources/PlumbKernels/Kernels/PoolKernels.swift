import CKernels

/// Max pooling and its gradient.
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

  /// A max pool of activations.
  public struct MaxPool: Sendable, Hashable {
    /// Where the windows lie.
    public let window: Window
    /// The shape of the source, its spatial size not used.
    public let shape: ActivationShape
    /// Height and width of the source.
    public let size: [Int]
    /// Height and width of the pooled activation.
    public let pooledSize: [Int]

    /// Describes a pool.
    public init(window: Window, shape: ActivationShape, size: [Int], pooledSize: [Int]) {
      self.window = window
      self.shape = shape
      self.size = size
      self.pooledSize = pooledSize
    }

    private var lanes: Int {
      (shape.channels + shape.block - 1) / shape.block * shape.block * shape.batch
    }
    fileprivate var sourceCount: Int { lanes * size[0] * size[1] }
    fileprivate var pooledCount: Int { lanes * pooledSize[0] * pooledSize[1] }

    fileprivate var c: ck_pool {
      ck_pool(
        batch: Int64(shape.batch), channels: Int64(shape.channels), block: Int32(shape.block),
        height: Int64(size[0]), width: Int64(size[1]), pooled_height: Int64(pooledSize[0]),
        pooled_width: Int64(pooledSize[1]), window_height: Int64(window.size[0]),
        window_width: Int64(window.size[1]), stride_height: Int64(window.strides[0]),
        stride_width: Int64(window.strides[1]), top: Int64(window.before[0]),
        left: Int64(window.before[1]))
    }
  }

  /// The largest element of each window; a NaN wins, and of padding alone it is -infinity.
  public static func maxPool(
    _ pool: MaxPool, result: BufferSlice, source: BufferSlice
  ) -> KernelCall {
    let c = pool.c
    let y = result.pointer(to: Float.self, count: pool.pooledCount)
    let x = source.pointer(to: Float.self, count: pool.sourceCount)
    return KernelCall("plumb:max pool") {
      withExtendedLifetime((result, source)) {
        withUnsafePointer(to: c) { ck_maxpool($0, y, x) }
      }
    }
  }

  /// The gradient for the source of a max pool: each window's goes to its first maximum.
  public static func maxPoolGradient(
    _ pool: MaxPool, result: BufferSlice, upstream: BufferSlice, source: BufferSlice,
    output: BufferSlice
  ) -> KernelCall {
    let c = pool.c
    let dx = result.pointer(to: Float.self, count: pool.sourceCount)
    let dy = upstream.pointer(to: Float.self, count: pool.pooledCount)
    let x = source.pointer(to: Float.self, count: pool.sourceCount)
    let y = output.pointer(to: Float.self, count: pool.pooledCount)
    return KernelCall("plumb:max pool gradient") {
      withExtendedLifetime((result, upstream, source, output)) {
        withUnsafePointer(to: c) { ck_maxpool_gradient($0, dx, dy, x, y) }
      }
    }
  }
}
