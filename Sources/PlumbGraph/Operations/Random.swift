/// Random numbers, new ones at every step.
///
/// They depend on the program's seed, its step, the stream and the position of the element alone. So
/// two nodes with the same stream and shape are one node and hold the same numbers; a stream of its
/// own makes them independent.
public struct Random: Operation {
  /// What the numbers are drawn from.
  public enum Distribution: String, Sendable, Hashable {
    /// Uniform in `0..<1`.
    case uniform
    /// Normal with mean 0 and standard deviation 1.
    case normal
  }

  /// What the numbers are drawn from.
  public let distribution: Distribution
  /// Which of the program's independent sequences is used, such as `blocks.0.dropout`.
  public let stream: String
  /// The shape of the result.
  public let shape: Shape

  /// See ``Operation/name``.
  public var name: String { "random" }
  /// See ``Operation/attributes``.
  public var attributes: String { "\(distribution.rawValue), stream \(stream)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(0, inputs)
    return TensorType(shape)
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [] }
}

extension Node {
  /// Random numbers, new ones at every step.
  ///
  /// - Parameters:
  ///   - distribution: What the numbers are drawn from.
  ///   - stream: Which of the program's independent sequences is used; equal streams give equal
  ///     numbers.
  ///   - shape: The shape of the result.
  /// - Returns: The numbers, a node without operands.
  public static func random(
    _ distribution: Random.Distribution, stream: String, _ shape: Shape
  ) -> Node {
    make(withoutOperands: Random(distribution: distribution, stream: stream, shape: shape))
  }

  /// This value with each element set to 0 with probability `rate`, and the others divided by
  /// `1 - rate`, so that the mean stays.
  ///
  /// - Parameters:
  ///   - rate: The probability, in `0..<1`.
  ///   - stream: The random stream; each dropout of a model needs its own.
  /// - Returns: The thinned value, of the same shape.
  /// - Throws: ``GraphError/mismatch(operation:requirement:got:)`` if the rate is outside `0..<1`.
  public func dropout(rate: Float, stream: String) throws(GraphError) -> Node {
    guard (0..<1).contains(rate) else {
      throw .mismatch(operation: "dropout", requirement: "a rate in 0..<1", got: "\(rate)")
    }
    let kept = try Node.make(
      Comparison(formula: .greaterOrEqual),
      [.random(.uniform, stream: stream, shape), .fill(rate)])
    return try self * (kept * (1 / (1 - rate)))
  }
}
