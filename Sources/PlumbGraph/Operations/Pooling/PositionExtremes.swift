/// The largest and the smallest element of each channel over its positions, and where they are.
///
/// `[batch, channel, height, width]` to `[batch, channel, 2, 2]`: the largest in the first row, the
/// smallest in the second; each row holds the element and, counted row by row, the first position
/// that has it. A NaN is both the largest and the smallest.
///
/// Gradient: that of an element goes to its position.
public struct PositionExtremes: Operation {
  /// See ``Operation/name``.
  public var name: String { "position extremes" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    let shape = inputs[0].shape
    // Positions are float32 numbers, which count to 2^24.
    guard shape.rank == 4, (1...1 << 24).contains(shape[2] * shape[3]) else {
      throw .operands(
        self, need: "an activation [batch, channel, height, width] of 1 to 16,777,216 positions",
        got: inputs)
    }
    return TensorType(shape.replacing(axis: 2, with: 2).replacing(axis: 3, with: 2))
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let (height, width) = (inputs[0].shape[2], inputs[0].shape[3])
    let positions = try Node.constant(
      (0..<height * width).map { Float($0) }, [1, 1, height, width])
    var result: Node?
    for row in 0..<2 {
      let place = try output.sliced(axis: 2, row..<row + 1).sliced(axis: 3, 1..<2)
      let change = try upstream.sliced(axis: 2, row..<row + 1).sliced(axis: 3, 0..<1)
      let part = try positions.equals(place) * change
      result = try result.map { sum throws(GraphError) in try sum + part } ?? part
    }
    return [result]
  }
}

extension Node {
  /// The largest and the smallest element of each channel over its positions, and where they are:
  /// `[batch, channel, 2, 2]`, see ``PositionExtremes``.
  public func positionExtremes() throws(GraphError) -> Node {
    try Node.make(PositionExtremes(), [self])
  }
}
