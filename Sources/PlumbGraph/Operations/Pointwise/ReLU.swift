/// How the gradient passes a ReLU.
///
/// A unit that is silent on the starting image has no gradient to follow. The two redirected rules
/// let some of it through, so that visualization can start; forward values never change.
public enum ReLUGradientRule: String, Sendable, Hashable, CaseIterable {
  /// The true gradient, `dx = dy` where `y > 0`, else 0.
  case plain
  /// Lucent's rule: `dx = dy`, times 0.1 where `x < 0`.
  case lucent
  /// Lucid's rule: an entry of the batch (axis 0) whose whole plain gradient is zero gets
  /// `dx = dy` instead, except where `x < 0` and `dy < 0`.
  ///
  /// `dy` is the gradient of an objective to be *maximized*, so `dy < 0` would push a silent unit
  /// further down. Lucid states the rule for a loss to be minimized, where the sign is `dy > 0`:
  /// its gradient for `dy` is minus this rule's for `-dy`.
  case lucid
}

/// The rectified linear unit, `y = max(x, 0)`.
///
/// Gradient: see ``ReLUGradientRule``; the plain one is `dx = dy · (y > 0)`.
public struct ReLU: PointwiseOperation {
  /// How the gradient passes.
  public let rule: ReLUGradientRule

  /// Creates the operation.
  public init(rule: ReLUGradientRule = .plain) {
    self.rule = rule
  }

  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .relu }
  /// See ``Operation/attributes``.
  public var attributes: String { rule == .plain ? "" : "\(rule.rawValue) gradient" }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let x = inputs[0]
    switch rule {
    case .plain:
      return [try upstream * output.isGreater(than: .fill(0))]
    case .lucent:
      // 0.1 as in Lucent's RedirectedReLU.
      return [try x.isLess(than: .fill(0)).selecting(upstream * 0.1, otherwise: upstream)]
    case .lucid:
      let plain = try upstream * output.isGreater(than: .fill(0))
      let largest = try plain.absolute().maximum(over: Array(x.shape.sizes.indices.dropFirst()))
      let wouldSink = try x.isLess(than: .fill(0)) * upstream.isLess(than: .fill(0))
      let redirected = try wouldSink.selecting(.fill(0), otherwise: upstream)
      return [
        try largest.isGreater(than: .fill(0)).selecting(plain, otherwise: redirected)
      ]
    }
  }
}

/// The rectified linear unit with a slope below zero, `y = x` where `x > 0`, else `slope · x`.
///
/// Gradient: `dx = dy` where `x > 0`, else `slope · dy`.
public struct LeakyReLU: PointwiseOperation {
  /// The slope below zero, no unit.
  public let slope: Float

  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .leakyReLU(slope: slope) }
  /// See ``Operation/attributes``.
  public var attributes: String { "slope \(slope)" }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [try inputs[0].isGreater(than: .fill(0)).selecting(upstream, otherwise: upstream * slope)]
  }
}

extension Node {
  /// The rectified linear unit of each element.
  public func relu(rule: ReLUGradientRule = .plain) throws(GraphError) -> Node {
    try Node.make(ReLU(rule: rule), [self])
  }

  /// The rectified linear unit with a constant slope below zero.
  public func leakyReLU(slope: Float) throws(GraphError) -> Node {
    try Node.make(LeakyReLU(slope: slope), [self])
  }

  /// The rectified linear unit whose slope below zero is learned: `max(x, 0) + slope · min(x, 0)`.
  ///
  /// - Parameter slope: The slopes, of a shape that broadcasts against this value, such as
  ///   `[channel, 1, 1]`.
  /// - Returns: The activations, of the same shape.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func parametricReLU(slope: Node) throws(GraphError) -> Node {
    try relu() + slope * minimum(.fill(0))
  }
}
