/// 1 where two tensors compare as said, else 0, with broadcasting; no gradient flows.
public struct Comparison: PointwiseOperation {
  /// The comparison: `greater`, `greaterOrEqual`, `less`, `lessOrEqual` or `equal`.
  public let formula: PointwiseFormula

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [nil, nil] }
}

extension Node {
  /// 1 where this value is greater than the other, else 0.
  public func isGreater(than other: Node) throws(GraphError) -> Node {
    try Node.make(Comparison(formula: .greater), [self, other])
  }

  /// 1 where this value is less than the other, else 0.
  public func isLess(than other: Node) throws(GraphError) -> Node {
    try Node.make(Comparison(formula: .less), [self, other])
  }

  /// 1 where both values are equal, else 0.
  public func equals(_ other: Node) throws(GraphError) -> Node {
    try Node.make(Comparison(formula: .equal), [self, other])
  }
}
