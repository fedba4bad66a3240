/// The sum of two tensors, `x + y`, with broadcasting.
///
/// Gradient: `dx = dz`, `dy = dz`, each summed over the axes along which it was stretched.
public struct Add: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .add }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [
      try upstream.summed(toShapeOf: inputs[0]),
      try upstream.summed(toShapeOf: inputs[1]),
    ]
  }

  /// `x + 0 = x`; two fills make one.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if let x = inputs[0].fillValue, let y = inputs[1].fillValue { return .fill(x + y, type.shape) }
    if inputs[0].fillValue == 0, inputs[1].type == type { return inputs[1] }
    if inputs[1].fillValue == 0, inputs[0].type == type { return inputs[0] }
    return nil
  }
}

extension Node {
  /// The element-wise sum, with broadcasting.
  public static func + (left: Node, right: Node) throws(GraphError) -> Node {
    try make(Add(), [left, right])
  }

  /// The sum with a number.
  public static func + (left: Node, right: Float) throws(GraphError) -> Node {
    try make(Add(), [left, .fill(right)])
  }

  /// This value summed over the axes along which `other` was stretched to its shape: what a
  /// broadcast operand contributes to a gradient.
  func summed(toShapeOf other: Node) throws(GraphError) -> Node {
    guard shape != other.shape else { return self }
    let offset = shape.rank - other.shape.rank
    let axes = shape.sizes.indices.filter { axis in
      axis < offset || (other.shape[axis - offset] == 1 && shape[axis] != 1)
    }
    return try sum(over: axes).reshaped(other.shape)
  }
}
