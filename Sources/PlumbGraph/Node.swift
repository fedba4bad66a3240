/// One value of a graph: an operation applied to other values.
///
/// Nodes are immutable and interned: building an equal node again returns the same object, so
/// common subexpressions exist once, and equality is identity.
public final class Node: Sendable {
  /// What is computed.
  public let operation: any Operation
  /// From what, in the operation's order.
  public let inputs: [Node]
  /// The shape and element type of the result.
  public let type: TensorType
  /// The structural hash, under which the interning table knows this node.
  let structuralHash: Int

  /// The shape of the result.
  public var shape: Shape { type.shape }

  init(operation: any Operation, inputs: [Node], type: TensorType, structuralHash: Int) {
    self.operation = operation
    self.inputs = inputs
    self.type = type
    self.structuralHash = structuralHash
  }

  deinit { NodeTable.shared.forget(structuralHash) }

  /// Returns the node that applies `operation` to `inputs`.
  ///
  /// - Throws: ``GraphError`` if the operation does not take such inputs.
  public static func make(
    _ operation: some Operation, _ inputs: [Node] = []
  ) throws(GraphError) -> Node {
    let type = try operation.outputType(of: inputs.map(\.type))
    return NodeTable.shared.intern(operation, inputs, type)
  }

  /// Returns this node's operation on other inputs.
  public func replacingInputs(_ newInputs: [Node]) throws(GraphError) -> Node {
    if zip(inputs, newInputs).allSatisfy({ $0 === $1 }) { return self }
    return try Node.make(operation, newInputs)
  }
}

extension Node: Hashable {
  /// Whether both are the same object; equal nodes always are.
  public static func == (left: Node, right: Node) -> Bool { left === right }

  /// Hashes the identity.
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension Node: CustomStringConvertible {
  /// The operation with its settings and the type of the result.
  public var description: String {
    let attributes = operation.attributes
    return operation.name + (attributes.isEmpty ? "" : "(\(attributes))") + " \(type)"
  }
}
