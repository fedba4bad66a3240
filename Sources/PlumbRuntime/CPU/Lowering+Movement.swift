import PlumbGraph
import PlumbKernels

extension Lowering {
  /// Adds the steps of an operation that moves elements about; returns whether the node is one.
  func lowerMovement(_ node: Node) -> Bool {
    switch node.operation {
    case is Reshape:
      set(view(of: plainValue(of: node.inputs[0]), shape: node.shape), for: node)
    case is Broadcast: lowerBroadcast(node)
    case let operation as Transpose: lowerTranspose(node, operation)
    case let operation as Slice: lowerSlice(node, operation)
    case let operation as Embed: lowerEmbed(node, operation)
    case let operation as Concatenate: lowerConcatenate(node, operation)
    case let operation as Pad: lowerPad(node, operation)
    case let operation as ReflectPadGradient: lowerReflectPadGradient(node, operation)
    case is DynamicSlice: lowerDynamicSlice(node)
    case is DynamicEmbed: lowerDynamicEmbed(node)
    case let operation as UpdateSlice: lowerUpdateSlice(node, operation)
    default: return false
    }
    return true
  }

  private func newPlain(_ node: Node) -> Value {
    allocate(node.shape, .plain, element: node.type.element)
  }

  private func lowerBroadcast(_ node: Node) {
    let source = plainValue(of: node.inputs[0])
    set(addStretching(of: node, source, to: node.shape), for: node)
  }

  /// Adds a copy of a row-major value that is stretched to a shape.
  func addStretching(of node: Node, _ source: Value, to shape: Shape) -> Value {
    let result = allocate(shape, .plain, element: source.element)
    let missing = shape.rank - source.shape.rank
    let strides = shape.sizes.indices.map { axis in
      axis < missing || source.shape[axis - missing] == 1
        ? 0 : source.shape.strides[axis - missing]
    }
    add(node, reads: [source], writes: [result]) { placement in
      MovementKernels.copy(
        sizes: shape.sizes, to: placement.slice(result), strides: shape.strides,
        from: placement.slice(source), strides: strides)
    }
    return result
  }

  private func lowerTranspose(_ node: Node, _ operation: Transpose) {
    let source = plainValue(of: node.inputs[0])
    // Moving axes of size 1 moves nothing.
    let moved = operation.permutation.filter { source.shape[$0] != 1 }
    if moved == moved.sorted() {
      set(view(of: source, shape: node.shape), for: node)
      return
    }
    let result = newPlain(node)
    let strides = operation.permutation.map { source.shape.strides[$0] }
    add(node, reads: [source], writes: [result]) { placement in
      MovementKernels.copy(
        sizes: node.shape.sizes, to: placement.slice(result), strides: node.shape.strides,
        from: placement.slice(source), strides: strides)
    }
    set(result, for: node)
  }

  // MARK: Slices

