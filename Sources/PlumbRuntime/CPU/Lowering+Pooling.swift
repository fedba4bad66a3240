import PlumbGraph
import PlumbKernels

extension Lowering {
  func lowerMaxPool(_ node: Node, _ geometry: PoolingGeometry) {
    let (source, map) = blockedValue(of: node.inputs[0])
    let pool = maxPool(geometry, source.shape, node.shape, map)
    let result = destination(for: node, map)
    add(node, reads: [source], writes: [result]) {
      PoolKernels.maxPool(pool, result: $0.slice(result), source: $0.slice(source))
    }
    set(result, for: node)
  }

  func lowerMaxPoolGradient(_ node: Node, _ operation: MaxPoolGradient) {
    let (source, map) = blockedValue(of: node.inputs[0])
    let output = value(of: node.inputs[1], in: .blocked(map))
    let upstream = value(of: node.inputs[2], in: .blocked(map))
    let result = destination(for: node, map)
    let pool = maxPool(operation.geometry, node.shape, output.shape, map)
    add(node, reads: [source, output, upstream], writes: [result]) { placement in
      PoolKernels.maxPoolGradient(
        pool, result: placement.slice(result), upstream: placement.slice(upstream),
        source: placement.slice(source), output: placement.slice(output))
    }
    set(result, for: node)
  }

  private func maxPool(
    _ geometry: PoolingGeometry, _ input: Shape, _ output: Shape, _ map: ChannelMap
  ) -> PoolKernels.MaxPool {
    PoolKernels.MaxPool(
      window: .init(
        size: geometry.window, strides: geometry.strides, before: geometry.before),
      shape: ActivationShape(
        batch: input[0], channels: map.physicalCount, spatial: 1, block: map.block),
      size: Array(input.sizes.suffix(2)), pooledSize: Array(output.sizes.suffix(2)))
  }

  func lowerPositionExtremes(_ node: Node) {
    let (source, map) = blockedValue(of: node.inputs[0])
    let result = allocate(node.shape, .blocked(map))
    let shape = ActivationShape(
      batch: source.shape[0], channels: map.physicalCount,
      spatial: source.shape[2] * source.shape[3], block: map.block)
    add(node, reads: [source], writes: [result]) { placement in
      ChannelKernels.positionExtremes(
        shape, result: placement.slice(result), source: placement.slice(source))
    }
    set(result, for: node)
  }

  func lowerAveragePool(_ node: Node, _ operation: AveragePool) throws {
    let x = node.inputs[0]
    let (source, map) = blockedValue(of: x)
    let primitive = try averagePool(
      operation.geometry, countsPadding: operation.countsPadding, x.shape, node.shape, map,
      isTraining: false)
    let result = destination(for: node, map)
    addPrimitive(
      node, primitive, reads: [(.source, source)], writes: [(.destination, result)])
    set(result, for: node)
  }

  func lowerAveragePoolGradient(_ node: Node, _ operation: AveragePoolGradient) throws {
    let upstream = node.inputs[0]
    let (gradient, map) = blockedValue(of: upstream)
    let forward = try averagePool(
      operation.geometry, countsPadding: operation.countsPadding, node.shape, upstream.shape, map,
      isTraining: true)
    let primitive = try Primitive.poolingBackward(
      forward: forward, differenceSource: descriptor(node.shape, .blocked(map)),
      differenceDestination: descriptor(upstream.shape, .blocked(map)))
    let result = destination(for: node, map)
    addPrimitive(
      node, primitive, reads: [(.differenceDestination, gradient)],
      writes: [(.differenceSource, result)])
    set(result, for: node)
  }

  private func averagePool(
    _ geometry: PoolingGeometry, countsPadding: Bool, _ input: Shape, _ output: Shape,
    _ map: ChannelMap, isTraining: Bool
  ) throws -> Primitive {
    try Primitive.poolingForward(
      countsPadding ? .averageIncludingPadding : .averageExcludingPadding, training: isTraining,
      source: descriptor(input, .blocked(map)),
      destination: descriptor(output, .blocked(map)), kernel: geometry.window,
      window: Primitive.Window(
        strides: geometry.strides, dilations: [1, 1], paddingBefore: geometry.before,
        paddingAfter: geometry.after))
  }
}
