/// The exponential of each element, `y = e^x`.
///
/// Gradient: `dx = dy · y`, in terms of y, which the forward pass keeps, so that x can be freed; the
/// other gradients here do likewise where they can.
public struct Exponential: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .exponential }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [try upstream * output] }
}

/// The natural logarithm of each element, `y = log x`.
///
/// Gradient: `dx = dy / x`.
public struct Logarithm: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .logarithm }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [try upstream / inputs[0]] }
}

/// The hyperbolic tangent of each element, `y = tanh x`.
///
/// Gradient: `dx = dy · (1 - y²)`.
public struct HyperbolicTangent: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .hyperbolicTangent }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [try upstream * (1 - output.squared())] }
}

/// The logistic sigmoid of each element, `y = 1 / (1 + e^-x)`.
///
/// Gradient: `dx = dy · y · (1 - y)`.
public struct Sigmoid: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .sigmoid }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [try upstream * (output * (1 - output))] }
}

/// The error function of each element, `y = 2/√π · ∫₀ˣ e^(-t²) dt`.
///
/// Gradient: `dx = dy · 2/√π · e^(-x²)`.
public struct ErrorFunction: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .errorFunction }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let density = try (-inputs[0].squared()).exp()
    return [try upstream * (density * (2 / Float.pi.squareRoot()))]
  }
}

extension Node {
  /// The exponential of each element.
  public func exp() throws(GraphError) -> Node { try Node.make(Exponential(), [self]) }

  /// The natural logarithm of each element.
  public func log() throws(GraphError) -> Node { try Node.make(Logarithm(), [self]) }

  /// The hyperbolic tangent of each element.
  public func tanh() throws(GraphError) -> Node { try Node.make(HyperbolicTangent(), [self]) }

  /// The logistic sigmoid of each element.
  public func sigmoid() throws(GraphError) -> Node { try Node.make(Sigmoid(), [self]) }

  /// The error function of each element.
  public func errorFunction() throws(GraphError) -> Node { try Node.make(ErrorFunction(), [self]) }
}
