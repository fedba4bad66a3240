import PlumbText

/// Named results and everything they are computed from.
///
/// A graph is a value: rewrites return another one. What no result needs is not part of it, so dead
/// code never exists.
public struct Graph: Sendable {
  /// The results, in the order in which they were asked for.
  public let outputs: [Output]
  /// Every node that an output needs, each after its inputs.
  public let nodes: [Node]

  /// A result and the name to read it by.
  public struct Output: Sendable, Hashable {
    /// The name.
    public let name: String
    /// The value.
    public let node: Node

    /// Creates a named result.
    public init(_ name: String, _ node: Node) {
      self.name = name
      self.node = node
    }
  }

  /// Creates the graph of these results.
  public init(_ outputs: [Output]) {
    self.outputs = outputs
    self.nodes = Self.sorted(outputs.map(\.node))
  }

  /// Creates the graph of these results.
  public init(_ outputs: KeyValuePairs<String, Node>) {
    self.init(outputs.map { Output($0.key, $0.value) })
  }

  /// The result with a name.
  public func output(_ name: String) throws(GraphError) -> Node {
    if let output = outputs.first(where: { $0.name == name }) { return output.node }
    throw .unknownName(name: name, nearest: outputs.map(\.name).nearest(to: name))
  }

  /// Every hook point by name.
  ///
  /// - Throws: ``GraphError/duplicateName(_:)`` if two values claim one name.
  public func namedValues() throws(GraphError) -> [String: Node] {
    var values: [String: Node] = [:]
    for node in nodes {
      guard let named = node.operation as? Named else { continue }
      if values.updateValue(node, forKey: named.label) != nil {
        throw .duplicateName(named.label)
      }
    }
    return values
  }

  /// The hook point with a name.
  public func value(named name: String) throws(GraphError) -> Node {
    let values = try namedValues()
    if let node = values[name] { return node }
    throw .unknownName(name: name, nearest: values.keys.sorted().nearest(to: name))
  }

  /// The inputs that a run must supply, in the order of first use.
  public var inputs: [Input] { nodes.compactMap { $0.operation as? Input } }

  /// The parameters that must be bound, in the order of first use.
  public var parameters: [Parameter] { nodes.compactMap { $0.operation as? Parameter } }

  /// How many nodes and outputs use each node.
  public func useCounts() -> [Node: Int] {
    var counts: [Node: Int] = [:]
    for node in nodes {
      for input in node.inputs { counts[input, default: 0] += 1 }
    }
    for output in outputs { counts[output.node, default: 0] += 1 }
    return counts
  }

  /// Returns all nodes that `roots` need, each after its inputs.
  ///
  /// Without recursion, because a network unrolled over time may be deeper than the stack.
  static func sorted(_ roots: [Node]) -> [Node] {
    var order: [Node] = []
    var visited: Set<Node> = []
    for root in roots {
      var stack: [(node: Node, nextInput: Int)] = []
      if visited.insert(root).inserted { stack.append((root, 0)) }
      while let (node, next) = stack.last {
        if next < node.inputs.count {
          stack[stack.count - 1].nextInput += 1
          let input = node.inputs[next]
          if visited.insert(input).inserted { stack.append((input, 0)) }
        } else {
          order.append(node)
          stack.removeLast()
        }
      }
    }
    return order
  }
}
