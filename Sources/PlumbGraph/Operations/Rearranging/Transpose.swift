/// The axes in another order: axis `i` of the result is axis `permutation[i]` of the operand.
///
/// Gradient: the inverse permutation of `dy`.
public struct Transpose: Operation {
  /// For each axis of the result, the operand's axis it comes from.
  public let permutation: [Int]

  /// See ``Operation/name``.
  public var name: String { "transpose" }
  /// See ``Operation/attributes``.
  public var attributes: String { "\(permutation)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    let shape = inputs[0].shape
    guard permutation.sorted() == Array(shape.sizes.indices) else {
      throw .operands(
        self, need: "an operand whose axes \(permutation) puts in order, each once", got: inputs)
    }
    return TensorType(
      Shape(permutation.map { shape[$0] }, names: permutation.map { shape.names[$0] }),
      inputs[0].element)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    var inverse = permutation
    for (axis, source) in permutation.enumerated() { inverse[source] = axis }
    return [try upstream.transposed(inverse)]
  }

  /// The identity is nothing, two in a row are one, and moving axes of size 1 is a reshape.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    let x = inputs[0]
    if permutation == Array(permutation.indices) { return x }
    if let value = x.fillValue { return .fill(value, type.shape) }
    if let inner = x.operation as? Transpose {
      return try x.inputs[0].transposed(permutation.map { inner.permutation[$0] })
    }
    let moved = permutation.filter { x.shape[$0] != 1 }
    if moved == moved.sorted() { return try x.reshaped(type.shape) }
    return nil
  }
}

extension Node {
  /// The axes in another order: axis `i` of the result is axis `permutation[i]` of this value.
  public func transposed(_ permutation: [Int]) throws(GraphError) -> Node {
    try Node.make(Transpose(permutation: permutation), [self])
  }

  /// The last two axes exchanged.
  public func transposed() throws(GraphError) -> Node {
    var permutation = Array(shape.sizes.indices)
    guard permutation.count >= 2 else {
      throw .mismatch(operation: "transpose", requirement: "two axes or more", got: "\(type)")
    }
    permutation.swapAt(permutation.count - 1, permutation.count - 2)
    return try transposed(permutation)
  }
}
