/// The larger of two tensors element by element, with broadcasting.
///
/// Gradient: `dz` goes to the larger operand, to `x` where both are equal.
public struct Maximum: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .maximum }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let first = try Node.make(Comparison(formula: .greaterOrEqual), inputs)
    let second = try Node.make(Comparison(formula: .less), inputs)
    return [
      try (upstream * first).summed(toShapeOf: inputs[0]),
      try (upstream * second).summed(toShapeOf: inputs[1]),
    ]
  }
}

/// The smaller of two tensors element by element, with broadcasting.
///
/// Gradient: `dz` goes to the smaller operand, to `x` where both are equal.
public struct Minimum: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .minimum }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let first = try Node.make(Comparison(formula: .lessOrEqual), inputs)
    let second = try Node.make(Comparison(formula: .greater), inputs)
    return [
      try (upstream * first).summed(toShapeOf: inputs[0]),
      try (upstream * second).summed(toShapeOf: inputs[1]),
    ]
  }
}

/// Each element held between two bounds, `y = min(max(x, lower), upper)`.
///
/// Gradient: `dx = dy` where `lower <= x <= upper`, else 0.
public struct Clip: PointwiseOperation {
  /// The smallest value of the result.
  public let lower: Float
  /// The largest value of the result.
  public let upper: Float

  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .clip(lower: lower, upper: upper) }
  /// See ``Operation/attributes``.
  public var attributes: String { "\(lower) to \(upper)" }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let above = try Node.make(Comparison(formula: .greaterOrEqual), [inputs[0], .fill(lower)])
    let below = try Node.make(Comparison(formula: .lessOrEqual), [inputs[0], .fill(upper)])
    return [try upstream * (above * below)]
  }
}

/// The second tensor where the first is not 0, else the third, with broadcasting.
///
/// Gradient: `dz` goes to the chosen operand; none flows to the condition.
public struct Select: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .select }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [
      nil,
      try inputs[0].selecting(upstream, otherwise: .fill(0)).summed(toShapeOf: inputs[1]),
      try inputs[0].selecting(.fill(0), otherwise: upstream).summed(toShapeOf: inputs[2]),
    ]
  }

  /// A constant condition picks its operand; two equal operands are the result.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if inputs[1] == inputs[2], inputs[1].type == type { return inputs[1] }
    if let condition = inputs[0].fillValue {
      return try inputs[condition != 0 ? 1 : 2].broadcasted(to: type.shape)
    }
    if let a = inputs[1].fillValue, a == inputs[2].fillValue { return .fill(a, type.shape) }
    return nil
  }
}

extension Node {
  /// The larger of both values, element by element, with broadcasting.
  public func maximum(_ other: Node) throws(GraphError) -> Node {
    try Node.make(Maximum(), [self, other])
  }

  /// The smaller of both values, element by element, with broadcasting.
  public func minimum(_ other: Node) throws(GraphError) -> Node {
    try Node.make(Minimum(), [self, other])
  }

  /// Each element held between two bounds.
  public func clipped(to range: ClosedRange<Float>) throws(GraphError) -> Node {
    try Node.make(Clip(lower: range.lowerBound, upper: range.upperBound), [self])
  }

  /// `chosen` where this value is not 0, else `alternative`, with broadcasting.
  public func selecting(
    _ chosen: Node, otherwise alternative: Node
  ) throws(GraphError) -> Node {
    try Node.make(Select(), [self, chosen, alternative])
  }
}
