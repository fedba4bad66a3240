/// Returns the gradients of one number for other values, as new nodes of the graph.
///
/// Reverse mode: the nodes between `loss` and `values` are visited from the loss backwards, and each
/// operation says what its inputs contribute. The result is an ordinary graph, so it can be printed,
/// simplified and differentiated again.
///
/// - Parameters:
///   - loss: The number to differentiate, of shape `[]` or with a single element.
///   - values: What to differentiate for; any nodes, hook points among them.
/// - Returns: One gradient per value, of the value's shape; zeros where the loss does not depend on
///   it.
/// - Throws: ``GraphError/gradientOfNonScalar(_:)`` or an operation's
///   ``GraphError/notDifferentiable(operation:index:)``.
public func gradient(of loss: Node, for values: [Node]) throws(GraphError) -> [Node] {
  guard loss.shape.count == 1 else { throw .gradientOfNonScalar(loss.shape) }
  let order = Graph.sorted([loss])

  // Only nodes on a path from a wanted value matter: the rest gets no gradient at all.
  var depends = Set(values)
  for node in order where node.inputs.contains(where: depends.contains) {
    depends.insert(node)
  }

  var contributions: [Node: [Node]] = [loss: [.fill(1, loss.shape)]]
  var totals: [Node: Node] = [:]
  for node in order.reversed() where depends.contains(node) {
    guard let parts = contributions.removeValue(forKey: node) else { continue }
    let upstream = try sum(of: parts)
    totals[node] = upstream
    guard node.inputs.contains(where: depends.contains) else { continue }
    let gradients = try node.operation.gradient(
      of: node, inputs: node.inputs, upstream: upstream)
    for (input, gradient) in zip(node.inputs, gradients) {
      guard let gradient, depends.contains(input) else { continue }
      guard gradient.shape == input.shape else {
        throw .invalid(
          node: node.description,
          reason: "its gradient for an input of shape \(input.shape) has shape \(gradient.shape)")
      }
      contributions[input, default: []].append(gradient)
    }
  }
  return values.map { totals[$0] ?? .fill(0, $0.shape) }
}

/// Adds the parts from left to right.
private func sum(of parts: [Node]) throws(GraphError) -> Node {
  var total = parts[0]
  for part in parts.dropFirst() { total = try total + part }
  return total
}
