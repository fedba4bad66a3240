/// A block of the operand whose place is known only at run time.
///
/// Operands: x and the starts, an index tensor `[rank]`, one start per axis. The result has the
/// shape `sizes`. A start from which the block would stick out is moved until the block fits.
///
/// Gradient: ``DynamicEmbed`` of `dy`; none for the starts.
public struct DynamicSlice: Operation {
  /// How many indices are taken, per axis.
  public let sizes: [Int]

  /// See ``Operation/name``.
  public var name: String { "dynamic slice" }
  /// See ``Operation/attributes``.
  public var attributes: String { "sizes \(sizes)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(2, inputs)
    let shape = inputs[0].shape
    guard sizes.count == shape.rank, zip(sizes, shape.sizes).allSatisfy({ $0 >= 1 && $0 <= $1 })
    else {
      throw .operands(self, need: "an operand of at least \(Shape(sizes))", got: inputs)
    }
    try requireStarts(inputs[1], rank: shape.rank, inputs)
    return TensorType(Shape(sizes, names: shape.names), inputs[0].element)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [try upstream.embedded(in: inputs[0].shape, at: inputs[1]), nil]
  }

  /// The whole operand, or a part of a fill.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if let value = inputs[0].fillValue { return .fill(value, type.shape) }
    return inputs[0].type == type ? inputs[0] : nil
  }
}

/// The operand placed into zeros at a place known only at run time.
///
/// Operands: x and the starts, an index tensor `[rank]`; starts are moved to fit as in
/// ``DynamicSlice``, which is the gradient.
public struct DynamicEmbed: Operation {
  /// The shape of the result.
  public let shape: Shape

  /// See ``Operation/name``.
  public var name: String { "dynamic embed" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(2, inputs)
    let operand = inputs[0].shape
    guard operand.rank == shape.rank, zip(operand.sizes, shape.sizes).allSatisfy({ $0 <= $1 })
    else {
      throw .operands(self, need: "an operand that fits into \(shape)", got: inputs)
    }
    try requireStarts(inputs[1], rank: shape.rank, inputs)
    return TensorType(shape, inputs[0].element)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [try upstream.sliced(at: inputs[1], sizes: inputs[0].shape.sizes), nil]
  }

  /// Zeros stay zeros; an operand that fills the shape is the result.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if inputs[0].fillValue == 0 { return .fill(0, type.shape) }
    return inputs[0].type == type ? inputs[0] : nil
  }
}

extension Operation {
  /// Throws unless `starts` is an index tensor with one start per axis.
  func requireStarts(
    _ starts: TensorType, rank: Int, _ inputs: [TensorType]
  ) throws(GraphError) {
    guard starts.element == .index, starts.shape == [rank] else {
      throw .operands(self, need: "starts of the type [\(rank)] of index", got: inputs)
    }
  }
}

extension Node {
  /// The block of this value that begins at `starts`, an index tensor `[rank]`.
  public func sliced(at starts: Node, sizes: [Int]) throws(GraphError) -> Node {
    try Node.make(DynamicSlice(sizes: sizes), [self, starts])
  }

  /// This value placed into zeros of a shape at `starts`, an index tensor `[rank]`.
  public func embedded(in shape: Shape, at starts: Node) throws(GraphError) -> Node {
    try Node.make(DynamicEmbed(shape: shape), [self, starts])
  }
}
