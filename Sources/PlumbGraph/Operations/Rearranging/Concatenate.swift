/// Tensors one after another along an axis; all other sizes agree.
///
/// Gradient: for each operand its ``Slice`` of `dy`.
public struct Concatenate: Operation {
  /// The axis along which the operands follow one another.
  public let axis: Int

  /// See ``Operation/name``.
  public var name: String { "concatenate" }
  /// See ``Operation/attributes``.
  public var attributes: String { "axis \(axis)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    guard let first = inputs.first, first.shape.sizes.indices.contains(axis),
      inputs.allSatisfy({ input in
        input.element == first.element && input.shape.rank == first.shape.rank
          && input.shape.replacing(axis: axis, with: 0)
            == first.shape.replacing(axis: axis, with: 0)
      })
    else {
      throw .operands(
        self, need: "operands that agree in all sizes but those of axis \(axis)", got: inputs)
    }
    let total = inputs.reduce(0) { $0 + $1.shape[axis] }
    return TensorType(first.shape.replacing(axis: axis, with: total), first.element)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    var gradients: [Node?] = []
    var offset = 0
    for input in inputs {
      let end = offset + input.shape[axis]
      gradients.append(try upstream.sliced(axis: axis, offset..<end))
      offset = end
    }
    return gradients
  }

  /// One operand is the result; equal fills make one.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if inputs.count == 1 { return inputs[0] }
    if let value = inputs[0].fillValue, inputs.allSatisfy({ $0.fillValue == value }) {
      return .fill(value, type.shape)
    }
    return nil
  }
}

extension Node {
  /// Values one after another along an axis.
  public static func concatenated(_ parts: [Node], axis: Int) throws(GraphError) -> Node {
    try make(Concatenate(axis: axis), parts)
  }
}
