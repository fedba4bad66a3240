/// One tensor raised to the power of another, `z = x^y`, with broadcasting.
///
/// Gradient: `dx = dz · y · x^(y - 1)`; `dy = dz · z · log x` where `x > 0`, else 0.
public struct Power: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .power }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let (x, y) = (inputs[0], inputs[1])
    let slope = try y * x.power(y - 1)
    // log x is taken of 1 where x is not positive, so that its own gradient stays finite there.
    let positive = try x.isGreater(than: .fill(0))
    let logarithm = try positive.selecting(x, otherwise: .fill(1)).log()
    return [
      try (upstream * slope).summed(toShapeOf: x),
      try (upstream * output * logarithm).summed(toShapeOf: y),
    ]
  }

  /// A constant exponent makes it a ``PowerOfConstant``.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    guard let exponent = inputs[1].fillValue, inputs[0].type == type else { return nil }
    return try inputs[0].power(exponent)
  }
}

/// Each element raised to a constant power, `y = x^exponent`.
///
/// Gradient: `dx = dy · exponent · x^(exponent - 1)`.
public struct PowerOfConstant: PointwiseOperation {
  /// The exponent.
  public let exponent: Float

  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .powerOfConstant(exponent) }
  /// See ``Operation/attributes``.
  public var attributes: String { "\(exponent)" }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [try upstream * (inputs[0].power(exponent - 1) * exponent)]
  }

  /// Small powers have cheaper operations of their own.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    switch exponent {
    case 0: return .fill(1, type.shape)
    case 1: return inputs[0]
    case 2: return try inputs[0].squared()
    case 0.5: return try inputs[0].squareRoot()
    case -0.5: return try inputs[0].reciprocalSquareRoot()
    case -1: return try inputs[0].reciprocal()
    default: return foldedFill(inputs, type: type)
    }
  }
}

/// The square of each element, `y = x²`.
///
/// Gradient: `dx = dy · 2x`.
public struct Square: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .square }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [try upstream * (inputs[0] * 2)] }
}

/// The square root of each element, `y = √x`.
///
/// Gradient: `dx = dy / 2y`, in terms of `y`, which the forward pass keeps; infinite at 0.
public struct SquareRoot: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .squareRoot }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [try upstream * 0.5 / output] }
}

/// One over the square root of each element, `y = 1 / √x`.
///
/// Gradient: `dx = -dy · y³ / 2`, in terms of `y`, which the forward pass keeps.
public struct ReciprocalSquareRoot: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .reciprocalSquareRoot }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [try upstream * (output * output.squared() * -0.5)] }
}

/// One over each element, `y = 1 / x`.
///
/// Gradient: `dx = -dy · y²`, in terms of `y`, which the forward pass keeps.
public struct Reciprocal: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .reciprocal }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [try -(upstream * output.squared())] }
}

extension Node {
  /// This value raised to the power of another, element by element, with broadcasting.
  public func power(_ exponent: Node) throws(GraphError) -> Node {
    try Node.make(Power(), [self, exponent])
  }

  /// Each element raised to a constant power.
  public func power(_ exponent: Float) throws(GraphError) -> Node {
    try Node.make(PowerOfConstant(exponent: exponent), [self])
  }

  /// The square of each element.
  public func squared() throws(GraphError) -> Node { try Node.make(Square(), [self]) }

  /// The square root of each element.
  public func squareRoot() throws(GraphError) -> Node { try Node.make(SquareRoot(), [self]) }

  /// One over the square root of each element.
  public func reciprocalSquareRoot() throws(GraphError) -> Node {
    try Node.make(ReciprocalSquareRoot(), [self])
  }

  /// One over each element.
  public func reciprocal() throws(GraphError) -> Node { try Node.make(Reciprocal(), [self]) }
}
