/// The cross-entropy of each row's target, `-log softmax(logits)[target]`, in nats.
///
/// Operands: logits `[rows, classes]` and targets, an index tensor `[rows]`. The result is `[rows]`.
/// A target of -1 is ignored: its loss and gradient are 0.
///
/// Gradient: ``CrossEntropyGradient`` for the logits.
public struct CrossEntropy: Operation {
  /// See ``Operation/name``.
  public var name: String { "cross-entropy" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(2, inputs)
    try requireTargets(inputs)
    return TensorType(inputs[1].shape)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [try Node.make(CrossEntropyGradient(), inputs + [upstream]), nil]
  }
}

/// The gradient of ``CrossEntropy`` for the logits: `(softmax(logits) - onehot(target)) · dy`.
///
/// Operands: logits `[rows, classes]`, targets `[rows]` and `dy` `[rows]`; the result has the shape
/// of the logits.
public struct CrossEntropyGradient: DecomposableOperation {
  /// See ``Operation/name``.
  public var name: String { "cross-entropy gradient" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(3, inputs)
    try requireTargets(inputs)
    guard inputs[2].shape == inputs[1].shape else {
      throw .operands(self, need: "one gradient per row", got: inputs)
    }
    return inputs[0]
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    inputs[2].fillValue == 0 ? .fill(0, type.shape) : nil
  }

  func decomposed(_ inputs: [Node]) throws(GraphError) -> Node {
    let (logits, targets, dy) = (inputs[0], inputs[1], inputs[2])
    let column: Shape = [dy.shape[0], 1]
    // The targets enter through logits of 0, where the loss is log(classes) unless it is ignored,
    // and its gradient is 1 / classes - onehot.
    let uniform = Node.fill(0, logits.shape)
    let counts = try Node.make(CrossEntropy(), [uniform, targets]).isGreater(than: .fill(0))
    let uniformGradient = try Node.make(
      CrossEntropyGradient(), [uniform, targets, .fill(1, dy.shape)])
    let excess = try logits.softmax() - 1 / Float(logits.shape[1])
    return try (excess * counts.reshaped(column) + uniformGradient) * dy.reshaped(column)
  }
}

extension Operation {
  /// Throws unless the first two inputs are logits `[rows, classes]` and targets `[rows]`.
  fileprivate func requireTargets(_ inputs: [TensorType]) throws(GraphError) {
    guard inputs[0].shape.rank == 2, inputs[0].element == .float, inputs[1].element == .index,
      inputs[1].shape == [inputs[0].shape[0]]
    else {
      throw .operands(
        self, need: "logits [rows, classes] and targets [rows] of index", got: inputs)
    }
  }
}

extension Node {
  /// The cross-entropy of each row of these logits, `[rows, classes] -> [rows]`, in nats.
  ///
  /// - Parameter targets: The right class of each row, an index tensor `[rows]`; -1 is ignored.
  /// - Returns: The losses in nats, `[rows]`.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func crossEntropy(targets: Node) throws(GraphError) -> Node {
    try Node.make(CrossEntropy(), [self, targets])
  }
}
