/// The quotient of two tensors, `x / y`, with broadcasting.
///
/// Gradient: `dx = dz / y`, `dy = -dz · z / y`, each summed over the axes along which it was
/// stretched.
public struct Divide: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .divide }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let share = try upstream / inputs[1]
    return [
      try share.summed(toShapeOf: inputs[0]),
      try (share * output * -1).summed(toShapeOf: inputs[1]),
    ]
  }

  /// `x / 1 = x`, `0 / x = 0`; two fills make one.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if let x = inputs[0].fillValue, let y = inputs[1].fillValue { return .fill(x / y, type.shape) }
    if inputs[0].fillValue == 0 { return .fill(0, type.shape) }
    if inputs[1].fillValue == 1, inputs[0].type == type { return inputs[0] }
    return nil
  }
}

extension Node {
  /// The element-wise quotient, with broadcasting.
  public static func / (left: Node, right: Node) throws(GraphError) -> Node {
    try make(Divide(), [left, right])
  }

  /// The quotient by a number.
  public static func / (left: Node, right: Float) throws(GraphError) -> Node {
    try make(Divide(), [left, .fill(right)])
  }
}
