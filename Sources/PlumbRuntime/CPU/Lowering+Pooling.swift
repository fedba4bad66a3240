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
    let needsWinners = users[node, default: []].contains { $0.operation is MaxPoolGradient }
    let primitive = try pool(geometry, kind, x.shape, node.shape, map, isTraining: needsWinners)
    let isPlaced = plan.places[node]?.map == map
    let result = isPlaced ? destination(for: node, map) : allocate(node.shape, .blocked(map))
    var writes: [(Primitive.Argument, Value)] = [(.destination, result)]
    if needsWinners {
      let winners = allocate(byteCount: primitive.required(.workspace).byteCount)
      auxiliaries[.init(node: node, kind: "winners")] = winners
      writes.append((.workspace, winners))
    }
    addPrimitive(node, primitive, reads: [(.source, source)], writes: writes)
    set(result, for: node)
  }

  func lowerMaxPoolGradient(_ node: Node, _ operation: MaxPoolGradient) throws {
    let (x, y, upstream) = (node.inputs[0], node.inputs[1], node.inputs[2])
    let (source, map) = blockedValue(of: x)
    let forward = try pool(
      operation.geometry, .maximum, x.shape, y.shape, map, isTraining: true)
    let winners: Value
    if let kept = auxiliaries[.init(node: y, kind: "winners")], blockedMap(of: y) == map {
      winners = kept
    } else {
      // The pool itself is not part of this graph, or ran in another layout: find the winners again.
      winners = allocate(byteCount: forward.required(.workspace).byteCount)
      let unused = allocate(y.shape, .blocked(map))
      addPrimitive(
        node, forward, reads: [(.source, source)],
        writes: [(.destination, unused), (.workspace, winners)])
    }
    let primitive = try Primitive.poolingBackward(
      forward: forward, differenceSource: descriptor(x.shape, .blocked(map)),
      differenceDestination: descriptor(y.shape, .blocked(map)))
    let gradient = value(of: upstream, in: .blocked(map))
    let result = destination(for: node, map)
    addPrimitive(
      node, primitive, reads: [(.differenceDestination, gradient), (.workspace, winners)],
      writes: [(.differenceSource, result)])
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
      node, primitive, reads: [(.differenceDestination, gradient)], writes: [(.differenceSource, result)])
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
