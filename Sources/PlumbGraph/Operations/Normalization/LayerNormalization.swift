/// The normalization over the last axis,
/// `y = (x - mean) / √(variance + epsilon) · gamma + beta`.
///
/// Operands: x `[.., d]` and, if there are, gamma and beta `[d]`. The result has the shape of x.
///
/// Gradient: ``LayerNormalizationGradient`` for x, ``LayerNormalizationScaleGradient`` for gamma, a
/// sum for beta.
///
/// Source: Ba, Kiros and Hinton, "Layer Normalization", 2016.
public struct LayerNormalization: Operation {
  /// What is added to the variance, in the variance's unit.
  public let epsilon: Float

  /// See ``Operation/name``.
  public var name: String { "layer normalization" }
  /// See ``Operation/attributes``.
  public var attributes: String { "epsilon \(epsilon)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireRows(inputs, vectors: 0...2)
    return inputs[0]
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let x = inputs[0]
    var gradients: [Node?] = [
      try Node.make(
        LayerNormalizationGradient(epsilon: epsilon), [upstream, x] + inputs.dropFirst().prefix(1))
    ]
    if inputs.count > 1 {
      gradients.append(
        try Node.make(LayerNormalizationScaleGradient(epsilon: epsilon), [upstream, x]))
    }
    if inputs.count > 2 { gradients.append(try upstream.summed(toShapeOf: inputs[2])) }
    return gradients
  }
}

/// The gradient of ``LayerNormalization`` for x.
///
/// Operands: `dy`, x and, if there is one, gamma. The result has the shape of x. With `g = dy ·
/// gamma`, `x̂ = (x - mean) · r` and `r = 1 / √(variance + epsilon)`:
/// `dx = r · (g - mean(g) - x̂ · mean(g · x̂))`.
public struct LayerNormalizationGradient: DecomposableOperation {
  /// What is added to the variance, in the variance's unit.
  public let epsilon: Float

  /// See ``Operation/name``.
  public var name: String { "layer normalization gradient" }
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
    let last = [x.shape.rank - 1]
    let (normalized, scale) = try x.normalizedRows(epsilon: epsilon)
    let weighted = inputs.count > 2 ? try dy * inputs[2] : dy
    let centered = try weighted - weighted.mean(over: last)
    return try (centered - normalized * (weighted * normalized).mean(over: last)) * scale
  }
}

/// The gradient of ``LayerNormalization`` for gamma: `Σ dy · x̂` over all rows.
///
/// Operands: `dy` and x `[.., d]`; the result is `[d]`.
public struct LayerNormalizationScaleGradient: DecomposableOperation {
  /// What is added to the variance, in the variance's unit.
  public let epsilon: Float

  /// See ``Operation/name``.
  public var name: String { "layer normalization scale gradient" }
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
    let (normalized, _) = try x.normalizedRows(epsilon: epsilon)
    let rows = Array(x.shape.sizes.indices.dropLast())
    return try (dy * normalized).sum(over: rows).reshaped(x.shape.lastAxis)
  }
}

extension Node {
  /// The normalization over the last axis.
  ///
  /// - Parameters:
  ///   - gamma: The scales, `[d]`, if there are any.
  ///   - beta: The offsets, `[d]`, if there are any; they need scales.
  ///   - epsilon: What is added to the variance.
  /// - Returns: The normalized value, of the same shape.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func layerNormalized(
    gamma: Node? = nil, beta: Node? = nil, epsilon: Float
  ) throws(GraphError) -> Node {
    guard gamma != nil || beta == nil else {
      throw .mismatch(
        operation: "layer normalization", requirement: "scales where there are offsets",
        got: "offsets alone")
    }
    return try Node.make(
      LayerNormalization(epsilon: epsilon), [self] + [gamma, beta].compactMap { $0 })
  }

  /// `x̂` and `1 / √(variance + epsilon)` of each row.
  fileprivate func normalizedRows(
    epsilon: Float
  ) throws(GraphError) -> (normalized: Node, scale: Node) {
    let last = [shape.rank - 1]
    let deviation = try self - mean(over: last)
    let scale = try (deviation.squared().mean(over: last) + epsilon).reciprocalSquareRoot()
    return (try deviation * scale, scale)
  }
}

extension Shape {
  /// The shape of one row: the last axis alone.
  var lastAxis: Shape { Shape(sizes.suffix(1), names: names.suffix(1)) }
}

extension Operation {
  /// Throws unless the inputs are x `[.., d]` and as many vectors `[d]` as said.
  func requireRows(_ inputs: [TensorType], vectors: ClosedRange<Int>) throws(GraphError) {
    guard vectors.contains(inputs.count - 1), inputs[0].shape.rank >= 1,
      inputs.dropFirst().allSatisfy({ $0.shape == inputs[0].shape.lastAxis }),
      inputs.allSatisfy({ $0.element == .float })
    else {
      throw .operands(
        self, need: "x [.., d] of real numbers and at most \(vectors.upperBound) vectors [d]",
        got: inputs)
    }
  }

  /// Throws unless the inputs are `dy` and x `[.., d]` and as many vectors `[d]` as said.
  func requireGradientAndRows(
    _ inputs: [TensorType], vectors: ClosedRange<Int>
  ) throws(GraphError) {
    guard inputs.count >= 2, inputs[0].shape == inputs[1].shape, inputs[0].shape.rank >= 1,
      vectors.contains(inputs.count - 2),
      inputs.dropFirst(2).allSatisfy({ $0.shape == inputs[0].shape.lastAxis })
    else {
      throw .operands(
        self,
        need: "a gradient and x of one shape [.., d] and at most \(vectors.upperBound) vectors [d]",
        got: inputs)
    }
  }
}
