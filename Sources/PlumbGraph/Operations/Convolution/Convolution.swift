/// The two-dimensional convolution (cross-correlation, as all networks have it).
///
/// Operands: x `[batch, channel, height, width]`, weights
/// `[output channel, channel / groups, height, width]` and, if there is one, a bias
/// `[output channel]`. The result is `[batch, output channel, height, width]`.
///
/// Gradient: ``ConvolutionInputGradient`` for x, ``ConvolutionWeightGradient`` for the weights, the
/// sum over all but the channels for the bias.
public struct Convolution: Operation {
  /// How the window moves.
  public let geometry: ConvolutionGeometry

  /// See ``Operation/name``.
  public var name: String { "convolution" }
  /// See ``Operation/attributes``.
  public var attributes: String { geometry.description }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    guard inputs.count == 2 || inputs.count == 3, inputs.allSatisfy({ $0.element == .float }) else {
      throw .operands(self, need: "x, weights and maybe a bias of real numbers", got: inputs)
    }
    let shape = try geometry.outputShape(
      x: inputs[0].shape, weight: inputs[1].shape, operation: self, inputs: inputs)
    guard inputs.count == 2 || inputs[2].shape == [shape[1]] else {
      throw .operands(self, need: "a bias of \(shape[1]) channels", got: inputs)
    }
    return TensorType(shape)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let (x, weight) = (inputs[0], inputs[1])
    var gradients: [Node?] = [
      try Node.make(
        ConvolutionInputGradient(geometry: geometry, inputShape: x.shape), [upstream, weight]),
      try Node.make(
        ConvolutionWeightGradient(geometry: geometry, weightShape: weight.shape), [x, upstream]),
    ]
    if inputs.count == 3 {
      gradients.append(try upstream.sum(over: [0, 2, 3]).reshaped(inputs[2].shape))
    }
    return gradients
  }

  /// Zeros give the bias, or zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    guard inputs[0].fillValue == 0 || inputs[1].fillValue == 0 else { return nil }
    guard inputs.count == 3 else { return .fill(0, type.shape) }
    return try inputs[2].reshaped([type.shape[1], 1, 1]).broadcasted(to: type.shape)
  }
}

/// The gradient of a ``Convolution`` for its image, which is also the transposed convolution.
///
/// Operands: `dy`, of the convolution's result shape, and the convolution's weights. The result has
/// the shape `inputShape`. Gradient: a ``Convolution`` for `dy`, a ``ConvolutionWeightGradient`` for
/// the weights.
public struct ConvolutionInputGradient: Operation {
  /// How the convolution's window moves.
  public let geometry: ConvolutionGeometry
  /// The shape of the convolution's image.
  public let inputShape: Shape

  /// See ``Operation/name``.
  public var name: String { "convolution input gradient" }
  /// See ``Operation/attributes``.
  public var attributes: String { geometry.description }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(2, inputs)
    let shape = try geometry.outputShape(
      x: inputShape, weight: inputs[1].shape, operation: self, inputs: inputs)
    guard inputs[0].shape == shape else {
      throw .operands(self, need: "a gradient \(shape) for the image \(inputShape)", got: inputs)
    }
    return TensorType(inputShape)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [
      try upstream.convolved(with: inputs[1], geometry: geometry),
      try Node.make(
        ConvolutionWeightGradient(geometry: geometry, weightShape: inputs[1].shape),
        [upstream, inputs[0]]),
    ]
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    zeros(ifAnyIsZero: inputs, type: type)
  }
}

/// The gradient of a ``Convolution`` for its weights.
///
/// Operands: the convolution's image and `dy`. The result has the shape `weightShape`. Gradient: a
/// ``ConvolutionInputGradient`` for the image, a ``Convolution`` for `dy`.
public struct ConvolutionWeightGradient: Operation {
  /// How the convolution's window moves.
  public let geometry: ConvolutionGeometry
  /// The shape of the convolution's weights.
  public let weightShape: Shape

  /// See ``Operation/name``.
  public var name: String { "convolution weight gradient" }
  /// See ``Operation/attributes``.
  public var attributes: String { geometry.description }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(2, inputs)
    let shape = try geometry.outputShape(
      x: inputs[0].shape, weight: weightShape, operation: self, inputs: inputs)
    guard inputs[1].shape == shape else {
      throw .operands(self, need: "a gradient \(shape) for the weights \(weightShape)", got: inputs)
    }
    return TensorType(weightShape)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [
      try Node.make(
        ConvolutionInputGradient(geometry: geometry, inputShape: inputs[0].shape),
        [inputs[1], upstream]),
      try inputs[0].convolved(with: upstream, geometry: geometry),
    ]
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    zeros(ifAnyIsZero: inputs, type: type)
  }
}

extension Node {
  /// The two-dimensional convolution of this image, `[batch, channel, height, width]`.
  ///
  /// - Parameters:
  ///   - weight: The weights, `[output channel, channel / groups, height, width]`.
  ///   - bias: The bias, `[output channel]`, if there is one.
  ///   - geometry: How the window moves.
  /// - Returns: The result, `[batch, output channel, height, width]`.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func convolved(
    with weight: Node, bias: Node? = nil, geometry: ConvolutionGeometry = .init()
  ) throws(GraphError) -> Node {
    try Node.make(Convolution(geometry: geometry), [self, weight] + (bias.map { [$0] } ?? []))
  }

  /// The transposed convolution of this value, which undoes a convolution's change of size.
  ///
  /// - Parameters:
  ///   - weight: The weights, `[channel, output channel / groups, height, width]`: those of the
  ///     convolution whose gradient this is.
  ///   - bias: The bias, `[output channel]`, if there is one.
  ///   - geometry: How the convolution's window moves over the result.
  ///   - extra: How many pixels the result is higher and wider than the smallest that fits.
  /// - Returns: The result, `[batch, output channel, height, width]`.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func transposedConvolution(
    with weight: Node, bias: Node? = nil, geometry: ConvolutionGeometry = .init(),
    extra: [Int] = [0, 0]
  ) throws(GraphError) -> Node {
    guard shape.rank == 4, weight.shape.rank == 4 else {
      throw .mismatch(
        operation: "transposed convolution",
        requirement: "x [batch, channel, height, width] and weights "
          + "[channel, output channel / \(geometry.groups), height, width]",
        got: "\(type) and \(weight.type)")
    }
    let channels = weight.shape[1] * geometry.groups
    let size = geometry.inputSize(
      output: Array(shape.sizes[2...]), kernel: Array(weight.shape.sizes[2...]), extra: extra)
    let inputShape = Shape.images(
      batch: shape[0], channels: channels, height: size[0], width: size[1])
    let result = try Node.make(
      ConvolutionInputGradient(geometry: geometry, inputShape: inputShape), [self, weight])
    guard let bias else { return result }
    return try result + bias.reshaped([channels, 1, 1])
  }
}

extension Operation {
  /// Zeros of this type if any input is filled with 0: the simplification of whatever is linear in
  /// each of its inputs.
  func zeros(ifAnyIsZero inputs: [Node], type: TensorType) -> Node? {
    inputs.contains { $0.fillValue == 0 } ? .fill(0, type.shape) : nil
  }
}
