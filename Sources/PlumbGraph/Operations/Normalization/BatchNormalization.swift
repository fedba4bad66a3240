/// The batch normalization of training, `y = (x - mean) / √(variance + epsilon) · gamma + beta`.
///
/// Operands: x `[batch, channel, height, width]`, its own moments `[2, channel]` from
/// ``ChannelMoments``, gamma and beta `[channel]`. The result has the shape of x.
///
/// Gradient: that for x is already the full one, through the moments too (see
/// ``BatchNormalizationGradient``); so the moments must be those of this x, and get none. For
/// normalization with given moments see ``Node/normalizedChannels(mean:variance:gamma:beta:epsilon:)``.
///
/// Source: Ioffe and Szegedy, "Batch Normalization", 2015.
public struct BatchNormalization: Operation {
  /// What is added to the variance, in the variance's unit.
  public let epsilon: Float

  /// See ``Operation/name``.
  public var name: String { "batch normalization" }
  /// See ``Operation/attributes``.
  public var attributes: String { "epsilon \(epsilon)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(4, inputs)
    let x = inputs[0].shape
    guard x.rank == 4, inputs[1].shape == [2, x[1]], inputs[2].shape == [x[1]],
      inputs[3].shape == [x[1]]
    else {
      throw .operands(
        self,
        need: "x [batch, channel, height, width], moments [2, channel], gamma and beta "
          + "[channel]", got: inputs)
    }
    return inputs[0]
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let (x, moments, gamma, beta) = (inputs[0], inputs[1], inputs[2], inputs[3])
    let sums = try Node.make(
      ChannelGradientSums(epsilon: epsilon), [upstream, x, moments])
    return [
      try Node.make(
        BatchNormalizationGradient(epsilon: epsilon), [upstream, x, moments, gamma, sums]),
      nil,
      try sums.sliced(axis: 0, 1..<2).reshaped(gamma.shape),
      try sums.sliced(axis: 0, 0..<1).reshaped(beta.shape),
    ]
  }
}

/// The full gradient of ``BatchNormalization`` for its image, through the moments too.
///
/// Operands: `dy`, x, its moments, gamma and the sums from ``ChannelGradientSums``. The result has
/// the shape of x. With `x̂ = (x - mean) / √(variance + epsilon)` and N elements per channel:
/// `dx = gamma / √(variance + epsilon) · (dy - Σ dy / N - x̂ · Σ (dy · x̂) / N)`.
public struct BatchNormalizationGradient: DecomposableOperation {
  /// What is added to the variance, in the variance's unit.
  public let epsilon: Float

  /// See ``Operation/name``.
  public var name: String { "batch normalization gradient" }
  /// See ``Operation/attributes``.
  public var attributes: String { "epsilon \(epsilon)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(5, inputs)
    let x = inputs[1].shape
    guard x.rank == 4, inputs[0].shape == x, inputs[2].shape == [2, x[1]],
      inputs[3].shape == [x[1]], inputs[4].shape == [2, x[1]]
    else {
      throw .operands(
        self,
        need: "a gradient and x [batch, channel, height, width], moments [2, channel], "
          + "gamma [channel] and sums [2, channel]", got: inputs)
    }
    return inputs[1]
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    inputs[0].fillValue == 0 || inputs[3].fillValue == 0 ? .fill(0, type.shape) : nil
  }

  func decomposed(_ inputs: [Node]) throws(GraphError) -> Node {
    let (dy, x, gamma, sums) = (inputs[0], inputs[1], inputs[3], inputs[4])
    let (normalized, scale) = try x.normalizedChannels(moments: inputs[2], epsilon: epsilon)
    let share = 1 / Float(x.shape.count / x.shape[1])
    let meanGradient = try sums.channelRow(0) * share
    let meanProduct = try sums.channelRow(1) * share
    let centered = try dy - meanGradient - normalized * meanProduct
    return try centered * (scale * gamma.reshaped([x.shape[1], 1, 1]))
  }
}

/// The sums of `dy` and of `dy · x̂` over each channel: the gradients of a ``BatchNormalization``
/// for beta and gamma.
///
/// Operands: `dy`, x and its moments; the result is `[2, channel]`.
public struct ChannelGradientSums: DecomposableOperation {
  /// What is added to the variance, in the variance's unit.
  public let epsilon: Float

