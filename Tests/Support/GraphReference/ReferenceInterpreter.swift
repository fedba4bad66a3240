import PlumbGraph

/// Evaluates graphs in `Double` with plain loops: the judge of every faster implementation.
public struct ReferenceInterpreter: Sendable {
  /// The values of inputs by name, in row-major order.
  public var inputs: [String: [Double]]
  /// The values of parameters by name, in row-major order.
  public var parameters: [String: [Double]]
  /// The values of random streams by name; a stream that is missing is drawn from its name.
  public var random: [String: [Double]]

  /// Creates an interpreter with these values.
  public init(
    inputs: [String: [Double]] = [:], parameters: [String: [Double]] = [:],
    random: [String: [Double]] = [:]
  ) {
    self.inputs = inputs
    self.parameters = parameters
    self.random = random
  }

  /// Returns the graph's results by name.
  public func evaluate(_ graph: Graph) throws -> [String: ReferenceTensor] {
    var values: [Node: ReferenceTensor] = [:]
    for node in graph.nodes {
      values[node] = try evaluate(node, operands: node.inputs.compactMap { values[$0] })
    }
    var results: [String: ReferenceTensor] = [:]
    for output in graph.outputs { results[output.name] = values[output.node] }
    return results
  }

  /// Returns the value of a node.
  public func evaluate(_ node: Node) throws -> ReferenceTensor {
    guard let value = try evaluate(Graph(["value": node]))["value"] else {
      preconditionFailure("the graph of '\(node)' has one output")
    }
    return value
  }

  private func evaluate(_ node: Node, operands: [ReferenceTensor]) throws -> ReferenceTensor {
    switch node.operation {
    case let input as Input:
      return try bound(input.label, inputs[input.label], node.shape)
    case let parameter as Parameter:
      return try bound(parameter.label, parameters[parameter.label], node.shape)
    case let random as Random:
      let values = self.random[random.stream] ?? draw(random)
      return try bound(random.stream, values, node.shape)
    case let operation as any ReferenceOperation:
      let value = operation.reference(operands, node.shape)
      precondition(value.shape == node.shape, "the reference of '\(node)' gives \(value.shape)")
      return value
    default:
      throw ReferenceError.unknownOperation(node.description)
    }
  }

  private func bound(_ label: String, _ values: [Double]?, _ shape: Shape) throws -> ReferenceTensor
  {
    guard let values else { throw ReferenceError.unbound(label) }
    guard values.count == shape.count else {
      throw ReferenceError.wrongCount(label, expected: shape.count, got: values.count)
    }
    return ReferenceTensor(shape, values)
  }

  /// The numbers of a stream, which depend on its name alone.
  private func draw(_ random: Random) -> [Double] {
    // FNV-1a, because Swift's own hash differs from run to run.
    let seed = random.stream.utf8.reduce(14_695_981_039_346_656_037 as UInt64) {
      ($0 ^ UInt64($1)) &* 1_099_511_628_211
    }
    var generator = SeededGenerator(seed: seed)
    return (0..<random.shape.count).map { _ in
      random.distribution == .uniform
        ? Double.random(in: 0..<1, using: &generator) : generator.nextNormal()
    }
  }
}

/// Why the reference could not evaluate a graph.
public enum ReferenceError: Error, Equatable {
  /// No value was given for an input or parameter of this name.
  case unbound(String)
  /// The value for this name has another number of elements.
  case wrongCount(String, expected: Int, got: Int)
  /// The reference does not know the operation of this node.
  case unknownOperation(String)
}
