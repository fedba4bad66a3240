/// The Gaussian error linear unit, `y = x · Φ(x)` with the normal distribution function `Φ`.
///
/// Gradient: `dx = dy · (Φ(x) + x · Φ'(x))`, with the same approximation of `Φ`.
public struct GELU: PointwiseOperation {
  /// How `Φ` is computed.
  public enum Approximation: String, Sendable, Hashable, CaseIterable {
    /// `Φ(x) = (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2`, as GPT-2 has it.
    case tanh
    /// `Φ(x) = (1 + erf(x / √2)) / 2`, exactly.
    case erf
  }

  /// How `Φ` is computed.
  public let approximation: Approximation

  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { approximation == .tanh ? .geluTanh : .geluErf }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let x = inputs[0]
    switch approximation {
    case .tanh:
      let scale = (2 / Float.pi).squareRoot()
      let square = try x.squared()
      let tangent = try (x * (square * 0.044715 + 1) * scale).tanh()
      let inner = try (square * (3 * 0.044715) + 1) * scale
      let distribution = try (tangent + 1) * 0.5
      let density = try (1 - tangent.squared()) * inner * 0.5
      return [try upstream * (distribution + x * density)]
    case .erf:
      let distribution = try ((x * Float(0.5).squareRoot()).errorFunction() + 1) * 0.5
      let density = try (x.squared() * -0.5).exp() * (1 / (2 * Float.pi).squareRoot())
      return [try upstream * (distribution + x * density)]
    }
  }
}

/// The sigmoid linear unit, also called swish, `y = x · σ(x)` with the logistic sigmoid `σ`.
///
/// Gradient: `dx = dy · (σ(x) + y · (1 - σ(x)))`.
public struct SiLU: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .silu }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let sigmoid = try inputs[0].sigmoid()
    return [try upstream * (sigmoid + output * (1 - sigmoid))]
  }
}

/// A line held between 0 and 1, `y = min(max(slope · x + offset, 0), 1)`.
///
/// Gradient: `dx = dy · slope` where `0 < y < 1`, else 0.
public struct HardSigmoid: PointwiseOperation {
  /// The slope of the line, no unit.
  public let slope: Float
  /// The value at 0, no unit.
  public let offset: Float

  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .hardSigmoid(slope: slope, offset: offset) }
  /// See ``Operation/attributes``.
  public var attributes: String { "slope \(slope), offset \(offset)" }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let inside = try output.isGreater(than: .fill(0)) * output.isLess(than: .fill(1))
    return [try upstream * (inside * slope)]
  }
}

/// The piecewise approximation of ``SiLU``, `y = x · h(x)` with `h(x) = min(max(x/6 + 1/2, 0), 1)`.
///
/// Gradient: `dx = dy · (h(x) + x/6 · (0 < h(x) < 1))`.
public struct HardSwish: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .hardSwish }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let gate = try inputs[0].hardSigmoid(slope: 1 / 6, offset: 0.5)
    let inside = try gate.isGreater(than: .fill(0)) * gate.isLess(than: .fill(1))
    return [try upstream * (gate + inputs[0] * inside * (1 / 6))]
  }
}

extension Node {
  /// The Gaussian error linear unit of each element.
  public func gelu(_ approximation: GELU.Approximation) throws(GraphError) -> Node {
    try Node.make(GELU(approximation: approximation), [self])
  }

  /// The sigmoid linear unit of each element.
  public func silu() throws(GraphError) -> Node { try Node.make(SiLU(), [self]) }

  /// A line through each element, held between 0 and 1.
  public func hardSigmoid(slope: Float, offset: Float) throws(GraphError) -> Node {
    try Node.make(HardSigmoid(slope: slope, offset: offset), [self])
  }

  /// The piecewise approximation of ``silu()``.
  public func hardSwish() throws(GraphError) -> Node { try Node.make(HardSwish(), [self]) }
}
