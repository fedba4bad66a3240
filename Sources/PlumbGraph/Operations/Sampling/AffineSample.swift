/// Images sampled through an affine map that is known only at run time, zero outside.
///
/// Operands: x `[batch, channel, height, width]` and a matrix `[2, 3]`, which maps a pixel of the
/// result `(column, row, 1)` to its place on x, `(column, row)`, in pixels. Pixels of x outside the
/// image count as 0. The result has the height and width `size`.
///
/// Gradient: ``AffineSampleGradient`` for x; none for the matrix.
public struct AffineSample: Operation {
  /// How a value between pixels is found.
  public let mode: ResamplingMode
  /// Height and width of the result in pixels.
  public let size: [Int]

  /// See ``Operation/name``.
  public var name: String { "affine sample" }
  /// See ``Operation/attributes``.
  public var attributes: String { mode.rawValue }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireImagesAndMatrix(inputs, size: size)
    return TensorType(
      inputs[0].shape.replacing(axis: 2, with: size[0]).replacing(axis: 3, with: size[1]))
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let operation = AffineSampleGradient(
      mode: mode, inputSize: Array(inputs[0].shape.sizes[2...]))
    return [try Node.make(operation, [upstream, inputs[1]]), nil]
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    inputs[0].fillValue == 0 ? .fill(0, type.shape) : nil
  }
}

/// The gradient of ``AffineSample``: each sample's gradient is added to the pixels it was taken
/// from.
///
/// Operands: `dy` and the matrix; the result has the height and width `inputSize`. Gradient:
/// ``AffineSample`` for `dy`.
public struct AffineSampleGradient: Operation {
  /// How a value between pixels was found.
  public let mode: ResamplingMode
  /// Height and width of the result in pixels.
  public let inputSize: [Int]

  /// See ``Operation/name``.
  public var name: String { "affine sample gradient" }
  /// See ``Operation/attributes``.
  public var attributes: String { mode.rawValue }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireImagesAndMatrix(inputs, size: inputSize)
    let shape = inputs[0].shape
    return TensorType(
      shape.replacing(axis: 2, with: inputSize[0]).replacing(axis: 3, with: inputSize[1]))
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let operation = AffineSample(mode: mode, size: Array(inputs[0].shape.sizes[2...]))
    return [try Node.make(operation, [upstream, inputs[1]]), nil]
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    inputs[0].fillValue == 0 ? .fill(0, type.shape) : nil
  }
}

extension Operation {
  /// Throws unless the inputs are images and a matrix `[2, 3]`, and the new size makes sense.
  fileprivate func requireImagesAndMatrix(
    _ inputs: [TensorType], size: [Int]
  ) throws(GraphError) {
    try requireCount(2, inputs)
    guard inputs[0].shape.rank == 4, inputs[1].shape == [2, 3], size.count == 2,
      size.allSatisfy({ $0 >= 1 })
    else {
      throw .operands(
        self, need: "x [batch, channel, height, width] and a matrix [2, 3]", got: inputs)
    }
  }
}

extension Node {
  /// These images sampled through an affine map, zero outside.
  ///
  /// - Parameters:
  ///   - matrix: The map `[2, 3]` from a pixel of the result `(column, row, 1)` to its place on this
  ///     image `(column, row)`, in pixels.
  ///   - size: Height and width of the result in pixels.
  ///   - mode: How a value between pixels is found.
  /// - Returns: The sampled images, `[batch, channel, height, width]`.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func affineSampled(
    matrix: Node, size: [Int], _ mode: ResamplingMode = .bilinear
  ) throws(GraphError) -> Node {
    try Node.make(AffineSample(mode: mode, size: size), [self, matrix])
  }
}
