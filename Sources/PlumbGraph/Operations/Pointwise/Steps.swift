/// The size of each element without its sign, `y = |x|`.
///
/// Gradient: `dx = dy · sign x`, 0 at 0.
public struct Absolute: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .absolute }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [try upstream * inputs[0].sign()] }
}

/// 1, 0 or -1: the sign of each element; no gradient flows.
public struct Sign: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .sign }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [nil] }
}

/// The largest whole number that is not above each element; no gradient flows.
public struct Floor: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .floor }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [nil] }
}

extension Node {
  /// The size of each element without its sign.
  public func absolute() throws(GraphError) -> Node { try Node.make(Absolute(), [self]) }

  /// 1, 0 or -1: the sign of each element.
  public func sign() throws(GraphError) -> Node { try Node.make(Sign(), [self]) }

  /// The largest whole number that is not above each element.
  public func floor() throws(GraphError) -> Node { try Node.make(Floor(), [self]) }
}
