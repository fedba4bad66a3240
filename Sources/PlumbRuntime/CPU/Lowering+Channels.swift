import PlumbGraph
import PlumbKernels

extension Lowering {
  /// A value that per-channel kernels can read: blocked without unused lanes between channels, else
  /// row-major.
  private func channelValue(of node: Node) -> Value {
    if let map = blockedMap(of: node), map.isDense { return value(of: node, in: .blocked(map)) }
    return plainValue(of: node)
  }

  private func shape(of value: Value) -> ActivationShape {
    ActivationShape(
      batch: value.shape[0], channels: value.shape[1], spatial: value.shape[2] * value.shape[3],
      block: value.channelBlock)
  }

  // MARK: Local response normalization

  private func constants(
    size: Int, alpha: Float, beta: Float, bias: Float
  ) -> ChannelKernels.ResponseNormalization {
    .init(radius: size / 2, bias: bias, alpha: alpha, beta: beta)
  }

  /// The kernel reads across blocks, so every lane must be a channel.
  private func responseValue(of node: Node) -> Value {
    let value = channelValue(of: node)
    if case .blocked(let map) = value.format, map.hasUnusedLanes { return plainValue(of: node) }
    return value
  }

  func lowerResponseNormalization(_ node: Node, _ operation: LocalResponseNormalization) {
    let source = responseValue(of: node.inputs[0])
    let result: Value
    if case .blocked(let map) = source.format, plan.places[node]?.map == map {
      result = destination(for: node, map)
    } else {
      result = allocate(node.shape, source.format)
    }
    let constants = constants(
      size: operation.size, alpha: operation.alpha, beta: operation.beta, bias: operation.bias)
    let needsScale = users[node.inputs[0], default: []].contains { other in
      other.operation is LocalResponseNormalizationGradient && other.inputs[0] === node.inputs[0]
    }
    let scale = needsScale ? allocate(node.shape, source.format) : nil
    if let scale { auxiliaries[.init(node: node.inputs[0], kind: "scale \(constants)")] = scale }
    let shape = shape(of: source)
    add(node, reads: [source], writes: [result] + (scale.map { [$0] } ?? [])) { placement in
      ChannelKernels.normalizeResponse(
        constants, shape, result: placement.slice(result), scale: scale.map(placement.slice),
        source: placement.slice(source))
    }
    set(result, for: node)
  }

  func lowerResponseNormalizationGradient(
    _ node: Node, _ operation: LocalResponseNormalizationGradient
  ) {
    let source = responseValue(of: node.inputs[0])
    let upstream = value(of: node.inputs[1], in: source.format)
    let result = allocate(node.shape, source.format)
    let constants = constants(
      size: operation.size, alpha: operation.alpha, beta: operation.beta, bias: operation.bias)
    let shape = shape(of: source)
    let kept = auxiliaries[.init(node: node.inputs[0], kind: "scale \(constants)")]
    let scale = kept?.format == source.format ? kept : nil
    add(node, reads: [source, upstream] + (scale.map { [$0] } ?? []), writes: [result]) {
      placement in
      ChannelKernels.normalizeResponseGradient(
        constants, shape, result: placement.slice(result), upstream: placement.slice(upstream),
        source: placement.slice(source), scale: scale.map(placement.slice))
    }
    set(result, for: node)
  }

  // MARK: Batch normalization

  func lowerChannelMoments(_ node: Node) {
    let source = channelValue(of: node.inputs[0])
    let result = allocate(node.shape, .plain)
    let shape = shape(of: source)
    add(node, reads: [source], writes: [result]) { placement in
      ChannelKernels.moments(
        shape, result: placement.slice(result), source: placement.slice(source))
    }
    set(result, for: node)
  }

  func lowerBatchNormalization(_ node: Node, epsilon: Float, hasReLU: Bool) {
    let source = channelValue(of: node.inputs[0])
    let vectors = node.inputs.dropFirst().map { plainValue(of: $0) }
    let result = allocate(node.shape, source.format)
    let scratch = allocate([node.shape[1]], .plain)
    let shape = shape(of: source)
    add(node, reads: [source] + vectors, writes: [result, scratch]) { placement in
      ChannelKernels.batchNormalize(
        shape, result: placement.slice(result), source: placement.slice(source),
        moments: placement.slice(vectors[0]), gamma: placement.slice(vectors[1]),
        beta: placement.slice(vectors[2]), scratch: placement.slice(scratch),
        epsilon: epsilon, relu: hasReLU)
    }
    set(result, for: node)
  }

  /// The result of a ReLU that masks the gradient: the last input, if the operation has one more
  /// than `count`.
  private func mask(of node: Node, after count: Int, in format: MemoryFormat) -> Value? {
    node.inputs.count > count ? value(of: node.inputs[count], in: format) : nil
  }

  func lowerGradientSums(_ node: Node, epsilon: Float) {
    let source = channelValue(of: node.inputs[1])
    let upstream = value(of: node.inputs[0], in: source.format)
    let moments = plainValue(of: node.inputs[2])
    let mask = mask(of: node, after: 3, in: source.format)
    let result = allocate(node.shape, .plain)
    let scratch = allocate([source.shape[1]], .plain)
    let shape = shape(of: source)
    let reads = [source, upstream, moments] + (mask.map { [$0] } ?? [])
    add(node, reads: reads, writes: [result, scratch]) { placement in
      ChannelKernels.gradientSums(
        shape, result: placement.slice(result), upstream: placement.slice(upstream),
        source: placement.slice(source), moments: placement.slice(moments),
        scratch: placement.slice(scratch), mask: mask.map(placement.slice), epsilon: epsilon)
    }
    set(result, for: node)
  }

  func lowerBatchNormalizationGradient(_ node: Node, epsilon: Float) {
    let source = channelValue(of: node.inputs[1])
    let upstream = value(of: node.inputs[0], in: source.format)
    let vectors = node.inputs[2..<5].map { plainValue(of: $0) }
    let mask = mask(of: node, after: 5, in: source.format)
    let result = allocate(node.shape, source.format)
    let scratch = allocate([source.shape[1]], .plain)
    let shape = shape(of: source)
    let reads = [source, upstream] + vectors + (mask.map { [$0] } ?? [])
    add(node, reads: reads, writes: [result, scratch]) { placement in
      ChannelKernels.batchNormalizationGradient(
        shape, result: placement.slice(result), upstream: placement.slice(upstream),
        source: placement.slice(source), moments: placement.slice(vectors[0]),
        gamma: placement.slice(vectors[1]), sums: placement.slice(vectors[2]),
        scratch: placement.slice(scratch), mask: mask.map(placement.slice), epsilon: epsilon)
    }
    set(result, for: node)
  }
}
