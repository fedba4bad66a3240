import PlumbGraph

// A trained network's batch normalization is one scale and one offset per channel, made from
// parameters alone. Behind a convolution they belong into its weights and its bias, which are
// computed once; backwards the same holds for the scale of the gradient that enters it.

extension Graph {
  /// Returns this graph with scales and offsets per channel, made from parameters alone, taken into
  /// the convolutions whose results or gradients they change.
  func foldingChannelScales() throws(GraphError) -> Graph {
    let fixed = fixedValues()
    let uses = useCounts()
    return try rewritten { (node, inputs) throws(GraphError) in
      switch node.operation {
      case is Multiply, is Add:
        for index in 0..<2 {
          guard let convolution = inputs[index].operation as? Convolution,
            uses[node.inputs[index]] == 1, fixed.contains(node.inputs[1 - index]),
            inputs[1 - index].isPerChannel(of: inputs[index])
          else { continue }
          let channels: Shape = [inputs[index].shape[1]]
          let operands = inputs[index].inputs
          let change = inputs[1 - index]
          if node.operation is Multiply {
            let weight = try operands[1] * change.reshaped([channels[0], 1, 1, 1])
            let bias = try operands.dropFirst(2).first.map { bias throws(GraphError) in
              try bias * change.reshaped(channels)
            }
            return try Node.make(
              convolution, [operands[0], weight] + (bias.map { [$0] } ?? []))
          }
          let offset = try change.reshaped(channels)
          let bias = try operands.dropFirst(2).first.map { bias throws(GraphError) in
            try bias + offset
          }
          return try Node.make(convolution, [operands[0], operands[1], bias ?? offset])
        }
        return nil
      case let gradient as ConvolutionInputGradient:
        // conv(dy · s, w) = conv(dy, w · s), so that backward and forward share one set of weights.
        guard inputs[0].operation is Multiply, uses[node.inputs[0]] == 1,
          fixed.contains(node.inputs[1])
        else { return nil }
        for index in 0..<2 {
          let change = inputs[0].inputs[1 - index]
          guard fixed.contains(node.inputs[0].inputs[1 - index]),
            change.isPerChannel(of: inputs[0]), inputs[0].inputs[index].shape == inputs[0].shape
          else { continue }
          let weight = try inputs[1] * change.reshaped([inputs[0].shape[1], 1, 1, 1])
          return try Node.make(gradient, [inputs[0].inputs[index], weight])
        }
        return nil
      default: return nil
      }
    }
  }

  /// Every value that depends on parameters and constants alone.
  private func fixedValues() -> Set<Node> {
    var fixed: Set<Node> = []
    for node in nodes {
      switch node.operation {
      case is Parameter, is Constant: fixed.insert(node)
      case is Input, is Random, is Fill: continue
      default:
        let operands = node.inputs.filter { !($0.operation is Fill) }
        if !operands.isEmpty, operands.allSatisfy({ fixed.contains($0) }) { fixed.insert(node) }
      }
    }
    return fixed
  }
}

extension Node {
  /// Whether this is one number for each channel of an image, `[channel, 1, 1]`.
  fileprivate func isPerChannel(of image: Node) -> Bool {
    guard image.shape.rank == 4 else { return false }
    let channels = image.shape[1]
    return shape.sizes == [channels, 1, 1] || shape.sizes == [1, channels, 1, 1]
  }
}
