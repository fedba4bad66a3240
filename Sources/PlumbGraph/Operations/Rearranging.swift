/// The same elements in row-major order under another shape.
public struct Reshape: Operation {
  /// The new shape.
  public let shape: Shape

  /// See ``Operation/name``.
  public var name: String { "reshape" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    guard inputs[0].shape.count == shape.count else {
      throw .operands(self, need: "\(shape.count) elements for the shape \(shape)", got: inputs)
    }
    return TensorType(shape, inputs[0].element)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [try upstream.reshaped(inputs[0].shape)]
  }

  /// Reshaping to the same shape is nothing; reshaping twice is reshaping once.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if inputs[0].type == type { return inputs[0] }
    if inputs[0].operation is Reshape { return try Node.make(self, inputs[0].inputs) }
    if let value = inputs[0].fillValue { return .fill(value, type.shape) }
    return nil
  }
}

/// The operand stretched along axes of size 1, and along new outer axes.
public struct Broadcast: Operation {
  /// The stretched shape.
  public let shape: Shape

  /// See ``Operation/name``.
  public var name: String { "broadcast" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    guard inputs[0].shape.broadcast(with: shape) == shape else {
      throw .operands(self, need: "an operand that stretches to \(shape)", got: inputs)
    }
    return TensorType(shape, inputs[0].element)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [try upstream.summed(toShapeOf: inputs[0])]
  }

  /// Stretching to the same shape is nothing.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if inputs[0].type == type { return inputs[0] }
    if let value = inputs[0].fillValue { return .fill(value, type.shape) }
    return nil
  }
}

extension Node {
  /// The same elements in row-major order under another shape.
  public func reshaped(_ shape: Shape) throws(GraphError) -> Node {
    self.shape == shape ? self : try Node.make(Reshape(shape: shape), [self])
  }

  /// This value stretched to a shape.
  public func broadcasted(to shape: Shape) throws(GraphError) -> Node {
    self.shape == shape ? self : try Node.make(Broadcast(shape: shape), [self])
  }
}
