extension Graph {
  /// Returns this graph with every node rebuilt by `transform`, inputs first.
  ///
  /// - Parameter transform: Gets each old node with its new inputs and returns what takes its place;
  ///   `nil` keeps the operation on the new inputs.
  /// - Returns: The rebuilt graph.
  /// - Throws: What `transform` throws, or a shape rule of the rebuilt nodes.
  public func rewritten(
    _ transform: (_ node: Node, _ inputs: [Node]) throws(GraphError) -> Node?
  ) throws(GraphError) -> Graph {
    var replacements: [Node: Node] = [:]
    for node in nodes {
      let inputs = node.inputs.map { replacements[$0, default: $0] }
      if let replacement = try transform(node, inputs) {
        replacements[node] = replacement
      } else {
        replacements[node] = try node.replacingInputs(inputs)
      }
    }
    return Graph(outputs.map { Output($0.name, replacements[$0.node, default: $0.node]) })
  }

  /// Returns this graph with some values replaced by others: how activations are ablated, patched
  /// or steered.
  ///
  /// A replacement may be computed from the value it replaces, as in `["mixed4a": value * 0]`: inside
  /// the replacement the old value stays.
  ///
  /// - Parameter replacements: For each hook point's name the value to take its place, of the same
  ///   type.
  /// - Returns: The graph with the replacements.
  /// - Throws: ``GraphError/unknownName(name:nearest:)``, or a mismatch where types differ.
  public func replacing(_ replacements: [String: Node]) throws(GraphError) -> Graph {
    var byNode: [Node: Node] = [:]
    for (name, replacement) in replacements {
      let value = try value(named: name)
      guard value.type == replacement.type else {
        throw .mismatch(
          operation: "replacing '\(name)'", requirement: "\(value.type)", got: "\(replacement.type)"
        )
      }
      byNode[value] = replacement
    }
    return try rewritten { (node, _) throws(GraphError) in byNode[node] }
  }

  /// Returns this graph without hook points and gradient stops, which compute nothing.
  ///
  /// - Parameter keepsStops: Whether gradient stops stay, because gradients are yet to be taken.
  /// - Returns: The smaller graph.
  /// - Throws: ``GraphError`` if a shape rule fails, which would be a bug of the pass.
  public func withoutNames(keepingStops keepsStops: Bool = false) throws(GraphError) -> Graph {
    try rewritten { (node, inputs) throws(GraphError) in
      node.operation is Named || (node.operation is StopGradient && !keepsStops) ? inputs[0] : nil
    }
  }

  /// Returns this graph with every operation's own simplifications applied: constants folded, zeros
  /// and ones removed, slices taken where the value is made.
  public func simplified() throws(GraphError) -> Graph {
    var graph = self
    while true {
      let next = try graph.rewritten { (node, inputs) throws(GraphError) in
        try node.operation.simplified(inputs, type: node.type)
      }
      if next.outputs == graph.outputs { return next }
      graph = next
    }
  }
}
