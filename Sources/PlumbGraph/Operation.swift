/// What a node computes: its meaning, shape rule and gradient, one type per operation.
///
/// Operations are values without weights or activations: two equal operations on the same inputs
/// are the same node.
public protocol Operation: Hashable, Sendable {
  /// The name that printing and messages use, such as `convolution`.
  var name: String { get }

  /// The settings as printing shows them, such as `stride 2 x 2`; empty if there are none.
  var attributes: String { get }

  /// Returns the type of the result, or throws if the inputs do not fit.
  func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType

  /// Returns what each input contributes to the gradient.
  ///
  /// - Parameters:
  ///   - output: The node whose operation this is.
  ///   - inputs: The node's inputs.
  ///   - upstream: The gradient of the final number for `output`, of `output`'s shape.
  /// - Returns: For each input the gradient for it, of its shape, or `nil` where there is none.
  /// - Throws: ``GraphError/notDifferentiable(operation:index:)`` if there is none.
  func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?]

  /// Returns a cheaper node with the same value, or `nil` if there is none.
  ///
  /// Called by ``Graph/simplified()`` with inputs that are simplified already.
  func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node?
}

extension Operation {
  /// No settings.
  public var attributes: String { "" }

  /// No gradient for any input.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    throw .notDifferentiable(operation: name, index: 0)
  }

  /// Nothing cheaper is known.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? { nil }

  /// Throws unless there are exactly `count` inputs.
  func requireCount(_ count: Int, _ inputs: [TensorType]) throws(GraphError) {
    guard inputs.count == count else {
      throw .operands(self, need: count == 1 ? "one operand" : "\(count) operands", got: inputs)
    }
  }
}
