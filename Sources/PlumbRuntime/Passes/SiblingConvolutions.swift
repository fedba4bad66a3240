import PlumbGraph

// The 1 x 1 convolutions of an inception module read the same tensor. One wide convolution reads it
// once and keeps the arithmetic units busier than three narrow ones; backwards, their three
// gradients for that tensor are one convolution too, and two additions vanish.

extension Graph {
  /// Returns this graph with the 1 x 1 convolutions that share an input, geometry and activation
  /// merged into one, whose result is sliced.
  func mergingSiblingConvolutions() throws(GraphError) -> Graph {
    struct Family: Hashable {
      let input: Node
      let operation: FusedConvolution
      let hasBias: Bool
    }
    var families: [Family: [Node]] = [:]
    var order: [Family] = []
    for node in nodes {
      guard let fused = node.operation as? FusedConvolution, fused.convolution.geometry.groups == 1,
        node.inputs[1].shape[2] == 1, node.inputs[1].shape[3] == 1
      else { continue }
      let family = Family(
        input: node.inputs[0], operation: fused, hasBias: node.inputs.count == 3)
      if families[family] == nil { order.append(family) }
      families[family, default: []].append(node)
    }

    // A member that a concatenation takes first comes last, so that the merged result and the
    // concatenation can share memory: reductions | 1x1 | 3x3 | 5x5 | pool.
    var firstOfConcatenation: Set<Node> = []
    for node in nodes where (node.operation as? Concatenate)?.axis == 1 {
      firstOfConcatenation.insert(node.inputs[0])
    }

    var plans: [Node: (family: Family, index: Int)] = [:]
    var members: [Family: [Node]] = [:]
    for family in order {
      guard let siblings = families[family], siblings.count > 1 else { continue }
      let sorted =
        siblings.filter { !firstOfConcatenation.contains($0) }
        + siblings.filter { firstOfConcatenation.contains($0) }
      members[family] = sorted
      for (index, node) in sorted.enumerated() { plans[node] = (family, index) }
    }

    var merged: [Family: Node] = [:]
    return try rewritten { (node, inputs) throws(GraphError) in
      guard let (family, index) = plans[node], let siblings = members[family] else { return nil }
      let whole: Node
      if let done = merged[family] {
        whole = done
      } else {
        // Weights and biases are parameters or made from parameters, hence untouched by this pass.
        var operands = [
          inputs[0], try Node.concatenated(siblings.map { $0.inputs[1] }, axis: 0),
        ]
        if family.hasBias {
          operands.append(try Node.concatenated(siblings.map { $0.inputs[2] }, axis: 0))
        }
        whole = try Node.make(family.operation, operands)
        merged[family] = whole
      }
      let offset = siblings[..<index].reduce(0) { $0 + $1.shape[1] }
      return try whole.sliced(axis: 1, offset..<offset + node.shape[1])
    }
  }

  /// Returns this graph with sums of 1 x 1 convolutions' input gradients merged into one such
  /// gradient of concatenated operands.
  func mergingInputGradients() throws(GraphError) -> Graph {
    let uses = useCounts()
    var replacements: [Node: Node] = [:]
    for node in nodes {
      if node.operation is Add, let sum = try Self.mergedSum(node, uses, replacements) {
        replacements[node] = sum
      } else {
        let inputs = node.inputs.map { replacements[$0, default: $0] }
        replacements[node] = try node.replacingInputs(inputs)
      }
    }
    return Graph(outputs.map { Output($0.name, replacements[$0.node, default: $0.node]) })
  }

  /// The sum at the root of a chain of additions with its mergeable terms merged, or `nil` if there
  /// are none.
  private static func mergedSum(
    _ root: Node, _ uses: [Node: Int], _ replacements: [Node: Node]
  ) throws(GraphError) -> Node? {
    var groups: [ConvolutionInputGradient: [Node]] = [:]
    var order: [ConvolutionInputGradient] = []
    var others: [Node] = []
    for term in terms(of: root, uses: uses, isRoot: true) {
      if let operation = term.operation as? ConvolutionInputGradient,
        operation.geometry.groups == 1, uses[term] == 1,
        term.inputs[1].shape[2] == 1, term.inputs[1].shape[3] == 1
      {
        if groups[operation] == nil { order.append(operation) }
        groups[operation, default: []].append(term)
      } else {
        others.append(replacements[term, default: term])
      }
    }
    guard order.contains(where: { groups[$0, default: []].count > 1 }) else { return nil }

    var sum: Node?
    for operation in order {
      let members = groups[operation, default: []].map {
        $0.inputs.map { replacements[$0, default: $0] }
      }
      let merged =
        members.count == 1
        ? try Node.make(operation, members[0])
        : try Node.make(
          operation,
          [
            try Node.concatenated(members.map { $0[0] }, axis: 1),
            try Node.concatenated(members.map { $0[1] }, axis: 0),
          ])
      sum = if let partial = sum { try partial + merged } else { merged }
    }
    for other in others { sum = if let partial = sum { try partial + other } else { other } }
    return sum
  }

  /// The terms that a chain of additions adds, left to right.
  private static func terms(of node: Node, uses: [Node: Int], isRoot: Bool) -> [Node] {
    guard node.operation is Add, isRoot || uses[node] == 1,
      node.inputs.allSatisfy({ $0.shape == node.shape })
    else { return [node] }
    return node.inputs.flatMap { terms(of: $0, uses: uses, isRoot: false) }
  }
}
