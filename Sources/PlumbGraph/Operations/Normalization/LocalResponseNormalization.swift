/// Each element divided by the strength of its channel's neighbors at the same place,
/// `y = x / (bias + alpha · Σ x²)^beta` with the sum over `size` channels around its own.
///
/// `[batch, channel, height, width]`, the same out. `alpha` is not divided by `size`; frameworks
/// that do so, as PyTorch and ONNX, are served with `alpha / size`. At the first and last channels
/// the sum has fewer terms.
///
/// Gradient: ``LocalResponseNormalizationGradient``.
///
/// Source: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural
/// Networks", 2012.
public struct LocalResponseNormalization: Operation {
  /// How many channels are summed; odd.
  public let size: Int
  /// The weight of the sum, no unit.
  public let alpha: Float
  /// The exponent, no unit.
  public let beta: Float
  /// What is added to the sum, no unit.
  public let bias: Float

  /// See ``Operation/name``.
  public var name: String { "local response normalization" }
  /// See ``Operation/attributes``.
  public var attributes: String { "size \(size), alpha \(alpha), beta \(beta), bias \(bias)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    guard size >= 1, size % 2 == 1, inputs[0].shape.rank == 4 else {
      throw .operands(
        self, need: "x [batch, channel, height, width] and an odd size, not \(size)", got: inputs)
    }
    return inputs[0]
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let operation = LocalResponseNormalizationGradient(
      size: size, alpha: alpha, beta: beta, bias: bias)
    return [try Node.make(operation, [inputs[0], upstream])]
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    zeros(ifAnyIsZero: inputs, type: type)
  }
}

/// The gradient of ``LocalResponseNormalization``.
///
/// Operands: x and `dy`; the result has their shape. With `s = bias + alpha · Σ x²`:
/// `dx = dy · s^-beta - 2 · alpha · beta · x · Σ (dy · x · s^(-beta - 1))`.
public struct LocalResponseNormalizationGradient: DecomposableOperation {
  /// How many channels are summed; odd.
  public let size: Int
  /// The weight of the sum, no unit.
  public let alpha: Float
  /// The exponent, no unit.
  public let beta: Float
  /// What is added to the sum, no unit.
  public let bias: Float

  /// See ``Operation/name``.
  public var name: String { "local response normalization gradient" }
  /// See ``Operation/attributes``.
  public var attributes: String { "size \(size), alpha \(alpha), beta \(beta), bias \(bias)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(2, inputs)
    guard inputs[0].shape.rank == 4, inputs[0].shape == inputs[1].shape else {
      throw .operands(
        self, need: "x and a gradient, both [batch, channel, height, width]", got: inputs)
    }
    return inputs[0]
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    inputs[1].fillValue == 0 ? .fill(0, type.shape) : nil
  }

  func decomposed(_ inputs: [Node]) throws(GraphError) -> Node {
    let (x, dy) = (inputs[0], inputs[1])
    let strength = try x.squared().summedOverNeighboringChannels(size) * alpha + bias
    let scale = try strength.power(-beta)
    let shared = try (dy * x * strength.power(-beta - 1)).summedOverNeighboringChannels(size)
    return try dy * scale - x * shared * (2 * alpha * beta)
  }
}

extension Node {
  /// Each element divided by the strength of its channel's neighbors at the same place.
  ///
  /// - Parameters:
  ///   - size: How many channels are summed; odd.
  ///   - alpha: The weight of the sum; not divided by `size`.
  ///   - beta: The exponent.
  ///   - bias: What is added to the sum.
  /// - Returns: The normalized value, of the same shape.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func localResponseNormalized(
    size: Int, alpha: Float, beta: Float, bias: Float
  ) throws(GraphError) -> Node {
    try Node.make(
      LocalResponseNormalization(size: size, alpha: alpha, beta: beta, bias: bias), [self])
  }

  /// The sum over `size` channels around each, as an average pool along the channels.
  fileprivate func summedOverNeighboringChannels(_ size: Int) throws(GraphError) -> Node {
    let columns = try reshaped([shape[0], 1, shape[1], shape[2] * shape[3]])
    let geometry = PoolingGeometry(
      window: [size, 1], strides: [1, 1], padding: [(size - 1) / 2, 0])
    return try (columns.averagePooled(geometry, countsPadding: true) * Float(size)).reshaped(shape)
  }
}
