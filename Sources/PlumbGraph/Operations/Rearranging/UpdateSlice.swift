/// A tensor with a block along one axis replaced, as a cache takes new positions.
///
/// Operands: the base, the update, equal to it in all sizes but those of `axis`, and the start, an
/// index with one element. A start from which the update would stick out is moved until it fits.
///
/// Gradient: `dy` with zeros in the block for the base, the block of `dy` for the update.
public struct UpdateSlice: Operation {
  /// The axis along which the update is placed.
  public let axis: Int

  /// See ``Operation/name``.
  public var name: String { "update slice" }
  /// See ``Operation/attributes``.
  public var attributes: String { "axis \(axis)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(3, inputs)
    let (base, update) = (inputs[0].shape, inputs[1].shape)
    guard base.sizes.indices.contains(axis), update.rank == base.rank,
      update.replacing(axis: axis, with: base[axis]) == base, update[axis] <= base[axis],
      inputs[0].element == inputs[1].element
    else {
      throw .operands(self, need: "a base and an update that differ in axis \(axis)", got: inputs)
    }
    guard inputs[2].element == .index, inputs[2].shape.count == 1 else {
      throw .operands(self, need: "one index as the start", got: inputs)
    }
    return inputs[0]
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let (update, start) = (inputs[1], inputs[2])
    // The starts of all axes: 0 but for this one.
    let starts = try start.reshaped([1]).padded(
      before: [axis], after: [update.shape.rank - 1 - axis])
    return [
      try upstream.updating(axis: axis, at: start, with: .fill(0, update.shape)),
      try upstream.sliced(at: starts, sizes: update.shape.sizes),
      nil,
    ]
  }

  /// An update of everything is the result; zeros into zeros stay zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if inputs[1].type == type { return inputs[1] }
    if let value = inputs[0].fillValue, value == inputs[1].fillValue { return inputs[0] }
    return nil
  }
}

extension Node {
  /// This value with the block that begins at `start` along an axis replaced.
  ///
  /// - Parameters:
  ///   - axis: The axis along which the block is placed.
  ///   - start: The block's first index, an index tensor with one element.
  ///   - update: The new block.
  /// - Returns: The updated value, of the same shape.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func updating(
    axis: Int, at start: Node, with update: Node
  ) throws(GraphError) -> Node {
    try Node.make(UpdateSlice(axis: axis), [self, update, start])
  }
}