  /// See ``Operation/name``.
  public var name: String { "channel gradient sums" }
  /// See ``Operation/attributes``.
  public var attributes: String { "epsilon \(epsilon)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(3, inputs)
    let x = inputs[1].shape
    guard x.rank == 4, inputs[0].shape == x, inputs[2].shape == [2, x[1]] else {
      throw .operands(
        self, need: "a gradient and x [batch, channel, height, width] and moments [2, channel]",
        got: inputs)
    }
    return TensorType(inputs[2].shape)
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    inputs[0].fillValue == 0 ? .fill(0, type.shape) : nil
  }

  func decomposed(_ inputs: [Node]) throws(GraphError) -> Node {
    let (dy, x) = (inputs[0], inputs[1])
    let (normalized, _) = try x.normalizedChannels(moments: inputs[2], epsilon: epsilon)
    let rows = try [dy.sum(over: [0, 2, 3]), (dy * normalized).sum(over: [0, 2, 3])]
    return try Node.concatenated(rows, axis: 0).reshaped(inputs[2].shape)
  }
}

/// The mean and the biased variance of each channel, `[batch, channel, height, width] ->
/// [2, channel]`.
///
/// Gradient: `dx = dmean / N + dvariance · 2 (x - mean) / N` with N elements per channel.
public struct ChannelMoments: Operation {
  /// See ``Operation/name``.
  public var name: String { "channel moments" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    guard inputs[0].shape.rank == 4 else {
      throw .operands(self, need: "x [batch, channel, height, width]", got: inputs)
    }
    return TensorType(Shape([2, inputs[0].shape[1]], names: ["moment", "channel"]))
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let x = inputs[0]
    let share = 1 / Float(x.shape.count / x.shape[1])
    let deviation = try x - output.channelRow(0)
    let slope = try deviation * upstream.channelRow(1) * 2 + upstream.channelRow(0)
    return [try slope * share]
  }
}

extension Node {
  /// The batch normalization of training, with the moments of this batch.
  ///
  /// - Parameters:
  ///   - moments: This value's ``channelMoments()``.
  ///   - gamma: The scales, `[channel]`.
  ///   - beta: The offsets, `[channel]`.
  ///   - epsilon: What is added to the variance.
  /// - Returns: The normalized value, of the same shape.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func batchNormalized(
    moments: Node, gamma: Node, beta: Node, epsilon: Float
  ) throws(GraphError) -> Node {
    try Node.make(BatchNormalization(epsilon: epsilon), [self, moments, gamma, beta])
  }

  /// The mean and the biased variance of each channel, `[2, channel]`.
  public func channelMoments() throws(GraphError) -> Node {
    try Node.make(ChannelMoments(), [self])
  }

  /// The normalization with given moments, as trained networks do it: one scale and one offset per
  /// channel, which a program computes once from frozen parameters.
  ///
  /// - Parameters:
  ///   - mean: The means, `[channel]`.
  ///   - variance: The variances, `[channel]`.
  ///   - gamma: The scales, `[channel]`.
  ///   - beta: The offsets, `[channel]`.
  ///   - epsilon: What is added to the variance.
  /// - Returns: The normalized value, of the same shape.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func normalizedChannels(
    mean: Node, variance: Node, gamma: Node, beta: Node, epsilon: Float
  ) throws(GraphError) -> Node {
    let scale = try gamma * (variance + epsilon).reciprocalSquareRoot()
    let offset = try beta - mean * scale
    let perChannel: Shape = [scale.shape.count, 1, 1]
    return try self * scale.reshaped(perChannel) + offset.reshaped(perChannel)
  }

  /// `x̂` and `1 / √(variance + epsilon)`, the latter `[channel, 1, 1]`.
  fileprivate func normalizedChannels(
    moments: Node, epsilon: Float
  ) throws(GraphError) -> (normalized: Node, scale: Node) {
    let scale = try (moments.channelRow(1) + epsilon).reciprocalSquareRoot()
    return (try (self - moments.channelRow(0)) * scale, scale)
  }

  /// One row of a `[2, channel]` table as `[channel, 1, 1]`.
  fileprivate func channelRow(_ row: Int) throws(GraphError) -> Node {
    try sliced(axis: 0, row..<row + 1).reshaped([shape[1], 1, 1])
  }
}
