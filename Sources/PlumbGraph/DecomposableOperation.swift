/// An operation that can also be written with simpler ones, through which its gradient is taken.
///
/// Gradient operations of smooth functions conform to it: that is what second derivatives go
/// through.
protocol DecomposableOperation: Operation {
  /// Returns the same value as this operation on `inputs`, built from simpler operations.
  func decomposed(_ inputs: [Node]) throws(GraphError) -> Node
}

extension DecomposableOperation {
  /// The gradient of the decomposition for each input alone.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    // Inputs may depend on one another, as y does on x, and each must get its own share only: the
    // decomposition is differentiated on stand-ins, which the real inputs then replace.
    var replacements: [Node: Node] = [:]
    func standIn(_ label: String, for node: Node) -> Node {
      let standIn = Node.input("stand-in for \(label)", node.shape, node.type.element)
      replacements[standIn] = node
      return standIn
    }
    let standIns = inputs.enumerated().map { standIn("operand \($0)", for: $1) }
    let weights = standIn("the upstream gradient", for: upstream)
    let loss = try (decomposed(standIns) * weights).sum()
    let real = standIns.filter { $0.type.element == .float }
    let gradients = try PlumbGraph.gradient(of: loss, for: real)
    let graph = try Graph(gradients.map { .init("", $0) })
      .rewritten { (node, _) throws(GraphError) in replacements[node] }
    var results = graph.outputs.map(\.node)[...]
    return inputs.map { $0.type.element == .float ? results.popFirst() : nil }
  }
}
