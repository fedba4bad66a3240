import CKernels

/// A convolution of stride 1 with square kernels of 3 to 5 by minimal filtering, which takes a
/// third of the multiplications: Lavin and Gray, "Fast algorithms for convolutional neural
/// networks" (CVPR 2016).
///
/// Activations are blocked by 8 channels: `[batch, lanes / 8, height, width, 8]`. Sums have the same
/// order for any number of threads. Their rounding errors are about twice those of sums of products.
public struct WinogradConvolution: Sendable, Hashable {
  /// Height and width of the kernel.
  public let kernel: Int
  /// Images in the batch.
  public let batch: Int
  /// Lanes of the source, a multiple of 8.
  public let inputs: Int
  /// Lanes of the result, a multiple of 8.
  public let outputs: Int
  /// Height and width of the source.
  public let size: [Int]
  /// Height and width of the result.
  public let outputSize: [Int]
  /// Rows of zeros above and columns of zeros to the left of the source.
  public let before: [Int]

  /// Describes a convolution.
  public init(
    kernel: Int, batch: Int, inputs: Int, outputs: Int, size: [Int], outputSize: [Int],
    before: [Int]
  ) {
    precondition(
      Self.kernels.contains(kernel) && inputs % 8 == 0 && outputs % 8 == 0,
      "a kernel of \(kernel), or \(inputs) or \(outputs) lanes")
    self.kernel = kernel
    self.batch = batch
    self.inputs = inputs
    self.outputs = outputs
    self.size = size
    self.outputSize = outputSize
    self.before = before
  }

  /// The kernels for which there are transforms.
  public static let kernels = 3...5

  /// Inputs along a side of a patch.
  private static let side = Int(CK_WINOGRAD_SIDE)

  /// How often a patch of inputs is transformed.
  public var patches: Int {
    let step = Self.side + 1 - kernel
    return outputSize.reduce(batch) { $0 * (($1 + step - 1) / step) }
  }

  /// How many multiplications of the definition one of this algorithm stands for.
  public var saving: Double {
    Double(batch * outputSize.reduce(1, *) * kernel * kernel)
      / Double(max(patches, 1) * Self.side * Self.side)
  }

  /// The bytes of transformed weights.
  public var packedBytes: Int {
    Int(ck_winograd_packed_count(Int64(inputs), Int64(outputs))) * 4
  }

  /// The bytes of scratch memory that ``forward(result:source:packed:bias:hasReLU:scratch:)`` needs.
  public var scratchBytes: Int { withShape { Int(ck_winograd_scratch_count($0)) } * 4 }

  /// The bytes of scratch memory that ``weightGradient(result:source:upstream:scratch:)`` needs.
  public var gradientScratchBytes: Int {
    withShape { Int(ck_winograd_gradient_scratch_count($0)) } * 4
  }

  /// Transforms weights `[outputs, inputs, kernel, kernel]`, or for the gradient for the source,
  /// whose outputs are the convolution's inputs, `[inputs, outputs, kernel, kernel]`.
  public func pack(result: BufferSlice, weights: BufferSlice, forGradient: Bool) -> KernelCall {
    let size = kernel * kernel
    let u = result.pointer(to: Float.self, count: packedBytes / 4)
    let w = weights.pointer(to: Float.self, count: inputs * outputs * size)
    let inputStride = forGradient ? outputs * size : size
    let outputStride = forGradient ? size : inputs * size
    return KernelCall("plumb:winograd weights") { [self] in
      withExtendedLifetime((result, weights)) {
        ck_winograd_pack(
          u, w, Int64(kernel), Int64(inputs), Int64(outputs), Int64(inputStride),
          Int64(outputStride), forGradient)
      }
    }
  }

  /// The convolution with packed weights, plus a bias per output lane, and its positive part if it
  /// `hasReLU`.
  public func forward(
    result: BufferSlice, source: BufferSlice, packed: BufferSlice, bias: BufferSlice? = nil,
    hasReLU: Bool = false, scratch: BufferSlice
  ) -> KernelCall {
    let y = result.pointer(to: Float.self, count: resultCount)
    let x = source.pointer(to: Float.self, count: sourceCount)
    let u = packed.pointer(to: Float.self, count: packedBytes / 4)
    let b = bias?.pointer(to: Float.self, count: outputs)
    let memory = scratch.pointer(to: Float.self, count: scratchBytes / 4)
    return KernelCall("plumb:winograd") { [self] in
      withExtendedLifetime((result, source, packed, bias, scratch)) {
        withShape { ck_winograd_convolution(y, x, u, b, hasReLU, $0, memory) }
      }
    }
  }

  /// The gradient for the weights, `[outputs, inputs, kernel, kernel]`, from the source and the
  /// gradient for the result.
  public func weightGradient(
    result: BufferSlice, source: BufferSlice, upstream: BufferSlice, scratch: BufferSlice
  ) -> KernelCall {
    let w = result.pointer(to: Float.self, count: inputs * outputs * kernel * kernel)
    let x = source.pointer(to: Float.self, count: sourceCount)
    let dy = upstream.pointer(to: Float.self, count: resultCount)
    let memory = scratch.pointer(to: Float.self, count: gradientScratchBytes / 4)
    return KernelCall("plumb:winograd weight gradient") { [self] in
      withExtendedLifetime((result, source, upstream, scratch)) {
        withShape { ck_winograd_weight_gradient(w, x, dy, $0, memory) }
      }
    }
  }

  private var sourceCount: Int { size.reduce(batch * inputs, *) }
  private var resultCount: Int { outputSize.reduce(batch * outputs, *) }

  private func withShape<Result>(
    _ body: (UnsafePointer<ck_winograd_shape>) -> Result
  ) -> Result {
    let shape = ck_winograd_shape(
      kernel: Int64(kernel), batch: Int64(batch), inputs: Int64(inputs), outputs: Int64(outputs),
      height: Int64(size[0]), width: Int64(size[1]), output_height: Int64(outputSize[0]),
      output_width: Int64(outputSize[1]), top: Int64(before[0]), left: Int64(before[1]))
    return withUnsafePointer(to: shape, body)
  }
}
