import PlumbGraph

/// A convolution whose result goes through an activation before it is stored.
///
/// Inputs as ``Convolution``'s. Made by `Graph.fusingActivations()` from `relu(convolution)`; it has no gradient
/// because passes run on graphs that hold their gradients already.
struct FusedConvolution: Operation {
  let convolution: Convolution
  let hasReLU: Bool

  var name: String { hasReLU ? "convolution + relu" : "convolution" }
  var attributes: String { convolution.attributes }

  func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try convolution.outputType(of: inputs)
  }
}

extension Graph {
  /// Returns this graph with every ReLU that alone uses a convolution's result taken into the
  /// convolution.
  func fusingActivations() throws(GraphError) -> Graph {
    let uses = useCounts()
    return try rewritten { (node, inputs) throws(GraphError) in
      if let convolution = node.operation as? Convolution {
        return try Node.make(FusedConvolution(convolution: convolution, hasReLU: false), inputs)
      }
      guard node.operation is ReLU, uses[node.inputs[0]] == 1,
        let fused = inputs[0].operation as? FusedConvolution, !fused.hasReLU
      else { return nil }
      return try Node.make(
        FusedConvolution(convolution: fused.convolution, hasReLU: true), inputs[0].inputs)
    }
  }
}
