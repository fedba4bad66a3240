import PlumbGraph

/// An operation that the reference can evaluate.
///
/// Every conformance is a plain nested loop over `Double`s, straight from the operation's
/// documentation: slow, and easy to see to be right.
protocol ReferenceOperation: PlumbGraph.Operation {
  /// Returns the value of this operation on `operands`.
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor
}