  private func lowerSlice(_ node: Node, _ operation: Slice) {
    let x = node.inputs[0]
    if takesChannelsOnly(operation, x.shape), let map = blockedMap(of: x) {
      lowerChannelSlice(node, operation, map)
      return
    }
    let source = plainValue(of: x)
    let strides = source.shape.strides
    let offset = zip(operation.starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
    // A slice whose elements lie together is only a view.
    let isWhole = source.shape.sizes.indices.map { axis in
      operation.starts[axis] == 0 && operation.sizes[axis] == source.shape[axis]
    }
    let firstLong = operation.sizes.firstIndex { $0 != 1 } ?? operation.sizes.count
    let isContiguous =
      operation.steps.allSatisfy { $0 == 1 }
      && source.shape.sizes.indices.allSatisfy { $0 <= firstLong || isWhole[$0] }
    if isContiguous {
      set(view(of: source, shape: node.shape, byteOffset: offset * 4), for: node)
      return
    }
    let result = newPlain(node)
    let stepped = zip(strides, operation.steps).map { $0 * $1 }
    add(node, reads: [source], writes: [result]) { placement in
      MovementKernels.copy(
        sizes: node.shape.sizes, to: placement.slice(result), strides: node.shape.strides,
        from: placement.slice(source), sourceOffset: offset, strides: stepped)
    }
    set(result, for: node)
  }

  private func takesChannelsOnly(_ operation: Slice, _ shape: Shape) -> Bool {
    shape.rank == 4 && operation.steps.allSatisfy { $0 == 1 }
      && [0, 2, 3].allSatisfy { operation.starts[$0] == 0 && operation.sizes[$0] == shape[$0] }
  }

  private func lowerChannelSlice(_ node: Node, _ operation: Slice, _ map: ChannelMap) {
    let source = value(of: node.inputs[0], in: .blocked(map))
    let (first, count) = (operation.starts[1], operation.sizes[1])
    let spatial = node.shape[2] * node.shape[3]
    if node.shape[0] == 1, let (part, lane) = map.part(from: first, count: count) {
      set(
        view(
          of: source, shape: node.shape, format: .blocked(part), byteOffset: lane * spatial * 4),
        for: node)
      return
    }
    // Few channels are wanted as numbers, many as an operand of what follows.
    let isNarrow = count < block
    let result =
      isNarrow
      ? allocate(node.shape, .plain)
      : allocate(node.shape, .blocked(.dense(count, block: block)))
    add(node, reads: [source], writes: [result]) { placement in
      FormatConversion.channels(
        first, count, from: source, placement.slice(source), to: result,
        placement.slice(result), at: 0)
    }
    set(result, for: node)
  }

  private func lowerEmbed(_ node: Node, _ operation: Embed) {
    let source = plainValue(of: node.inputs[0])
    let result = newPlain(node)
    let strides = node.shape.strides
    let offset = zip(operation.starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
    let stepped = zip(strides, operation.steps).map { $0 * $1 }
    addMany(node, reads: [source], writes: [result]) { placement in
      [
        MovementKernels.fill(placement.slice(result), count: node.shape.count, value: 0),
        MovementKernels.copy(
          sizes: source.shape.sizes, to: placement.slice(result), destinationOffset: offset,
          strides: stepped, from: placement.slice(source), strides: source.shape.strides),
      ]
    }
    set(result, for: node)
  }

  // MARK: Concatenation

  private func lowerConcatenate(_ node: Node, _ operation: Concatenate) {
    if let place = plan.places[node] {
      lowerPlacedConcatenate(node, place)
    } else if operation.axis == 1, node.shape.rank == 4,
      node.inputs.contains(where: { blockedMap(of: $0) != nil })
    {
      let result = allocate(node.shape, .blocked(.dense(node.shape[1], block: block)))
      var first = 0
      for input in node.inputs {
        let source = value(of: input)
        let begin = first
        add(node, reads: [source], writes: [result]) { placement in
          FormatConversion.channels(
            0, input.shape[1], from: source, placement.slice(source), to: result,
            placement.slice(result), at: begin)
        }
        first += input.shape[1]
      }
      set(result, for: node)
    } else {
      let result = newPlain(node)
      let strides = node.shape.strides
      var first = 0
      for input in node.inputs {
        let source = plainValue(of: input)
        let offset = first * strides[operation.axis]
        add(node, reads: [source], writes: [result]) { placement in
          MovementKernels.copy(
            sizes: input.shape.sizes, to: placement.slice(result), destinationOffset: offset,
            strides: strides, from: placement.slice(source), strides: input.shape.strides)
        }
        first += input.shape[operation.axis]
      }
      set(result, for: node)
    }
  }

  /// Parts that were not made in place are copied; most were.
  private func lowerPlacedConcatenate(_ node: Node, _ place: ConcatenationPlan.Place) {
    let spatial = node.shape[2] * node.shape[3]
    let group = groupValue(place.group)
    let result = view(
      of: group, shape: node.shape, format: .blocked(place.map),
      byteOffset: place.lane * spatial * 4)
    var (channel, lane) = (0, place.lane)
    for input in node.inputs {
      let count = input.shape[1]
      let begin = channel
      let known = value(of: input)
      let isHere = known.buffer == group.buffer && known.offset == lane * spatial * 4
      if !isHere {
        add(node, reads: [known], writes: [result]) { placement in
          FormatConversion.channels(
            0, count, from: known, placement.slice(known), to: result, placement.slice(result),
            at: begin)
        }
      }
      channel += count
      lane += (count + block - 1) / block * block
    }
    set(result, for: node)
  }

  // MARK: Padding

  private func lowerPad(_ node: Node, _ operation: Pad) {
    let source = plainValue(of: node.inputs[0])
    guard case .constant(let value) = operation.mode else {
      let passes = reflections(source.shape, before: operation.before, after: operation.after)
      set(reflect(node, source, passes, isGradient: false), for: node)
      return
    }
    let result = newPlain(node)
    let offset = zip(operation.before, node.shape.strides).reduce(0) { $0 + $1.0 * $1.1 }
    // Indices are stored as whole numbers.
    let filling =
      node.type.element == .float
      ? value : Float(bitPattern: UInt32(bitPattern: Int32(value)))
    addMany(node, reads: [source], writes: [result]) { placement in
      [
        MovementKernels.fill(placement.slice(result), count: node.shape.count, value: filling),
        MovementKernels.copy(
          sizes: source.shape.sizes, to: placement.slice(result), destinationOffset: offset,
          strides: node.shape.strides, from: placement.slice(source),
          strides: source.shape.strides),
      ]
    }
    set(result, for: node)
  }

  private func lowerReflectPadGradient(_ node: Node, _ operation: ReflectPadGradient) {
    let source = plainValue(of: node.inputs[0])
    let passes = reflections(node.shape, before: operation.before, after: operation.after)
    set(reflect(node, source, passes.reversed(), isGradient: true), for: node)
  }

  /// A reflection of planes, which the kernel does in one go.
  private struct Reflection {
    let planes: Int
    let height: Int
    let width: Int
    let before: [Int]
    let after: [Int]
    /// The whole tensor before and after.
    let inner: Shape
    let outer: Shape
  }

  /// The reflections, one after another, that pad `shape`: the last two axes together, and each
  /// outer axis with all that is within it as the other axis of its planes.
  private func reflections(_ shape: Shape, before: [Int], after: [Int]) -> [Reflection] {
    var passes: [Reflection] = []
    var current = shape
    func pass(height: Int, width: Int, before: [Int], after: [Int], _ outer: Shape) {
      passes.append(
        Reflection(
          planes: current.count / (height * width), height: height, width: width, before: before,
          after: after, inner: current, outer: outer))
      current = outer
    }
    func padded(_ axes: Range<Int>) -> Shape {
      axes.reduce(current) { shape, axis in
        shape.replacing(axis: axis, with: shape[axis] + before[axis] + after[axis])
      }
    }
    let plane = max(shape.rank - 2, 0)..<shape.rank
    let missing = 2 - plane.count
    let sizes = Array(repeating: 1, count: missing) + shape.sizes[plane]
    let none = Array(repeating: 0, count: missing)
    pass(
      height: sizes[0], width: sizes[1], before: none + before[plane], after: none + after[plane],
      padded(plane))
    for axis in 0..<plane.lowerBound where before[axis] + after[axis] > 0 {
      pass(
        height: current[axis], width: current.sizes[(axis + 1)...].reduce(1, *),
        before: [before[axis], 0], after: [after[axis], 0], padded(axis..<axis + 1))
    }
    return passes
  }

  private func reflect(
    _ node: Node, _ source: Value, _ passes: [Reflection], isGradient: Bool
  ) -> Value {
    var current = source
    for pass in passes {
      let (from, to) = (
        current,
        allocate(isGradient ? pass.inner : pass.outer, .plain, element: node.type.element)
      )
      add(node, reads: [from], writes: [to]) { placement in
        MovementKernels.padReflecting(
          planes: pass.planes, height: pass.height, width: pass.width, before: pass.before,
          after: pass.after, result: placement.slice(to), source: placement.slice(from),
          isGradient: isGradient)
      }
      current = to
    }
    return current
  }

  // MARK: Positions known only when the program runs

  /// The offset in elements of a slice that begins at `starts`, kept within the tensor.
  private static func offset(
    _ starts: BufferSlice, within whole: Shape, sizes: [Int]
  ) -> Int {
    let positions = starts.readIndices(whole.rank)
    var offset = 0
    for axis in whole.sizes.indices {
      let start = min(max(Int(positions[axis]), 0), whole[axis] - sizes[axis])
      offset += start * whole.strides[axis]
    }
    return offset
  }

  private func lowerDynamicSlice(_ node: Node) {
    let (source, starts) = (plainValue(of: node.inputs[0]), plainValue(of: node.inputs[1]))
    let result = newPlain(node)
    let whole = source.shape
    add(node, reads: [source, starts], writes: [result]) { placement in
      let (from, to, at) = (
        placement.slice(source), placement.slice(result), placement.slice(starts)
      )
      return KernelCall("plumb:copy") {
        MovementKernels.copyNow(
          sizes: node.shape.sizes, to: to, strides: node.shape.strides, from: from,
          sourceOffset: Self.offset(at, within: whole, sizes: node.shape.sizes),
          strides: whole.strides)
      }
    }
    set(result, for: node)
  }

  private func lowerDynamicEmbed(_ node: Node) {
    let (source, starts) = (plainValue(of: node.inputs[0]), plainValue(of: node.inputs[1]))
    let result = newPlain(node)
    let part = source.shape
    addMany(node, reads: [source, starts], writes: [result]) { placement in
      let (from, to, at) = (
        placement.slice(source), placement.slice(result), placement.slice(starts)
      )
      return [
        MovementKernels.fill(to, count: node.shape.count, value: 0),
        KernelCall("plumb:copy") {
          MovementKernels.copyNow(
            sizes: part.sizes, to: to,
            destinationOffset: Self.offset(at, within: node.shape, sizes: part.sizes),
            strides: node.shape.strides, from: from, strides: part.strides)
        },
      ]
    }
    set(result, for: node)
  }

  private func lowerUpdateSlice(_ node: Node, _ operation: UpdateSlice) {
    let inputs = node.inputs.map { plainValue(of: $0) }
    let (base, update, start) = (inputs[0], inputs[1], inputs[2])
    let result = newPlain(node)
    let axis = operation.axis
    addMany(node, reads: inputs, writes: [result]) { placement in
      let (whole, part, to, at) = (
        placement.slice(base), placement.slice(update), placement.slice(result),
        placement.slice(start)
      )
      return [
        MovementKernels.copy(
          sizes: [node.shape.count], to: to, strides: [1], from: whole, strides: [1]),
        KernelCall("plumb:copy") {
          let limit = node.shape[axis] - update.shape[axis]
          let position = min(max(Int(at.readIndices(1)[0]), 0), limit)
          MovementKernels.copyNow(
            sizes: update.shape.sizes, to: to,
            destinationOffset: position * node.shape.strides[axis],
            strides: node.shape.strides, from: part, strides: update.shape.strides)
        },
      ]
    }
    set(result, for: node)
  }
}
