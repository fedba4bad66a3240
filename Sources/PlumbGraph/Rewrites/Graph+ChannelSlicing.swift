extension Graph {
  /// Returns this graph with channel slices taken before the work instead of after it, so that only
  /// the wanted channels are computed.
  ///
  /// A slice along axis 1 of a `[batch, channel, height, width]` value moves above pointwise
  /// operations with per-channel operands (a ReLU, a bias), above pools, and into a convolution's
  /// weights and bias, if it is the only use of the value. Other slices stay where they are.
  ///
  /// Run it before gradients are taken, which use the values again, and after
  /// ``withoutNames(keepingStops:)``: a hook point needs its whole value.
  ///
  /// - Returns: The rewritten graph.
  /// - Throws: ``GraphError`` if a shape rule fails, which would be a bug of the pass.
  public func slicingChannelsEarly() throws(GraphError) -> Graph {
    var graph = try simplified()
    while true {
      let uses = graph.useCounts()
      let next = try graph.rewritten { (node, _) throws(GraphError) in
        guard let slice = node.operation as? Slice, uses[node.inputs[0]] == 1 else { return nil }
        return try slice.takenBefore(node.inputs[0])
      }.simplified()
      if next.outputs == graph.outputs { return next }
      graph = next
    }
  }
}

extension Slice {
  /// The slice of `value` as its operation on sliced operands, or `nil` if that does not save work.
  fileprivate func takenBefore(_ value: Node) throws(GraphError) -> Node? {
    guard value.shape.rank == 4, sizes[1] < value.shape[1] else { return nil }
    guard let channels = try channelsAlone.sliced(fromOperandsOf: value) else { return nil }
    return try channels.sliced(
      starts: starts.replacingElement(1, with: 0), sizes: sizes,
      steps: steps.replacingElement(1, with: 1))
  }

  /// The part of this slice along axis 1, without those along the others.
  private var channelsAlone: ChannelSlice {
    ChannelSlice(start: starts[1], count: sizes[1], step: steps[1])
  }
}

/// A regular selection of channels.
private struct ChannelSlice {
  let start: Int
  let count: Int
  let step: Int

  /// These channels of `value`, computed from slices of its operands.
  func sliced(fromOperandsOf value: Node) throws(GraphError) -> Node? {
    switch value.operation {
    case let convolution as Convolution:
      return try slicedConvolution(convolution, value.inputs)
    case is MaxPool, is AveragePool:
      return try value.replacingInputs([try slice(value.inputs[0], axis: 1)])
    case is any PointwiseOperation:
      return try slicedPointwise(value)
    default:
      return nil
    }
  }

  /// The selection along one axis of a value.
  private func slice(_ value: Node, axis: Int) throws(GraphError) -> Node {
    try value.sliced(axis: axis, start..<start + (count - 1) * step + 1, by: step)
  }

  /// A pointwise operation with one full operand, the others holding one number per channel at
  /// most.
  private func slicedPointwise(_ value: Node) throws(GraphError) -> Node? {
    let full = value.inputs.filter { $0.shape == value.shape }
    let others = value.inputs.filter { $0.shape != value.shape }
    guard full.count == 1, others.allSatisfy({ $0.shape.count <= value.shape[1] }) else {
      return nil
    }
    var inputs: [Node] = []
    for input in value.inputs {
      let axis = 1 - (4 - input.shape.rank)
      let hasChannels = axis >= 0 && input.shape[axis] == value.shape[1]
      inputs.append(hasChannels ? try slice(input, axis: axis) : input)
    }
    return try value.replacingInputs(inputs)
  }

  /// A convolution with fewer output channels; of whole groups, or of a part of one.
  private func slicedConvolution(
    _ convolution: Convolution, _ inputs: [Node]
  ) throws(GraphError) -> Node? {
    var geometry = convolution.geometry
    var x = inputs[0]
    if geometry.groups > 1 {
      let outputs = inputs[1].shape[0] / geometry.groups
      let (first, last) = (start / outputs, (start + (count - 1) * step) / outputs)
      let takesWholeGroups = step == 1 && start % outputs == 0 && count % outputs == 0
      guard first == last || takesWholeGroups else { return nil }
      let width = inputs[1].shape[1]
      x = try x.sliced(axis: 1, first * width..<(last + 1) * width)
      geometry = ConvolutionGeometry(
        strides: geometry.strides, dilations: geometry.dilations, before: geometry.before,
        after: geometry.after, groups: last - first + 1)
    }
    return try x.convolved(
      with: slice(inputs[1], axis: 0), bias: inputs.count == 3 ? slice(inputs[2], axis: 0) : nil,
      geometry: geometry)
  }
}

extension [Int] {
  /// This array with one element replaced.
  fileprivate func replacingElement(_ index: Int, with element: Int) -> [Int] {
    var result = self
    result[index] = element
    return result
  }
}
