import PlumbGraph
import PlumbKernels

extension Lowering {
  /// What runs supply, by name, with the limit of indices where one is known.
  var inputValues: [String: (type: TensorType, value: Value, limit: Int?)] {
    var result: [String: (type: TensorType, value: Value, limit: Int?)] = [:]
    for node in graph.nodes {
      guard let input = node.operation as? Input else { continue }
      result[input.label] = (input.type, value(of: node), indexLimit(of: node))
    }
    return result
  }

  /// What runs produce, by name.
  var outputValues: [String: (type: TensorType, value: Value)] {
    var result: [String: (type: TensorType, value: Value)] = [:]
    for output in graph.outputs {
      result[output.name] = (output.node.type, plainValue(of: output.node))
    }
    return result
  }

  /// Adds the steps of every node, then brings the outputs into row-major order.
  func lowerAll() throws {
    for node in graph.nodes { try lower(node) }
    for output in graph.outputs {
      let value = plainValue(of: output.node)
      buffers[value.buffer].isKept = true
    }
  }

  /// The number of rows that indices of an input select from.
  private func indexLimit(of node: Node) -> Int? {
    var limit: Int?
    for user in users[node, default: []] {
      let size: Int? =
        switch user.operation {
        case is Gather where user.inputs[1] === node: user.inputs[0].shape[0]
        case let scatter as ScatterAdd where user.inputs[0] === node: scatter.rows
        case is CrossEntropy where user.inputs[1] === node: user.inputs[0].shape[1]
        default: nil
        }
      if let size { limit = min(limit ?? size, size) }
    }
    return limit
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
      try lowerPool(node, operation.geometry, .maximum)
    case let operation as AveragePool:
      try lowerPool(node, operation.geometry, .average(countsPadding: operation.countsPadding))
    case let operation as MaxPoolGradient: lowerMaxPoolGradient(node, operation)
    case let operation as AveragePoolGradient: try lowerAveragePoolGradient(node, operation)
    case let operation as LocalResponseNormalization:
      lowerResponseNormalization(node, operation)
    case let operation as LocalResponseNormalizationGradient:
      lowerResponseNormalizationGradient(node, operation)
    case is ChannelMoments: lowerChannelMoments(node)
    case let operation as BatchNormalization: lowerBatchNormalization(node, operation)
    case let operation as ChannelGradientSums: lowerGradientSums(node, operation)
    case let operation as BatchNormalizationGradient:
      lowerBatchNormalizationGradient(node, operation)
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
