import PlumbGraph

/// A value that depends on frozen parameters alone, computed once and kept by the parameter store.
struct Frozen: Operation {
  /// What was computed.
  let value: Node

  var name: String { "frozen" }
  var attributes: String {
    (value.operation as? Parameter)?.label ?? value.operation.name
  }

  func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType { value.type }
}

extension Graph {
  /// Returns this graph with every value that depends on frozen parameters and constants alone
  /// replaced by a leaf, and the values so replaced.
  ///
  /// - Parameter updated: The names of the parameters that change between runs.
  /// - Returns: The graph with leaves, and what the leaves stand for.
  /// - Throws: `GraphError` if a node cannot be rebuilt.
  func freezing(
    except updated: Set<String>
  ) throws(GraphError) -> (graph: Graph, frozen: [Node]) {
    var isFrozen: [Node: Bool] = [:]
    for node in nodes {
      switch node.operation {
      case let parameter as Parameter: isFrozen[node] = !updated.contains(parameter.label)
      case is Constant: isFrozen[node] = true
      case is Input, is Random, is Fill: isFrozen[node] = false
      default:
        // Fills do not make a value depend on a run.
        let operands = node.inputs.filter { !($0.operation is Fill) }
        isFrozen[node] = !operands.isEmpty && operands.allSatisfy { isFrozen[$0] == true }
      }
    }
    var frozen: [Node] = []
    var seen: Set<Node> = []
    func note(_ node: Node) {
      if isFrozen[node] == true, seen.insert(node).inserted { frozen.append(node) }
    }
    for node in nodes where isFrozen[node] != true { node.inputs.forEach(note) }
    outputs.map(\.node).forEach(note)

    let graph = try rewritten { (node, _) throws(GraphError) in
      seen.contains(node) ? try Node.make(Frozen(value: node)) : nil
    }
    return (graph, frozen)
  }
}
