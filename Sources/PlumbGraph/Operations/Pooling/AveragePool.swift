/// The mean of each window.
///
/// `[batch, channel, height, width]` to the same with the windows' height and width. Gradient:
/// ``AveragePoolGradient``.
public struct AveragePool: Operation {
  /// How the window moves.
  public let geometry: PoolingGeometry
  /// Whether padding counts as zeros; otherwise the mean is over the elements inside the image.
  public let countsPadding: Bool

  /// See ``Operation/name``.
  public var name: String { "average pool" }
  /// See ``Operation/attributes``.
  public var attributes: String {
    geometry.description + (countsPadding ? ", padding counts" : "")
  }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    return TensorType(
      try geometry.outputShape(x: inputs[0].shape, operation: self, inputs: inputs))
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [
      try Node.make(
        AveragePoolGradient(
          geometry: geometry, countsPadding: countsPadding, inputShape: inputs[0].shape),
        [upstream])
    ]
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    zeros(ifAnyIsZero: inputs, type: type)
  }
}

/// The gradient of ``AveragePool``: each window's gradient is shared equally among its elements.
///
/// The operand is `dy`; the result has the shape `inputShape`. Gradient: ``AveragePool``.
public struct AveragePoolGradient: Operation {
  /// How the window moves.
  public let geometry: PoolingGeometry
  /// Whether padding counts as zeros.
  public let countsPadding: Bool
  /// The shape of the pooled image.
  public let inputShape: Shape

  /// See ``Operation/name``.
  public var name: String { "average pool gradient" }
  /// See ``Operation/attributes``.
  public var attributes: String {
    geometry.description + (countsPadding ? ", padding counts" : "")
  }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    let shape = try geometry.outputShape(x: inputShape, operation: self, inputs: inputs)
    guard inputs[0].shape == shape else {
      throw .operands(self, need: "a gradient \(shape) for the image \(inputShape)", got: inputs)
    }
    return TensorType(inputShape)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [try upstream.averagePooled(geometry, countsPadding: countsPadding)]
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    zeros(ifAnyIsZero: inputs, type: type)
  }
}

extension Node {
  /// The mean of each window.
  ///
  /// - Parameters:
  ///   - geometry: How the window moves.
  ///   - countsPadding: Whether padding counts as zeros; otherwise the mean is over the elements
  ///     inside the image.
  /// - Returns: The means, `[batch, channel, height, width]`.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func averagePooled(
    _ geometry: PoolingGeometry, countsPadding: Bool = false
  ) throws(GraphError) -> Node {
    try Node.make(AveragePool(geometry: geometry, countsPadding: countsPadding), [self])
  }

  /// The mean over height and width, `[batch, channel, height, width] -> [batch, channel, 1, 1]`.
  public func globalAveragePooled() throws(GraphError) -> Node { try mean(over: [2, 3]) }
}
