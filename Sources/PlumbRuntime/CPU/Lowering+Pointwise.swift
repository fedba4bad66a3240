import PlumbGraph
import PlumbKernels

extension Lowering {
  /// One pass over memory, in the layout that the operands have already.
  func lowerPointwise(_ node: Node, _ operation: FusedPointwise) {
    let code = PointwiseCode(operation, inputCount: node.inputs.count)
    if let map = blockedMap(for: node, operation) {
      lowerBlockedPointwise(node, code, map)
    } else {
      lowerPlainPointwise(node, code)
    }
  }

  /// The blocked map in which a chain runs, or `nil` if it runs in row-major order.
  private func blockedMap(for node: Node, _ operation: FusedPointwise) -> ChannelMap? {
    guard node.shape.rank == 4 else { return nil }
    let full = node.inputs.filter { $0.shape == node.shape }
    guard !full.isEmpty else { return nil }
    let map: ChannelMap
    if let place = plan.places[node] {
      map = place.map
    } else if let found = full.lazy.compactMap({ self.blockedMap(of: $0) }).first {
      map = found
    } else {
      return nil
    }
    guard operation.keepsPaddingFinite || !map.hasUnusedLanes else { return nil }
    for input in node.inputs where input.shape != node.shape {
      switch broadcastKind(input.shape, in: node.shape) {
      case .scalar, .perImage: continue
      case .perChannel where map.isDense && !map.hasUnusedLanes: continue
      default: return nil
      }
    }
    return map
  }

  private enum BroadcastKind {
    case scalar, perImage
    case perChannel(perImage: Bool)
    case other
  }

  private func broadcastKind(_ shape: Shape, in whole: Shape) -> BroadcastKind {
    if shape.count == 1 { return .scalar }
    let sizes = Array(repeating: 1, count: 4 - shape.rank) + shape.sizes
    guard sizes[2] == 1, sizes[3] == 1 else { return .other }
    if sizes[1] == 1 { return .perImage }
    return .perChannel(perImage: sizes[0] != 1)
  }

  private func lowerBlockedPointwise(_ node: Node, _ code: PointwiseCode, _ map: ChannelMap) {
    let format = MemoryFormat.blocked(map)
    let result = destination(for: node, map)
    let spatial = node.shape[2] * node.shape[3]
    let (lanes, block) = (map.physicalCount, map.block)
    let broadcasts = node.inputs.contains { $0.shape != node.shape && $0.shape.count > 1 }

    var reads: [Value] = []
    var operands: [PointwiseOperand] = []
    for input in node.inputs {
      if input.shape == node.shape {
        reads.append(value(of: input, in: format))
        operands.append(
          .init(
            strides: broadcasts ? [lanes * spatial, spatial * block, 0, 0] : [0, 0, 0, 0],
            innerStride: 1))
      } else {
        reads.append(plainValue(of: input))
        switch broadcastKind(input.shape, in: node.shape) {
        case .perImage:
          operands.append(.init(strides: [1, 0, 0, 0], innerStride: 0))
        case .perChannel(let perImage):
          operands.append(
            .init(strides: [perImage ? lanes : 0, block, 0, 0], innerStride: 1, period: block))
        default:
          operands.append(.init(strides: [0, 0, 0, 0], innerStride: 0))
        }
      }
    }
    operands.append(
      .init(
        strides: broadcasts ? [lanes * spatial, spatial * block, 0, 0] : [0, 0, 0, 0],
        innerStride: 1))
    let program = PointwiseProgram(
      code.instructions, operands: operands,
      outer: broadcasts ? [node.shape[0], lanes / block, 1, 1] : [1, 1, 1, 1],
      inner: broadcasts ? spatial * block : node.shape[0] * lanes * spatial)
    addPointwise(node, program, reads: reads, result: result)
  }

  private func lowerPlainPointwise(_ node: Node, _ code: PointwiseCode) {
    let result = allocate(node.shape, .plain)
    var reads = node.inputs.map { plainValue(of: $0) }
    var axes = CollapsedAxes(node.shape, operands: node.inputs.map(\.shape) + [node.shape])
    if axes == nil {
      // Stretched by a copy each, all operands have one axis.
      reads = zip(node.inputs, reads).map { input, value in
        input.shape == node.shape ? value : addStretching(of: input, value, to: node.shape)
      }
      axes = CollapsedAxes(node.shape, operands: reads.map(\.shape) + [node.shape])
    }
    guard let axes else { preconditionFailure("operands of one shape have one axis") }
    let program = PointwiseProgram(
      code.instructions, operands: axes.operands, outer: axes.outer, inner: axes.inner)
    addPointwise(node, program, reads: reads, result: result)
  }

  private func addPointwise(
    _ node: Node, _ program: PointwiseProgram, reads: [Value], result: Value
  ) {
    // Only operands of the result's own shape may be overwritten; the planner checks their size,
    // and a smaller or stretched operand never has the same one.
    add(node, reads: reads, writes: [result], mayRunInPlace: true) { placement in
      program.call(reads.map(placement.slice) + [placement.slice(result)])
    }
    set(result, for: node)
  }

  /// Memory for a blocked result: its place in a concatenation, or its own.
  func destination(for node: Node, _ map: ChannelMap) -> Value {
    guard let place = plan.places[node], place.map == map else {
      return allocate(node.shape, .blocked(map))
    }
    let group = groupValue(place.group)
    return view(
      of: group, shape: node.shape, format: .blocked(map),
      byteOffset: place.lane * node.shape[2] * node.shape[3] * 4)
  }
}

/// The axes of an element-wise operation on row-major operands, merged as far as all operands allow;
/// `nil` if more are left than one pass over memory has.
struct CollapsedAxes {
  private(set) var outer: [Int]
  private(set) var inner: Int
  private(set) var operands: [PointwiseOperand]

  init?(_ shape: Shape, operands shapes: [Shape]) {
    // Strides per operand and axis, 0 where it is stretched.
    let strides = shapes.map { operand -> [Int] in
      let offset = shape.rank - operand.rank
      let own = operand.strides
      return shape.sizes.indices.map { axis in
        axis < offset || operand[axis - offset] == 1 ? 0 : own[axis - offset]
      }
    }
    var sizes: [Int] = []
    var merged: [[Int]] = shapes.map { _ in [] }
    for axis in shape.sizes.indices where shape[axis] != 1 {
      let size = shape[axis]
      let joins =
        !sizes.isEmpty
        && strides.indices.allSatisfy { merged[$0].last == strides[$0][axis] * size }
      if joins {
        sizes[sizes.count - 1] *= size
        for index in strides.indices { merged[index][sizes.count - 1] = strides[index][axis] }
      } else {
        sizes.append(size)
        for index in strides.indices { merged[index].append(strides[index][axis]) }
      }
    }
    if sizes.isEmpty {
      sizes = [1]
      merged = shapes.map { _ in [1] }
    }
    guard sizes.count <= 5 else { return nil }
    inner = sizes.removeLast()
    outer = sizes + Array(repeating: 1, count: 4 - sizes.count)
    let outerCount = sizes.count
    operands = merged.map { strides in
      PointwiseOperand(
        strides: Array(strides.prefix(outerCount)) + Array(repeating: 0, count: 4 - outerCount),
        innerStride: strides[outerCount])
    }
  }
}
