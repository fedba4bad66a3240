/// Each element rounded to the nearest bfloat16, ties to even: 8 bits of precision.
///
/// What an operand loses on its way into a bfloat16 multiplication. Gradients pass unchanged.
public struct RoundToBFloat16: PointwiseOperation {
  /// See ``PointwiseOperation/formula``.
  public var formula: PointwiseFormula { .roundToBFloat16 }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [upstream] }

  /// Rounding twice is rounding once; zero stays zero.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if inputs[0].operation is RoundToBFloat16 || inputs[0].fillValue == 0 { return inputs[0] }
    return nil
  }
}

extension Node {
  /// Each element rounded to the nearest bfloat16.
  public func roundedToBFloat16() throws(GraphError) -> Node {
    try Node.make(RoundToBFloat16(), [self])
  }
}

extension Float {
  /// The nearest bfloat16, ties to even; infinities and NaN stay.
  public var roundedToBFloat16: Float {
    guard isFinite else { return self }
    let bits = bitPattern
    let rounded = bits &+ 0x7fff &+ ((bits >> 16) & 1)
    return Float(bitPattern: rounded & 0xffff_0000)
  }
}
