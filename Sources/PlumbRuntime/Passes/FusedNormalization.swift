import PlumbGraph

// Training spends much of its time on batch normalizations and the ReLUs behind them, which are
// bound by memory: fused, a ReLU costs nothing, forward or backward.

/// A batch normalization followed by a ReLU.
///
/// Inputs as `BatchNormalization`'s.
struct FusedBatchNormalization: Operation {
  let epsilon: Float

  var name: String { "batch normalization + relu" }
  var attributes: String { "epsilon \(epsilon)" }

  func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType { inputs[0] }
}

/// `ChannelGradientSums` of a gradient that a ReLU has yet to mask.
///
/// Inputs: as there, and the ReLU's result.
struct MaskedGradientSums: Operation {
  let epsilon: Float

  var name: String { "masked channel gradient sums" }
  var attributes: String { "epsilon \(epsilon)" }

  func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType { inputs[2] }
}

/// `BatchNormalizationGradient` of a gradient that a ReLU has yet to mask.
///
/// Inputs: as there, and the ReLU's result.
struct MaskedNormalizationGradient: Operation {
  let epsilon: Float

  var name: String { "masked batch normalization gradient" }
  var attributes: String { "epsilon \(epsilon)" }

  func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType { inputs[1] }
}

extension Graph {
  /// Returns this graph with ReLUs taken into the batch normalizations before them, and their masks
  /// into the gradients of these.
  func fusingNormalizations() throws(GraphError) -> Graph {
    let uses = useCounts()
    var users: [Node: [Node]] = [:]
    for node in nodes {
      for input in node.inputs { users[input, default: []].append(node) }
    }
    let results = Set(outputs.map(\.node))

    /// The gradient and the ReLU's result whose product only gradients of a normalization use.
    func masked(_ product: Node) -> (gradient: Node, activation: Node)? {
      guard product.operation is Multiply, !results.contains(product),
        users[product, default: []].allSatisfy({
          ($0.operation is ChannelGradientSums || $0.operation is BatchNormalizationGradient)
            && $0.inputs[0] === product && !$0.inputs.dropFirst().contains(product)
        })
      else { return nil }
      for (gradient, mask) in [
        (product.inputs[0], product.inputs[1]), (product.inputs[1], product.inputs[0]),
      ] {
        guard let comparison = mask.operation as? Comparison, comparison.formula == .greater,
          mask.inputs[1].fillValue == 0, mask.inputs[0].shape == product.shape,
          gradient.shape == product.shape, mask.inputs[0].operation is ReLU
        else { continue }
        return (gradient, mask.inputs[0])
      }
      return nil
    }

    var replacements: [Node: Node] = [:]
    func replaced(_ node: Node) -> Node { replacements[node, default: node] }
    for node in nodes {
      let inputs = node.inputs.map(replaced)
      if node.operation is ReLU,
        let operation = node.inputs[0].operation as? BatchNormalization,
        uses[node.inputs[0]] == 1
      {
        replacements[node] = try Node.make(
          FusedBatchNormalization(epsilon: operation.epsilon), inputs[0].inputs)
      } else if let operation = node.operation as? ChannelGradientSums,
        let (gradient, activation) = masked(node.inputs[0])
      {
        replacements[node] = try Node.make(
          MaskedGradientSums(epsilon: operation.epsilon),
          [replaced(gradient)] + inputs.dropFirst() + [replaced(activation)])
      } else if let operation = node.operation as? BatchNormalizationGradient,
        let (gradient, activation) = masked(node.inputs[0])
      {
        replacements[node] = try Node.make(
          MaskedNormalizationGradient(epsilon: operation.epsilon),
          [replaced(gradient)] + inputs.dropFirst() + [replaced(activation)])
      } else {
        replacements[node] = try node.replacingInputs(inputs)
      }
    }
    return Graph(outputs.map { Output($0.name, replacements[$0.node, default: $0.node]) })
  }
}
