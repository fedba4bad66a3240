/// The softmax over the last axis, `y = e^x / Σ e^x`, taken after subtracting the row's maximum.
///
/// Any shape `[.., k]` in, the same out; with the causal mask `[.., q, k]`.
///
/// Gradient: ``SoftmaxGradient``, in terms of y.
public struct Softmax: Operation {
  /// Which elements of a row take part.
  public enum Mask: String, Sendable, Hashable {
    /// All.
    case none
    /// Row r of the q rows sees the columns up to `r + k - q`: queries are the last q of k
    /// positions, and none looks ahead. The other elements are exactly 0.
    case causal
  }

  /// Which elements of a row take part.
  public let mask: Mask

  /// See ``Operation/name``.
  public var name: String { "softmax" }
  /// See ``Operation/attributes``.
  public var attributes: String { mask == .none ? "" : mask.rawValue }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    let shape = inputs[0].shape
    guard shape.rank >= 1 else {
      throw .operands(self, need: "an operand with an axis", got: inputs)
    }
    guard mask == .none || (shape.rank >= 2 && shape[shape.rank - 2] <= shape[shape.rank - 1])
    else {
      throw .operands(self, need: "scores [.., q, k] of no more queries than keys", got: inputs)
    }
    return inputs[0]
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [try Node.make(SoftmaxGradient(), [output, upstream])]
  }
}

/// The gradient of ``Softmax``, `dx = y · (dy - Σ y · dy)` with the sum over the last axis.
///
/// Operands: y and `dy`; where y is masked to 0, so is the result.
public struct SoftmaxGradient: DecomposableOperation {
  /// See ``Operation/name``.
  public var name: String { "softmax gradient" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireGradientAndRows(inputs, vectors: 0...0)
    return inputs[0]
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    zeros(ifAnyIsZero: inputs, type: type)
  }

  func decomposed(_ inputs: [Node]) throws(GraphError) -> Node {
    let (y, dy) = (inputs[0], inputs[1])
    return try y * (dy - (y * dy).sum(over: [y.shape.rank - 1]))
  }
}

/// The logarithm of the softmax over the last axis, `y = x - log Σ e^x`, taken after subtracting the
/// row's maximum.
///
/// Any shape `[.., k]` in, the same out. Gradient: ``LogSoftmaxGradient``, in terms of y.
public struct LogSoftmax: Operation {
  /// See ``Operation/name``.
  public var name: String { "log softmax" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    guard inputs[0].shape.rank >= 1 else {
      throw .operands(self, need: "an operand with an axis", got: inputs)
    }
    return inputs[0]
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [try Node.make(LogSoftmaxGradient(), [output, upstream])]
  }
}

/// The gradient of ``LogSoftmax``, `dx = dy - e^y · Σ dy` with the sum over the last axis.
///
/// Operands: y and `dy`.
public struct LogSoftmaxGradient: DecomposableOperation {
  /// See ``Operation/name``.
  public var name: String { "log softmax gradient" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireGradientAndRows(inputs, vectors: 0...0)
    return inputs[0]
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    inputs[1].fillValue == 0 ? .fill(0, type.shape) : nil
  }

  func decomposed(_ inputs: [Node]) throws(GraphError) -> Node {
    let (y, dy) = (inputs[0], inputs[1])
    return try dy - y.exp() * dy.sum(over: [y.shape.rank - 1])
  }
}

extension Node {
  /// The softmax over the last axis.
  ///
  /// - Parameter mask: Which elements of a row take part; `.causal` for attention scores that must
  ///   not look ahead.
  /// - Returns: The probabilities, of the same shape.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func softmax(mask: Softmax.Mask = .none) throws(GraphError) -> Node {
    try Node.make(Softmax(mask: mask), [self])
  }

  /// The logarithm of the softmax over the last axis, in nats.
  public func logSoftmax() throws(GraphError) -> Node { try Node.make(LogSoftmax(), [self]) }
}
