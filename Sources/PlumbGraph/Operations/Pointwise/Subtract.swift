/// The difference of two tensors, `x - y`, with broadcasting.
///
/// Gradient: `dx = dz`, `dy = -dz`, each summed over the axes along which it was stretched.
public struct Subtract: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .subtract }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [
      try upstream.summed(toShapeOf: inputs[0]),
      try (-upstream).summed(toShapeOf: inputs[1]),
    ]
  }

  /// `x - 0 = x`, `0 - y = -y`; two fills make one.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if let folded = foldedFill(inputs, type: type) { return folded }
    if inputs[1].fillValue == 0, inputs[0].type == type { return inputs[0] }
    if inputs[0].fillValue == 0, inputs[1].type == type { return try -inputs[1] }
    return nil
  }
}

/// Each element with the opposite sign, `y = -x`.
///
/// Gradient: `dx = -dy`.
public struct Negate: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .negate }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [try -upstream] }

  /// `-(-x) = x`; a fill becomes another.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if inputs[0].operation is Negate { return inputs[0].inputs[0] }
    return foldedFill(inputs, type: type)
  }
}

extension Node {
  /// The element-wise difference, with broadcasting.
  public static func - (left: Node, right: Node) throws(GraphError) -> Node {
    try make(Subtract(), [left, right])
  }

  /// The difference from a number.
  public static func - (left: Node, right: Float) throws(GraphError) -> Node {
    try make(Subtract(), [left, .fill(right)])
  }

  /// A number less this value.
  public static func - (left: Float, right: Node) throws(GraphError) -> Node {
    try make(Subtract(), [.fill(left), right])
  }

  /// Each element with the opposite sign.
  public static prefix func - (operand: Node) throws(GraphError) -> Node {
    try make(Negate(), [operand])
  }
}
