/// The sum, mean, maximum or minimum over some axes.
///
/// `[.., axis n, ..] -> [.., 1, ..]`: reduced axes stay with size 1, so the result broadcasts
/// against the operand.
///
/// Gradient: sum passes `dy` to every element, mean divides it by the count, maximum and minimum
/// share it equally among the elements that attain the extreme.
public struct Reduction: Operation {
  /// Which statistic is taken.
  public enum Kind: String, Sendable, Hashable {
    case sum, mean, maximum, minimum
  }

  /// Which statistic is taken.
  public let kind: Kind
  /// The axes that are reduced, ascending.
  public let axes: [Int]

  /// See ``Operation/name``.
  public var name: String { kind.rawValue }
  /// See ``Operation/attributes``.
  public var attributes: String { "over axes \(axes)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    guard axes.allSatisfy(inputs[0].shape.sizes.indices.contains), axes == Set(axes).sorted() else {
      throw .operands(self, need: "an operand with the axes \(axes), each once", got: inputs)
    }
    var shape = inputs[0].shape
    for axis in axes { shape = shape.replacing(axis: axis, with: 1) }
    return TensorType(shape)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let x = inputs[0]
    switch kind {
    case .sum:
      return [try upstream.broadcasted(to: x.shape)]
    case .mean:
      let count = x.shape.count / output.shape.count
      return [try (upstream * (1 / Float(count))).broadcasted(to: x.shape)]
    case .maximum, .minimum:
      let attained = try x.equals(output)
      return [try attained * (upstream / attained.sum(over: axes))]
    }
  }

  /// A reduction over nothing or over axes of size 1 is the operand; a fill reduces to a fill.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if inputs[0].type == type { return inputs[0] }
    guard let value = inputs[0].fillValue else { return nil }
    let count = Float(inputs[0].shape.count / max(type.shape.count, 1))
    return .fill(kind == .sum ? value * count : value, type.shape)
  }
}

extension Node {
  /// The sum over some axes, which stay with size 1; over all axes if none are given.
  public func sum(over axes: [Int]? = nil) throws(GraphError) -> Node {
    try reduced(.sum, over: axes)
  }

  /// The mean over some axes, which stay with size 1; over all axes if none are given.
  public func mean(over axes: [Int]? = nil) throws(GraphError) -> Node {
    try reduced(.mean, over: axes)
  }

  /// The maximum over some axes, which stay with size 1; over all axes if none are given.
  public func maximum(over axes: [Int]? = nil) throws(GraphError) -> Node {
    try reduced(.maximum, over: axes)
  }

  /// The minimum over some axes, which stay with size 1; over all axes if none are given.
  public func minimum(over axes: [Int]? = nil) throws(GraphError) -> Node {
    try reduced(.minimum, over: axes)
  }

  private func reduced(_ kind: Reduction.Kind, over axes: [Int]?) throws(GraphError) -> Node {
    let axes = axes.map { Set($0).sorted() } ?? Array(shape.sizes.indices)
    return try Node.make(Reduction(kind: kind, axes: axes), [self])
  }
}
