/// A regular selection: index `i` of an axis of the result is `start + i · step` of the operand.
///
/// `[.., n, ..] -> [.., size, ..]`. Gradient: ``Embed`` of `dy`.
public struct Slice: Operation {
  /// The first index taken, per axis.
  public let starts: [Int]
  /// How many indices are taken, per axis, at least 1.
  public let sizes: [Int]
  /// The distance between indices taken, per axis, at least 1.
  public let steps: [Int]

  /// See ``Operation/name``.
  public var name: String { "slice" }
  /// See ``Operation/attributes``.
  public var attributes: String {
    starts.indices.map { axis in
      let end = starts[axis] + (sizes[axis] - 1) * steps[axis] + 1
      return "\(starts[axis])..<\(end)" + (steps[axis] == 1 ? "" : " by \(steps[axis])")
    }.joined(separator: ", ")
  }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    let shape = inputs[0].shape
    let fits =
      [starts.count, sizes.count, steps.count].allSatisfy { $0 == shape.rank }
      && shape.sizes.indices.allSatisfy { axis in
        starts[axis] >= 0 && sizes[axis] >= 1 && steps[axis] >= 1
          && starts[axis] + (sizes[axis] - 1) * steps[axis] < shape[axis]
      }
    guard fits else {
      throw .operands(self, need: "an operand that holds [\(attributes)]", got: inputs)
    }
    return TensorType(Shape(sizes, names: shape.names), inputs[0].element)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [try upstream.embedded(in: inputs[0].shape, starts: starts, steps: steps)]
  }
}

/// The operand placed into zeros: its index `i` of an axis becomes `start + i · step`.
///
/// Gradient: ``Slice`` of `dy`.
public struct Embed: Operation {
  /// The index of the operand's first element, per axis.
  public let starts: [Int]
  /// The distance between the operand's elements, per axis, at least 1.
  public let steps: [Int]
  /// The shape of the result.
  public let shape: Shape

  /// See ``Operation/name``.
  public var name: String { "embed" }
  /// See ``Operation/attributes``.
  public var attributes: String {
    "at \(starts)" + (steps.allSatisfy { $0 == 1 } ? "" : " by \(steps)")
  }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    let operand = inputs[0].shape
    let fits =
      [starts.count, steps.count, operand.rank].allSatisfy { $0 == shape.rank }
      && shape.sizes.indices.allSatisfy { axis in
        starts[axis] >= 0 && steps[axis] >= 1
          && starts[axis] + (operand[axis] - 1) * steps[axis] < shape[axis]
      }
    guard fits else {
      throw .operands(self, need: "an operand that fits into \(shape) \(attributes)", got: inputs)
    }
    return TensorType(shape, inputs[0].element)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [try upstream.sliced(starts: starts, sizes: inputs[0].shape.sizes, steps: steps)]
  }

  /// Zeros stay zeros; an operand that fills the shape is the result.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if inputs[0].fillValue == 0 { return .fill(0, type.shape) }
    return inputs[0].type == type ? inputs[0] : nil
  }
}

extension Node {
  /// A regular selection along every axis.
  ///
  /// - Parameters:
  ///   - starts: The first index taken, per axis.
  ///   - sizes: How many indices are taken, per axis.
  ///   - steps: The distance between indices taken, per axis; 1 everywhere if not given.
  /// - Returns: The selected elements.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func sliced(
    starts: [Int], sizes: [Int], steps: [Int]? = nil
  ) throws(GraphError) -> Node {
    // A step that is never taken is written as 1, so that equal slices are equal nodes.
    let steps = (steps ?? starts.map { _ in 1 }).enumerated().map { axis, step in
      sizes.indices.contains(axis) && sizes[axis] == 1 && step > 0 ? 1 : step
    }
    return try Node.make(Slice(starts: starts, sizes: sizes, steps: steps), [self])
  }

  /// The indices of a range along one axis; every other axis stays whole.
  public func sliced(axis: Int, _ range: Range<Int>, by step: Int = 1) throws(GraphError) -> Node {
    guard shape.sizes.indices.contains(axis), !range.isEmpty, step > 0 else {
      throw .mismatch(
        operation: "slice", requirement: "an operand with the indices \(range) along axis \(axis)",
        got: "\(type)")
    }
    var starts = shape.sizes.map { _ in 0 }
    var steps = shape.sizes.map { _ in 1 }
    starts[axis] = range.lowerBound
    steps[axis] = step
    let size = (range.count + step - 1) / step
    return try sliced(
      starts: starts, sizes: shape.replacing(axis: axis, with: size).sizes, steps: steps)
  }

  /// This value placed into zeros of a shape.
  ///
  /// - Parameters:
  ///   - shape: The shape of the result.
  ///   - starts: The index of this value's first element, per axis.
  ///   - steps: The distance between this value's elements, per axis; 1 everywhere if not given.
  /// - Returns: The larger value, zero elsewhere.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func embedded(
    in shape: Shape, starts: [Int], steps: [Int]? = nil
  ) throws(GraphError) -> Node {
    let steps = steps ?? starts.map { _ in 1 }
    return try Node.make(Embed(starts: starts, steps: steps, shape: shape), [self])
  }
}
