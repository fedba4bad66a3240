/// Pairs of a head's dimensions turned by an angle that depends on the position.
///
/// Operands: x `[batch, position, head, d]` and the cosines and sines of the angles,
/// `[position, rotated / 2]`. A pair `(a, b)` becomes `(a · cos - b · sin, b · cos + a · sin)`; the
/// dimensions from `rotated` on stay. The result has the shape of x.
///
/// Gradient: the same with the sines negated, for x alone.
///
/// Source: Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding", 2021.
public struct RotaryEmbedding: Operation {
  /// Which dimensions make a pair.
  public enum Style: String, Sendable, Hashable, CaseIterable {
    /// `i` and `i + rotated / 2`, as GPT-NeoX and Llama have it.
    case half
    /// `2i` and `2i + 1`, as GPT-J has it.
    case adjacent
  }

  /// Which dimensions make a pair.
  public let style: Style
  /// How many of the first dimensions are turned; even.
  public let rotated: Int

  /// See ``Operation/name``.
  public var name: String { "rotary embedding" }
  /// See ``Operation/attributes``.
  public var attributes: String { "\(style.rawValue), \(rotated) dimensions" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(3, inputs)
    let x = inputs[0].shape
    guard x.rank == 4, rotated >= 2, rotated % 2 == 0, rotated <= x[3],
      inputs[1].shape == [x[1], rotated / 2], inputs[2].shape == [x[1], rotated / 2]
    else {
      throw .operands(
        self,
        need: "x [batch, position, head, d] with d of at least \(rotated), and cosines and sines "
          + "[position, \(rotated / 2)]", got: inputs)
    }
    return inputs[0]
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [try Node.make(self, [upstream, inputs[1], -inputs[2]]), nil, nil]
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    inputs[0].fillValue == 0 ? .fill(0, type.shape) : nil
  }
}

extension Node {
  /// Pairs of dimensions turned by an angle that depends on the position.
  ///
  /// - Parameters:
  ///   - cosines: The cosines of the angles, `[position, rotated / 2]`.
  ///   - sines: The sines of the angles, `[position, rotated / 2]`.
  ///   - style: Which dimensions make a pair.
  ///   - rotated: How many of the first dimensions are turned; even.
  /// - Returns: The turned value, of the same shape.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func rotated(
    cosines: Node, sines: Node, style: RotaryEmbedding.Style, rotated: Int
  ) throws(GraphError) -> Node {
    try Node.make(RotaryEmbedding(style: style, rotated: rotated), [self, cosines, sines])
  }
}
