import PlumbGraph

/// A chain of element-wise operations that runs in one pass over memory.
struct FusedPointwise: Operation {
  /// Where an operand of a step comes from.
  enum Operand: Hashable, Sendable {
    /// An input of the node.
    case input(Int)
    /// The result of an earlier step.
    case step(Int)
    /// A number.
    case number(Float)
  }

  /// One element-wise operation.
  struct Step: Hashable, Sendable {
    let formula: PointwiseFormula
    let operands: [Operand]
  }

  /// The operations in order; the last one's result is the node's.
  let steps: [Step]
  /// The shape of the result.
  let shape: Shape

  var name: String { steps.count == 1 ? steps[0].formula.name : "pointwise" }
  var attributes: String {
    steps.count == 1 ? "" : steps.map(\.formula.name).joined(separator: " > ")
  }

  func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    for input in inputs where input.shape.broadcast(with: shape) != shape {
      throw .mismatch(
        operation: name, requirement: "operands that stretch to \(shape)", got: "\(input)")
    }
    return TensorType(shape)
  }

  /// Whether moderate numbers in all operands give a finite result, so that the unused lanes of a
  /// blocked layout, which hold what earlier chains made of zeros, may be computed along.
  var keepsPaddingFinite: Bool {
    steps.allSatisfy { step in
      switch step.formula {
      case .divide, .reciprocal, .reciprocalSquareRoot, .squareRoot, .logarithm, .exponential,
        .power, .powerOfConstant:
        false
      default: true
      }
    }
  }
}

extension Graph {
  /// Returns this graph with chains of element-wise operations fused.
  ///
  /// An operation joins the chain of its users if they all belong to the same one and it has the
  /// chain's shape, so nothing is computed twice.
  func fusingPointwise() throws(GraphError) -> Graph {
    var users: [Node: [Node]] = [:]
    for node in nodes {
      for input in node.inputs { users[input, default: []].append(node) }
    }
    let results = Set(outputs.map(\.node))

    var rootOf: [Node: Node] = [:]
    var sizes: [Node: Int] = [:]
    for node in nodes.reversed() where node.operation is any PointwiseOperation {
      let roots = Set(users[node, default: []].map { rootOf[$0] })
      if !results.contains(node), roots.count == 1, let root = roots.first ?? nil,
        root.shape == node.shape, sizes[root, default: 0] < 16
      {
        rootOf[node] = root
        sizes[root, default: 0] += 1
      } else {
        rootOf[node] = node
        sizes[node] = 1
      }
    }

    var members: [Node: [Node]] = [:]
    for node in nodes {
      if let root = rootOf[node] { members[root, default: []].append(node) }
    }

    var replacements: [Node: Node] = [:]
    for node in nodes {
      if let chain = members[node] {
        replacements[node] = try Self.fused(chain, replacements)
      } else if rootOf[node] == nil {
        let inputs = node.inputs.map { replacements[$0, default: $0] }
        replacements[node] = try node.replacingInputs(inputs)
      }
    }
    return Graph(outputs.map { Output($0.name, replacements[$0.node, default: $0.node]) })
  }

  private static func fused(
    _ chain: [Node], _ replacements: [Node: Node]
  ) throws(GraphError) -> Node {
    var inputs: [Node] = []
    var stepOf: [Node: Int] = [:]
    var steps: [FusedPointwise.Step] = []
    for node in chain {
      guard let operation = node.operation as? any PointwiseOperation else { continue }
      let operands = node.inputs.map { input -> FusedPointwise.Operand in
        if let step = stepOf[input] { return .step(step) }
        if let value = input.fillValue { return .number(value) }
        let replacement = replacements[input, default: input]
        if let index = inputs.firstIndex(of: replacement) { return .input(index) }
        inputs.append(replacement)
        return .input(inputs.count - 1)
      }
      stepOf[node] = steps.count
      steps.append(.init(formula: operation.formula, operands: operands))
    }
    return try Node.make(FusedPointwise(steps: steps, shape: chain[chain.count - 1].shape), inputs)
  }
}
