/// The matrix product over the last two axes, `z = x' · y'`, batched over the axes before them.
///
/// `[.., m, k] × [.., k, n] -> [.., m, n]`. Batch axes are equal, or one is 1 or missing and
/// stretches. A transposed operand is stored `[.., k, m]` or `[.., n, k]`.
///
/// Gradient: `dx' = dz · y'ᵀ`, `dy' = x'ᵀ · dz`, each summed over the batch axes along which it was
/// stretched.
public struct MatrixProduct: Operation {
  /// Whether the left operand is stored `[.., k, m]`.
  public let transposesLeft: Bool
  /// Whether the right operand is stored `[.., n, k]`.
  public let transposesRight: Bool

  /// See ``Operation/name``.
  public var name: String { "matrix product" }
  /// See ``Operation/attributes``.
  public var attributes: String {
    [transposesLeft ? "left transposed" : "", transposesRight ? "right transposed" : ""]
      .filter { !$0.isEmpty }.joined(separator: ", ")
  }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(2, inputs)
    let (left, right) = (inputs[0].shape, inputs[1].shape)
    guard left.rank >= 2, right.rank >= 2, inputs.allSatisfy({ $0.element == .float }) else {
      throw .operands(self, need: "two matrices of real numbers", got: inputs)
    }
    let (rows, leftInner) = transposesLeft ? (1, 2) : (2, 1)
    let (columns, rightInner) = transposesRight ? (2, 1) : (1, 2)
    guard left[left.rank - leftInner] == right[right.rank - rightInner] else {
      throw .operands(self, need: "matrices with equal inner sizes", got: inputs)
    }
    let leftBatch = Shape(left.sizes.dropLast(2), names: left.names.dropLast(2))
    let rightBatch = Shape(right.sizes.dropLast(2), names: right.names.dropLast(2))
    guard let batch = leftBatch.broadcast(with: rightBatch) else {
      throw .operands(self, need: "matrices whose batch axes broadcast", got: inputs)
    }
    return TensorType(
      Shape(
        batch.sizes + [left[left.rank - rows], right[right.rank - columns]],
        names: batch.names + [left.names[left.rank - rows], right.names[right.rank - columns]]))
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let (x, y) = (inputs[0], inputs[1])
    let dx =
      transposesLeft
      ? try y.matrixProduct(upstream, transposesLeft: transposesRight, transposesRight: true)
      : try upstream.matrixProduct(y, transposesRight: !transposesRight)
    return [try dx.summed(toShapeOf: x), try rightGradient(x: x, y: y, upstream: upstream)]
  }

  private func rightGradient(x: Node, y: Node, upstream: Node) throws(GraphError) -> Node {
    var (x, upstream) = (x, upstream)
    // One matrix for the whole batch, as a layer's weights: the sum over the batch is part of one
    // larger product.
    if y.shape.rank == 2, x.shape.rank > 2, !transposesLeft {
      let (inner, columns) = (x.shape[x.shape.rank - 1], upstream.shape[upstream.shape.rank - 1])
      x = try x.reshaped([x.shape.count / inner, inner])
      upstream = try upstream.reshaped([upstream.shape.count / columns, columns])
    }
    let dy =
      transposesRight
      ? try upstream.matrixProduct(x, transposesLeft: true, transposesRight: transposesLeft)
      : try x.matrixProduct(upstream, transposesLeft: !transposesLeft)
    return try dy.summed(toShapeOf: y)
  }

  /// A product with zeros is zeros; a transposed operand is read transposed.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if inputs.contains(where: { $0.fillValue == 0 }) { return .fill(0, type.shape) }
    if let left = inputs[0].untransposed {
      return try left.matrixProduct(
        inputs[1], transposesLeft: !transposesLeft, transposesRight: transposesRight)
    }
    if let right = inputs[1].untransposed {
      return try inputs[0].matrixProduct(
        right, transposesLeft: transposesLeft, transposesRight: !transposesRight)
    }
    return nil
  }
}

extension Node {
  /// The matrix product over the last two axes, batched over the axes before them.
  ///
  /// - Parameters:
  ///   - other: The right operand.
  ///   - transposesLeft: Whether this value is stored with rows and columns exchanged.
  ///   - transposesRight: Whether `other` is stored with rows and columns exchanged.
  /// - Returns: The product, `[.., m, n]`.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func matrixProduct(
    _ other: Node, transposesLeft: Bool = false, transposesRight: Bool = false
  ) throws(GraphError) -> Node {
    try Node.make(
      MatrixProduct(transposesLeft: transposesLeft, transposesRight: transposesRight),
      [self, other])
  }

  /// The operand, if this node does nothing but exchange its last two axes.
  fileprivate var untransposed: Node? {
    guard let transpose = operation as? Transpose, shape.rank >= 2 else { return nil }
    var permutation = Array(shape.sizes.indices)
    permutation.swapAt(permutation.count - 1, permutation.count - 2)
    return transpose.permutation == permutation ? inputs[0] : nil
  }
}
