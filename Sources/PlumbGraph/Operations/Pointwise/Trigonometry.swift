/// The sine of each element, an angle in radians.
///
/// Gradient: `dx = dy · cos x`.
public struct Sine: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .sine }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [try upstream * inputs[0].cosine()] }
}

/// The cosine of each element, an angle in radians.
///
/// Gradient: `dx = -dy · sin x`.
public struct Cosine: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .cosine }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [try -(upstream * inputs[0].sine())] }
}

/// The angle in radians, between `-π/2` and `π/2`, whose tangent is each element.
///
/// Gradient: `dx = dy / (1 + x²)`.
public struct Arctangent: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .arctangent }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [try upstream / (inputs[0].squared() + 1)] }
}

extension Node {
  /// The sine of each element, an angle in radians.
  public func sine() throws(GraphError) -> Node { try Node.make(Sine(), [self]) }

  /// The cosine of each element, an angle in radians.
  public func cosine() throws(GraphError) -> Node { try Node.make(Cosine(), [self]) }

  /// The angle in radians whose tangent is each element.
  public func arctangent() throws(GraphError) -> Node { try Node.make(Arctangent(), [self]) }
}
