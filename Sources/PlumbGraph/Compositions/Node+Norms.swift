extension Node {
  /// The Euclidean norm over some axes, `√(Σ x² + epsilon)`; the axes stay with size 1.
  ///
  /// - Parameters:
  ///   - axes: The axes; all of them if not given.
  ///   - epsilon: What is added to the sum of squares. Greater than 0, it keeps the gradient finite
  ///     where all elements are 0.
  /// - Returns: The norms.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func norm(over axes: [Int]? = nil, epsilon: Float = 0) throws(GraphError) -> Node {
    let squares = try squared().sum(over: axes)
    return try (epsilon == 0 ? squares : squares + epsilon).squareRoot()
  }

  /// The sum of absolute values over some axes, which stay with size 1; over all if none are given.
  public func absoluteSum(over axes: [Int]? = nil) throws(GraphError) -> Node {
    try absolute().sum(over: axes)
  }

  /// The sum of products with another value over some axes, which stay with size 1; over all if
  /// none are given.
  public func dotProduct(_ other: Node, over axes: [Int]? = nil) throws(GraphError) -> Node {
    try (self * other).sum(over: axes)
  }

  /// The cosine of the angle between this value and another, `Σ xy / (|x| · |y|)`, between -1 and 1.
  ///
  /// - Parameters:
  ///   - other: The other value, of a shape that broadcasts.
  ///   - axes: The axes along which both are vectors; they stay with size 1. All if not given.
  ///   - epsilon: What is added to each norm, which keeps the cosine with a zero vector finite.
  /// - Returns: The cosines.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func cosineSimilarity(
    with other: Node, over axes: [Int]? = nil, epsilon: Float = 0
  ) throws(GraphError) -> Node {
    // Vectors that stretch along these axes count with every repeated element.
    guard let common = shape.broadcast(with: other.shape) else {
      throw .mismatch(
        operation: "cosine similarity", requirement: "operands whose shapes broadcast",
        got: "\(type) and \(other.type)")
    }
    let (x, y) = try (broadcasted(to: common), other.broadcasted(to: common))
    let lengths = try (x.norm(over: axes) + epsilon) * (y.norm(over: axes) + epsilon)
    return try x.dotProduct(y, over: axes) / lengths
  }
}
