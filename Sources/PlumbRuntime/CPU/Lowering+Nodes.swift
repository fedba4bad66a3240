import PlumbGraph
import PlumbKernels

extension Lowering {
  /// An input in memory.
  struct InputValue {
    let type: TensorType
    let value: Value
    /// The indices that exist, where that is known.
    let indices: ClosedRange<Int>?
  }

  /// What runs supply, by name.
  var inputValues: [String: InputValue] {
    var result: [String: InputValue] = [:]
    for node in graph.nodes {
      guard let input = node.operation as? Input else { continue }
      result[input.label] = InputValue(
        type: input.type, value: value(of: node), indices: indices(of: node))
    }
    return result
  }

  /// What runs produce, by name.
  var outputValues: [String: (type: TensorType, value: Value)] {
    var result: [String: (type: TensorType, value: Value)] = [:]
    for output in graph.outputs {
      result[output.name] = (
        output.node.type, outputCopies[output.node] ?? plainValue(of: output.node)
      )
    }
    return result
  }

  /// Adds the steps of every node, then brings the outputs into row-major order.
  func lowerAll() throws {
    for node in graph.nodes { try lower(node) }
    for output in graph.outputs where outputCopies[output.node] == nil {
      let value = plainValue(of: output.node)
      if buffers[value.buffer].fixed != nil, !isConstant(value) {
        // An input or parameter, or a view of one: the next run or an optimizer overwrites it.
        outputCopies[output.node] = addOutputCopy(of: output.node, value)
      } else {
        buffers[value.buffer].isKept = true
      }
    }
  }

  private func addOutputCopy(of node: Node, _ value: Value) -> Value {
    let result = allocate(node.shape, .plain, element: node.type.element)
    buffers[result.buffer].isKept = true
    add(node, reads: [value], writes: [result]) { placement in
      MovementKernels.copy(
        sizes: [node.shape.count], to: placement.slice(result), strides: [1],
        from: placement.slice(value), strides: [1])
    }
    return result
  }

  /// The indices that every user of an index tensor knows; -1 stands for a row without a target.
  private func indices(of node: Node) -> ClosedRange<Int>? {
    var range: ClosedRange<Int>?
    for user in users[node, default: []] {
      let known: ClosedRange<Int>? =
        switch user.operation {
        case is Gather where user.inputs[1] === node: 0...user.inputs[0].shape[0] - 1
        case let scatter as ScatterAdd where user.inputs[0] === node: 0...scatter.rows - 1
        case is CrossEntropy where user.inputs[1] === node: -1...user.inputs[0].shape[1] - 1
        case is Reshape, is Transpose, is Slice, is Broadcast: indices(of: user)
        default: nil
        }
      guard let known else { continue }
      range = range.map { $0.clamped(to: known) } ?? known
    }
    return range
  }

  private func lower(_ node: Node) throws {
    switch node.operation {
    case let operation as Input: try lowerInput(node, operation)
    case let operation as Parameter:
      let memory = try parameters.memory(of: operation, freezing: false)
      set(fix(memory, node.type, isConstant: false), for: node)
    case let operation as Frozen:
      let memory = try parameters.derivation(of: operation.value, key: .value) {
        preconditionFailure("\(operation.value) was not computed before it is used")
      }
      set(fix(BufferSlice(memory), node.type, isConstant: true), for: node)
    case let operation as Constant: try lowerConstant(node, operation.values)
    case let operation as Fill:
      try lowerConstant(node, Array(repeating: operation.value, count: node.shape.count))
    case is Named, is StopGradient: set(value(of: node.inputs[0]), for: node)
    case let operation as Random: lowerRandom(node, operation)
    case let operation as FusedPointwise: lowerPointwise(node, operation)
    case let operation as FusedConvolution: try lowerConvolution(node, operation)
    case let operation as ConvolutionInputGradient: try lowerInputGradient(node, operation)
    case let operation as ConvolutionWeightGradient: try lowerWeightGradient(node, operation)
    case let operation as MaxPool:
      lowerMaxPool(node, operation.geometry)
    case let operation as AveragePool:
      try lowerAveragePool(node, operation)
    case let operation as MaxPoolGradient: lowerMaxPoolGradient(node, operation)
    case let operation as AveragePoolGradient: try lowerAveragePoolGradient(node, operation)
    case let operation as LocalResponseNormalization:
      lowerResponseNormalization(node, operation)
    case let operation as LocalResponseNormalizationGradient:
      lowerResponseNormalizationGradient(node, operation)
    case is PositionExtremes: lowerPositionExtremes(node)
    case is ChannelMoments: lowerChannelMoments(node)
    case let operation as BatchNormalization:
      lowerBatchNormalization(node, epsilon: operation.epsilon, hasReLU: false)
    case let operation as FusedBatchNormalization:
      lowerBatchNormalization(node, epsilon: operation.epsilon, hasReLU: true)
    case let operation as ChannelGradientSums:
      lowerGradientSums(node, epsilon: operation.epsilon)
    case let operation as MaskedGradientSums:
      lowerGradientSums(node, epsilon: operation.epsilon)
    case let operation as BatchNormalizationGradient:
      lowerBatchNormalizationGradient(node, epsilon: operation.epsilon)
    case let operation as MaskedNormalizationGradient:
      lowerBatchNormalizationGradient(node, epsilon: operation.epsilon)
    case let operation as MatrixProduct: try lowerMatrixProduct(node, operation)
    case let operation as Reduction: lowerReduction(node, operation)
    default:
      if lowerRows(node) || lowerMovement(node) || lowerImages(node) { return }
      throw RuntimeError.unsupported(
        operation: node.operation.name, reason: "the CPU device has no kernel for it")
    }
  }

  private func lowerInput(_ node: Node, _ operation: Input) throws {
    let memory = try AlignedBuffer(byteCount: max(node.shape.count * 4, 4))
    set(fix(BufferSlice(memory), node.type, isConstant: false), for: node)
  }

  private func lowerConstant(_ node: Node, _ values: [Float]) throws {
    let memory = try parameters.derivation(of: node, key: .value) {
      let memory = try AlignedBuffer(byteCount: max(values.count * 4, 4))
      if node.type.element == .float {
        BufferSlice(memory).write(values)
      } else {
        BufferSlice(memory).writeIndices(values)
      }
      return memory
    }
    set(fix(BufferSlice(memory), node.type, isConstant: true), for: node)
  }

  private func lowerRandom(_ node: Node, _ operation: Random) {
    let result = allocate(node.shape, .plain)
    let (count, clock) = (node.shape.count, clock)
    let name = RandomStream.hash(operation.stream)
    let isNormal = operation.distribution == .normal
    add(node, reads: [], writes: [result]) { placement in
      let slice = placement.slice(result)
      return KernelCall("plumb:random") {
        let (seed, step) = clock.now
        let stream = RandomStream.combine(name, step)
        if isNormal {
          RandomKernels.fillNormal(slice, count: count, seed: seed, stream: stream)
        } else {
          RandomKernels.fillUniform(slice, count: count, seed: seed, stream: stream)
        }
      }
    }
    set(result, for: node)
  }
}
