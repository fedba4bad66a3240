/// The largest element of each window; padding counts as minus infinity.
///
/// `[batch, channel, height, width]` to the same with the windows' height and width. Gradient:
/// ``MaxPoolGradient``.
public struct MaxPool: Operation {
  /// How the window moves.
  public let geometry: PoolingGeometry

  /// See ``Operation/name``.
  public var name: String { "max pool" }
  /// See ``Operation/attributes``.
  public var attributes: String { geometry.description }

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
    [try Node.make(MaxPoolGradient(geometry: geometry), [inputs[0], output, upstream])]
  }

  /// A fill stays a fill.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    inputs[0].fillValue.map { .fill($0, type.shape) }
  }
}

/// The gradient of ``MaxPool``: the first largest element of a window, in row-major order, takes
/// the window's gradient.
///
/// Operands: x, y and `dy`. The result has the shape of x. It has no gradient itself, so second
/// derivatives through a maximum are not available; no method needs them so far.
public struct MaxPoolGradient: Operation {
  /// How the window moves.
  public let geometry: PoolingGeometry

  /// See ``Operation/name``.
  public var name: String { "max pool gradient" }
  /// See ``Operation/attributes``.
  public var attributes: String { geometry.description }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(3, inputs)
    let shape = try geometry.outputShape(x: inputs[0].shape, operation: self, inputs: inputs)
    guard inputs[1].shape == shape, inputs[2].shape == shape else {
      throw .operands(self, need: "x, and y and a gradient of the shape \(shape)", got: inputs)
    }
    return TensorType(inputs[0].shape)
  }

  /// Throws ``GraphError/notDifferentiable(operation:index:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { throw .notDifferentiable(operation: name, index: 2) }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    inputs[2].fillValue == 0 ? .fill(0, type.shape) : nil
  }
}

extension Node {
  /// The largest element of each window; padding counts as minus infinity.
  public func maxPooled(_ geometry: PoolingGeometry) throws(GraphError) -> Node {
    try Node.make(MaxPool(geometry: geometry), [self])
  }
}
