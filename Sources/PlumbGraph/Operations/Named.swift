/// A hook point: the value itself under a name that people know.
///
/// Reading an activation is asking for a named value; editing one is replacing it
/// (``Graph/replacing(_:)``).
public struct Named: Operation {
  /// The hook point's name, such as `mixed4a` or `blocks.3.attn.hook_pattern`.
  public let label: String

  /// See ``Operation/name``.
  public var name: String { "named" }
  /// See ``Operation/attributes``.
  public var attributes: String { label }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    return inputs[0]
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [upstream] }
}

/// The value itself, through which no gradient flows.
public struct StopGradient: Operation {
  /// See ``Operation/name``.
  public var name: String { "stop gradient" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    return inputs[0]
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] { [nil] }
}

extension Node {
  /// This value as a hook point with a name.
  public func named(_ label: String) -> Node {
    do {
      return try Node.make(Named(label: label), [self])
    } catch {
      preconditionFailure("a name takes any value: \(error)")
    }
  }

  /// This value, cut off from gradients.
  public func stoppingGradient() -> Node {
    do {
      return try Node.make(StopGradient(), [self])
    } catch {
      preconditionFailure("stopping a gradient takes any value: \(error)")
    }
  }
}
