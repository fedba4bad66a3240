/// The product of two tensors, `x · y`, with broadcasting.
///
/// Gradient: `dx = dz · y`, `dy = dz · x`, each summed over the axes along which it was stretched.
public struct Multiply: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .multiply }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [
      try (upstream * inputs[1]).summed(toShapeOf: inputs[0]),
      try (upstream * inputs[0]).summed(toShapeOf: inputs[1]),
    ]
  }

  /// `x · 1 = x`, `x · 0 = 0`; two fills make one.
  ///
  /// Zero wins over infinity and NaN here: a product with a literal 0 is how parts are left out.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if let x = inputs[0].fillValue, let y = inputs[1].fillValue { return .fill(x * y, type.shape) }
    if inputs[0].fillValue == 0 || inputs[1].fillValue == 0 { return .fill(0, type.shape) }
    if inputs[0].fillValue == 1, inputs[1].type == type { return inputs[1] }
    if inputs[1].fillValue == 1, inputs[0].type == type { return inputs[0] }
    return nil
  }
}

extension Node {
  /// The element-wise product, with broadcasting.
  public static func * (left: Node, right: Node) throws(GraphError) -> Node {
    try make(Multiply(), [left, right])
  }

  /// The product with a number.
  public static func * (left: Node, right: Float) throws(GraphError) -> Node {
    try make(Multiply(), [left, .fill(right)])
  }
}
