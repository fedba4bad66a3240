import PlumbGraph
import PlumbKernels

extension Lowering {
  /// The statistic of a pool.
  enum PoolKind {
    case maximum
    case average(countsPadding: Bool)

    var algorithm: Primitive.Pooling {
      switch self {
      case .maximum: .max
      case .average(true): .averageIncludingPadding
      case .average(false): .averageExcludingPadding
      }
    }
  }

  func lowerPool(_ node: Node, _ geometry: PoolingGeometry, _ kind: PoolKind) throws {
    let x = node.inputs[0]
    let (source, map) = blockedValue(of: x)
    let primitive = try pool(geometry, kind, x.shape, node.shape, map, isTraining: false)
    let result = destination(for: node, map)
    addPrimitive(
      node, primitive, reads: [(.source, source)], writes: [(.destination, result)])
    set(result, for: node)
  }

  func lowerMaxPoolGradient(_ node: Node, _ operation: MaxPoolGradient) {
    let (source, map) = blockedValue(of: node.inputs[0])
    let output = value(of: node.inputs[1], in: .blocked(map))
    let upstream = value(of: node.inputs[2], in: .blocked(map))
    let result = destination(for: node, map)
    let geometry = operation.geometry
    let window = PoolKernels.Window(
      size: geometry.window, strides: geometry.strides, before: geometry.before)
    let shape = ActivationShape(
      batch: node.shape[0], channels: map.physicalCount, spatial: 1, block: map.block)
    let (size, pooledSize) = (
      Array(node.shape.sizes.suffix(2)), Array(output.shape.sizes.suffix(2))
    )
    add(node, reads: [source, output, upstream], writes: [result]) { placement in
      PoolKernels.maxPoolGradient(
        window, shape, size: size, pooledSize: pooledSize, result: placement.slice(result),
        upstream: placement.slice(upstream), source: placement.slice(source),
        output: placement.slice(output))
    }
    set(result, for: node)
  }

  func lowerAveragePoolGradient(_ node: Node, _ operation: AveragePoolGradient) throws {
    let upstream = node.inputs[0]
    let (gradient, map) = blockedValue(of: upstream)
    let forward = try pool(
      operation.geometry, .average(countsPadding: operation.countsPadding), node.shape,
      upstream.shape, map, isTraining: true)
    let primitive = try Primitive.poolingBackward(
      forward: forward, differenceSource: descriptor(node.shape, .blocked(map)),
      differenceDestination: descriptor(upstream.shape, .blocked(map)))
    let result = destination(for: node, map)
    addPrimitive(
      node, primitive, reads: [(.differenceDestination, gradient)],
      writes: [(.differenceSource, result)])
    set(result, for: node)
  }

  private func pool(
    _ geometry: PoolingGeometry, _ kind: PoolKind, _ input: Shape, _ output: Shape,
    _ map: ChannelMap, isTraining: Bool
  ) throws -> Primitive {
    try Primitive.poolingForward(
      kind.algorithm, training: isTraining, source: descriptor(input, .blocked(map)),
      destination: descriptor(output, .blocked(map)), kernel: geometry.window,
      window: Primitive.Window(
        strides: geometry.strides, dilations: [1, 1], paddingBefore: geometry.before,
        paddingAfter: geometry.after))
  }
}
