extension Graph {
  /// Checks every node against its operation's shape rule and that inputs come before uses.
  ///
  /// - Throws: ``GraphError/invalid(node:reason:)`` for the first node that does not agree, or
  ///   ``GraphError/duplicateName(_:)``.
  public func verify() throws(GraphError) {
    var seen: Set<Node> = []
    for node in nodes {
      for input in node.inputs where !seen.contains(input) {
        throw .invalid(node: node.description, reason: "its input \(input) comes after it")
      }
      let expected = try node.operation.outputType(of: node.inputs.map(\.type))
      guard expected == node.type else {
        throw .invalid(node: node.description, reason: "its operation gives \(expected)")
      }
      seen.insert(node)
    }
    for output in outputs where !seen.contains(output.node) {
      throw .invalid(
        node: output.node.description, reason: "the output '\(output.name)' is missing")
    }
    _ = try namedValues()
    var labels: [String: TensorType] = [:]
    for parameter in parameters {
      guard labels.updateValue(parameter.type, forKey: parameter.label) == nil else {
        throw .duplicateName(parameter.label)
      }
    }
    for input in inputs {
      guard labels.updateValue(input.type, forKey: input.label) == nil else {
        throw .duplicateName(input.label)
      }
    }
  }
}
