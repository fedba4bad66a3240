/// The division by the root mean square over the last axis,
/// `y = x / √(mean(x²) + epsilon) · gamma`.
///
/// Operands: x `[.., d]` and, if there is one, gamma `[d]`. The result has the shape of x.
///
/// Gradient: ``RMSNormalizationGradient`` for x, ``RMSNormalizationScaleGradient`` for gamma.
///
/// Source: Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
public struct RMSNormalization: Operation {
  /// What is added to the mean square, in its unit.
  public let epsilon: Float

  /// See ``Operation/name``.
  public var name: String { "rms normalization" }
  /// See ``Operation/attributes``.
  public var attributes: String { "epsilon \(epsilon)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireRows(inputs, vectors: 0...1)
    return inputs[0]
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let x = inputs[0]
    var gradients: [Node?] = [
      try Node.make(
        RMSNormalizationGradient(epsilon: epsilon), [upstream, x] + inputs.dropFirst())
    ]
    if inputs.count > 1 {
      gradients.append(
        try Node.make(RMSNormalizationScaleGradient(epsilon: epsilon), [upstream, x]))
    }
    return gradients
  }
}

/// The gradient of ``RMSNormalization`` for x.
///
/// Operands: `dy`, x and, if there is one, gamma. The result has the shape of x. With `g = dy ·
/// gamma`, `x̂ = x · r` and `r = 1 / √(mean(x²) + epsilon)`: `dx = r · (g - x̂ · mean(g · x̂))`.
public struct RMSNormalizationGradient: DecomposableOperation {
  /// What is added to the mean square, in its unit.
  public let epsilon: Float

  /// See ``Operation/name``.
  public var name: String { "rms normalization gradient" }
  /// See ``Operation/attributes``.
  public var attributes: String { "epsilon \(epsilon)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireGradientAndRows(inputs, vectors: 0...1)
    return inputs[1]
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    inputs[0].fillValue == 0 ? .fill(0, type.shape) : nil
  }

  func decomposed(_ inputs: [Node]) throws(GraphError) -> Node {
    let (dy, x) = (inputs[0], inputs[1])
    let (normalized, scale) = try x.scaledRows(epsilon: epsilon)
    let weighted = inputs.count > 2 ? try dy * inputs[2] : dy
    let shared = try (weighted * normalized).mean(over: [x.shape.rank - 1])
    return try (weighted - normalized * shared) * scale
  }
}

/// The gradient of ``RMSNormalization`` for gamma: `Σ dy · x̂` over all rows.
///
/// Operands: `dy` and x `[.., d]`; the result is `[d]`.
public struct RMSNormalizationScaleGradient: DecomposableOperation {
  /// What is added to the mean square, in its unit.
  public let epsilon: Float

  /// See ``Operation/name``.
  public var name: String { "rms normalization scale gradient" }
  /// See ``Operation/attributes``.
  public var attributes: String { "epsilon \(epsilon)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireGradientAndRows(inputs, vectors: 0...0)
    return TensorType(inputs[1].shape.lastAxis)
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    inputs[0].fillValue == 0 ? .fill(0, type.shape) : nil
  }

  func decomposed(_ inputs: [Node]) throws(GraphError) -> Node {
    let (dy, x) = (inputs[0], inputs[1])
    let (normalized, _) = try x.scaledRows(epsilon: epsilon)
    let rows = Array(x.shape.sizes.indices.dropLast())
    return try (dy * normalized).sum(over: rows).reshaped(x.shape.lastAxis)
  }
}

extension Node {
  /// The division by the root mean square over the last axis.
  ///
  /// - Parameters:
  ///   - gamma: The scales, `[d]`, if there are any.
  ///   - epsilon: What is added to the mean square.
  /// - Returns: The normalized value, of the same shape.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func rmsNormalized(gamma: Node? = nil, epsilon: Float) throws(GraphError) -> Node {
    try Node.make(RMSNormalization(epsilon: epsilon), [self] + [gamma].compactMap { $0 })
  }

  /// `x̂` and `1 / √(mean(x²) + epsilon)` of each row.
  fileprivate func scaledRows(
    epsilon: Float
  ) throws(GraphError) -> (normalized: Node, scale: Node) {
    let scale = try (squared().mean(over: [shape.rank - 1]) + epsilon).reciprocalSquareRoot()
    return (try self * scale, scale)
  }
}
