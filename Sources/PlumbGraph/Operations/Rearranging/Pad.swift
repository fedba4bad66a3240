/// The operand with a margin along every axis.
///
/// Gradient: the ``Slice`` without the margin for a constant one, ``ReflectPadGradient`` for a
/// reflected one.
public struct Pad: Operation {
  /// What the margin holds.
  public enum Mode: Sendable, Hashable {
    /// One number.
    case constant(Float)
    /// The operand mirrored at its edge elements, which are not repeated: `c b | a b c | b a`.
    case reflect
  }

  /// The margin before the first element, per axis.
  public let before: [Int]
  /// The margin after the last element, per axis.
  public let after: [Int]
  /// What the margin holds.
  public let mode: Mode

  /// See ``Operation/name``.
  public var name: String { "pad" }
  /// See ``Operation/attributes``.
  public var attributes: String {
    let kind =
      switch mode {
      case .constant(let value): "constant \(value)"
      case .reflect: "reflect"
      }
    return "before \(before), after \(after), \(kind)"
  }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    let shape = inputs[0].shape
    guard before.count == shape.rank, after.count == shape.rank,
      (before + after).allSatisfy({ $0 >= 0 })
    else {
      throw .operands(
        self, need: "an operand with one margin of 0 or more per axis, \(before) and \(after)",
        got: inputs)
    }
    if mode == .reflect {
      let fits = shape.sizes.indices.allSatisfy {
        max(before[$0], after[$0]) < shape[$0]
      }
      guard fits else {
        throw .operands(
          self, need: "an operand larger than its mirrored margins \(before) and \(after)",
          got: inputs)
      }
    }
    let sizes = shape.sizes.indices.map { before[$0] + shape[$0] + after[$0] }
    return TensorType(Shape(sizes, names: shape.names), inputs[0].element)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    if mode == .reflect {
      return [try Node.make(ReflectPadGradient(before: before, after: after), [upstream])]
    }
    return [try upstream.sliced(starts: before, sizes: inputs[0].shape.sizes)]
  }

  /// No margin is nothing; a fill with a margin of the same number is a fill.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if inputs[0].type == type { return inputs[0] }
    guard let value = inputs[0].fillValue, mode == .reflect || mode == .constant(value) else {
      return nil
    }
    return .fill(value, type.shape)
  }
}

/// The gradient of a reflected ``Pad``: every margin element is added where it was mirrored from.
///
/// The operand is `dy`; the result is smaller by the margins. Gradient: the reflected ``Pad``.
public struct ReflectPadGradient: Operation {
  /// The margin before the first element, per axis.
  public let before: [Int]
  /// The margin after the last element, per axis.
  public let after: [Int]

  /// See ``Operation/name``.
  public var name: String { "reflect pad gradient" }
  /// See ``Operation/attributes``.
  public var attributes: String { "before \(before), after \(after)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    let shape = inputs[0].shape
    let fits =
      before.count == shape.rank && after.count == shape.rank
      && shape.sizes.indices.allSatisfy {
        shape[$0] - before[$0] - after[$0] > max(before[$0], after[$0])
      }
    guard fits else {
      throw .operands(
        self, need: "an operand larger than its mirrored margins \(before) and \(after)",
        got: inputs)
    }
    let sizes = shape.sizes.indices.map { shape[$0] - before[$0] - after[$0] }
    return TensorType(Shape(sizes, names: shape.names))
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [try upstream.padded(before: before, after: after, .reflect)]
  }

  /// Zeros stay zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    inputs[0].fillValue == 0 ? .fill(0, type.shape) : nil
  }
}

extension Node {
  /// This value with a margin along every axis.
  ///
  /// - Parameters:
  ///   - before: The margin before the first element, per axis.
  ///   - after: The margin after the last element, per axis.
  ///   - mode: What the margin holds; zeros if not given.
  /// - Returns: The larger value.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func padded(
    before: [Int], after: [Int], _ mode: Pad.Mode = .constant(0)
  ) throws(GraphError) -> Node {
    try Node.make(Pad(before: before, after: after, mode: mode), [self])
  }
}
