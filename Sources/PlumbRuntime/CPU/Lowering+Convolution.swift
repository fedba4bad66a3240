import PlumbGraph
import PlumbKernels

// Convolutions run in blocked layout from end to end; weights are packed in whatever layout the
// primitive likes. Only images of up to four channels come in row-major order, for which oneDNN has
// kernels of their own. Where it has none for the blocked layout (some grouped convolutions), both
// sides are row-major. A reference implementation is taken only if nothing else fits.

extension Lowering {
  /// Where both sides of a convolution lie.
  private struct Sides {
    /// The side with the input's channels.
    let input: MemoryFormat
    /// The side with the output's channels.
    let output: MemoryFormat

    var inputMap: ChannelMap? { if case .blocked(let map) = input { map } else { nil } }
    var outputMap: ChannelMap? { if case .blocked(let map) = output { map } else { nil } }
  }

  // MARK: Forward

  func lowerConvolution(_ node: Node, _ operation: FusedConvolution) throws {
    let (x, weights) = (node.inputs[0], node.inputs[1])
    let geometry = operation.convolution.geometry
    let bias = node.inputs.count == 3 ? node.inputs[2] : nil
    let outputMap =
      plan.places[node]?.map
      ?? ChannelMap(parts: ConcatenationPlan.partsOfWeights(weights), block: block)
    let inputMap = blockedMap(of: x) ?? .dense(x.shape[1], block: block)

    if let winograd = winograd(
      kernel: Array(weights.shape.sizes.suffix(2)), geometry, source: x.shape,
      inputMap, result: node.shape, outputMap, before: geometry.before)
    {
      let source = value(of: x, in: .blocked(inputMap))
      let offsets = try bias.map { try laneValue(of: $0, output: outputMap, input: nil) }
      let result = destination(for: node, outputMap)
      try addWinograd(
        node, winograd, source: source, weights: weights, outputMap: outputMap,
        inputMap: inputMap, bias: offsets, hasReLU: operation.hasReLU, isGradient: false,
        result: result)
      set(result, for: node)
      return
    }

    let (primitive, sides) = try choose(
      sides(geometry, x.shape, inputMap, node.shape, outputMap)
    ) { sides in
      try Primitive.convolutionForward(
        source: descriptor(x.shape, sides.input),
        weights: weightDescriptor(weights.shape, geometry.groups, sides),
        bias: bias == nil
          ? nil : MemoryDescriptor(shape: [channels(node.shape, sides.output)]),
        destination: descriptor(node.shape, sides.output), window: window(geometry),
        postOperation: operation.hasReLU ? .relu : .none)
    }

    let source = value(of: x, in: sides.input)
    let packed = try packedWeights(weights, geometry.groups, sides, primitive)
    let offsets = try bias.map { try laneValue(of: $0, output: sides.outputMap, input: nil) }
    let result =
      switch sides.output {
      case .plain: allocate(node.shape, .plain)
      case .blocked(let map): destination(for: node, map)
      }
    addPrimitive(
      node, primitive,
      reads: [(.source, source), (.weights, packed)] + (offsets.map { [(.bias, $0)] } ?? []),
      writes: [(.destination, result)])
    set(result, for: node)
  }

  // MARK: Gradients

  func lowerInputGradient(_ node: Node, _ operation: ConvolutionInputGradient) throws {
    let (upstream, weights) = (node.inputs[0], node.inputs[1])
    let geometry = operation.geometry
    let upstreamMap = blockedMap(of: upstream) ?? .dense(upstream.shape[1], block: block)
    let resultMap = plan.places[node]?.map ?? preferredMap(for: node)

    let kernel = Array(weights.shape.sizes.suffix(2))
    if let winograd = winograd(
      kernel: kernel, geometry, source: upstream.shape, upstreamMap,
      result: node.shape, resultMap, before: zip(kernel, geometry.before).map { $0 - 1 - $1 })
    {
      let source = value(of: upstream, in: .blocked(upstreamMap))
      let result = destination(for: node, resultMap)
      try addWinograd(
        node, winograd, source: source, weights: weights, outputMap: upstreamMap,
        inputMap: resultMap, isGradient: true, result: result)
      set(result, for: node)
      return
    }

    let (primitive, sides) = try choose(
      sides(geometry, node.shape, resultMap, upstream.shape, upstreamMap, isImage: false)
    ) { sides in
      try Primitive.convolutionBackwardData(
        differenceSource: descriptor(node.shape, sides.input),
        weights: weightDescriptor(weights.shape, geometry.groups, sides),
        differenceDestination: descriptor(upstream.shape, sides.output), window: window(geometry))
    }

    let source = value(of: upstream, in: sides.output)
    let packed = try packedWeights(weights, geometry.groups, sides, primitive)
    let result =
      switch sides.input {
      case .plain: allocate(node.shape, .plain)
      case .blocked(let map): destination(for: node, map)
      }
    addPrimitive(
      node, primitive, reads: [(.differenceDestination, source), (.weights, packed)],
      writes: [(.differenceSource, result)])
    set(result, for: node)
  }

  func lowerWeightGradient(_ node: Node, _ operation: ConvolutionWeightGradient) throws {
    let (x, upstream) = (node.inputs[0], node.inputs[1])
    let geometry = operation.geometry
    let inputMap = blockedMap(of: x) ?? .dense(x.shape[1], block: block)
    let outputMap = blockedMap(of: upstream) ?? .dense(upstream.shape[1], block: block)

    if let winograd = winograd(
      kernel: Array(node.shape.sizes.suffix(2)), geometry, source: x.shape, inputMap,
      result: upstream.shape, outputMap, before: geometry.before)
    {
      let (source, difference) = (
        value(of: x, in: .blocked(inputMap)), value(of: upstream, in: .blocked(outputMap))
      )
      let rows = allocate(laneShape(node.shape, output: outputMap, input: inputMap), .plain)
      let scratch = allocateScratch(byteCount: winograd.gradientScratchBytes)
      add(node, reads: [source, difference], writes: [rows, scratch]) {
        winograd.weightGradient(
          result: $0.slice(rows), source: $0.slice(source), upstream: $0.slice(difference),
          scratch: $0.slice(scratch))
      }
      setWeightGradient(rows, for: node, output: outputMap, input: inputMap)
      return
    }

    let (primitive, sides) = try choose(
      sides(geometry, x.shape, inputMap, upstream.shape, outputMap)
    ) { sides in
      try Primitive.convolutionBackwardWeights(
        source: descriptor(x.shape, sides.input),
        differenceWeights: weightDescriptor(node.shape, geometry.groups, sides),
        differenceDestination: descriptor(upstream.shape, sides.output), window: window(geometry))
    }

    // From the primitive's layout to rows in lanes, then to the channels themselves.
    let lanes = laneShape(node.shape, sides)
    let packedDescriptor = primitive.required(.differenceWeights)
    let packed = allocate(byteCount: packedDescriptor.byteCount)
    addPrimitive(
      node, primitive,
      reads: [
        (.source, value(of: x, in: sides.input)),
        (.differenceDestination, value(of: upstream, in: sides.output)),
      ],
      writes: [(.differenceWeights, packed)])
    let reorder = try Primitive.reorder(
      source: packedDescriptor, destination: weightRows(lanes, geometry.groups))
    let rows = allocate(lanes, .plain)
    addPrimitive(node, reorder, reads: [(.source, packed)], writes: [(.destination, rows)])
    setWeightGradient(rows, for: node, output: sides.outputMap, input: sides.inputMap)
  }

  /// Records a gradient for weights that has a row or column per lane.
  private func setWeightGradient(
    _ rows: Value, for node: Node, output: ChannelMap?, input: ChannelMap?
  ) {
    let lanes = rows.shape
    guard lanes != node.shape else {
      set(rows, for: node)
      return
    }
    let result = allocate(node.shape, .plain)
    let copies = laneCopies(node.shape, output: output, input: input)
    addMany(node, reads: [rows], writes: [result]) { placement in
      copies.map { copy in
        MovementKernels.copy(
          sizes: copy.sizes, to: placement.slice(result), destinationOffset: copy.channelOffset,
          strides: node.shape.strides, from: placement.slice(rows), sourceOffset: copy.laneOffset,
          strides: lanes.strides)
      }
    }
    set(result, for: node)
  }

  /// The map in which a gradient is likely to be used: that of the value it will be combined with.
  func preferredMap(for node: Node) -> ChannelMap {
    for user in users[node, default: []] where user.operation is FusedPointwise {
      for other in user.inputs where other !== node && other.shape == node.shape {
        if let map = blockedMap(of: other) { return map }
      }
    }
    return .dense(node.shape[1], block: block)
  }

  // MARK: Choosing

  /// The layouts to try, best first.
  private func sides(
    _ geometry: ConvolutionGeometry, _ input: Shape, _ inputMap: ChannelMap, _ output: Shape,
    _ outputMap: ChannelMap, isImage: Bool = true
  ) -> [Sides] {
    let plain = Sides(input: .plain, output: .plain)
    guard geometry.groups == 1 else {
      let (perInput, perOutput) = (input[1] / geometry.groups, output[1] / geometry.groups)
      let isDepthwise = perInput == 1 && perOutput == 1 && input[1] % block == 0
      guard isDepthwise || (perInput % block == 0 && perOutput % block == 0) else {
        return [plain]
      }
      return [
        Sides(
          input: .blocked(.dense(input[1], block: block)),
          output: .blocked(.dense(output[1], block: block))), plain,
      ]
    }
    let blocked = Sides(input: .blocked(inputMap), output: .blocked(outputMap))
    if isImage, input[1] <= 4 {
      return [Sides(input: .plain, output: .blocked(outputMap)), blocked, plain]
    }
    return [blocked, plain]
  }

  /// The first layouts for which there is an optimized implementation, or else the first for which
  /// there is any.
  private func choose(
    _ candidates: [Sides], _ make: (Sides) throws -> Primitive
  ) throws -> (Primitive, Sides) {
    var fallback: (Primitive, Sides)?
    var failure: (any Error)?
    for sides in candidates {
      do {
        let primitive = try make(sides)
        if !primitive.isReference { return (primitive, sides) }
        fallback = fallback ?? (primitive, sides)
      } catch {
        failure = failure ?? error
      }
    }
    if let fallback { return fallback }
    throw failure
      ?? RuntimeError.unsupported(operation: "convolution", reason: "no layout was tried")
  }

  private func window(_ geometry: ConvolutionGeometry) -> Primitive.Window {
    Primitive.Window(
      strides: geometry.strides, dilations: geometry.dilations, paddingBefore: geometry.before,
      paddingAfter: geometry.after)
  }

  // MARK: Descriptors

  private func channels(_ shape: Shape, _ format: MemoryFormat) -> Int {
    if case .blocked(let map) = format { map.physicalCount } else { shape[1] }
  }

  /// The descriptor of an activation, unused lanes counted as channels.
  func descriptor(_ shape: Shape, _ format: MemoryFormat) throws -> MemoryDescriptor {
    try MemoryDescriptor(
      shape: [shape[0], channels(shape, format), shape[2], shape[3]],
      layout: format == .plain ? .plain : (block == 8 ? .blocked8 : .blocked16))
  }

  private func weightDescriptor(
    _ shape: Shape, _ groups: Int, _ sides: Sides
  ) throws -> MemoryDescriptor {
    try weightDescriptor(laneShape(shape, sides), groups, layout: .any)
  }

  private func weightRows(_ lanes: Shape, _ groups: Int) throws -> MemoryDescriptor {
    try weightDescriptor(lanes, groups, layout: .plain)
  }

  private func weightDescriptor(
    _ lanes: Shape, _ groups: Int, layout: MemoryDescriptor.Layout
  ) throws -> MemoryDescriptor {
    try MemoryDescriptor(
      shape: groups == 1
        ? lanes.sizes : [groups, lanes[0] / groups, lanes[1], lanes[2], lanes[3]],
      layout: layout)
  }

  // MARK: Weights

  /// The shape of weights with one row and column per lane; grouped weights have no unused lanes.
  private func laneShape(_ shape: Shape, _ sides: Sides) -> Shape {
    laneShape(shape, output: sides.outputMap, input: sides.inputMap)
  }

  private func laneShape(_ shape: Shape, output: ChannelMap?, input: ChannelMap?) -> Shape {
    var sizes = shape.sizes
    if let output, output.logicalCount == sizes[0] { sizes[0] = output.physicalCount }
    if let input, sizes.count > 1, input.logicalCount == sizes[1] {
      sizes[1] = input.physicalCount
    }
    return Shape(sizes)
  }

  /// Weights in the primitive's layout.
  private func packedWeights(
    _ weights: Node, _ groups: Int, _ sides: Sides, _ primitive: Primitive
  ) throws -> Value {
    let rows = try laneValue(
      of: weights, output: sides.outputMap, input: groups == 1 ? sides.inputMap : nil)
    let descriptor = primitive.required(.weights)
    let reorder = try Primitive.reorder(
      source: weightRows(rows.shape, groups), destination: descriptor)
    return try derive(
      from: rows, of: weights,
      key: .packed(
        from: .init(output: sides.outputMap, input: sides.inputMap), descriptor),
      result: allocate(byteCount: descriptor.byteCount)
    ) { result, source in
      [try reorder.call([.source: source, .destination: result])]
    }
  }

  /// Weights or a bias with its channels moved to their lanes, zeros in the unused ones.
  func laneValue(
    of node: Node, output: ChannelMap?, input: ChannelMap?
  ) throws -> Value {
    let rows = plainValue(of: node)
    let shape = laneShape(node.shape, output: output, input: input)
    let isIdentity =
      shape == node.shape && output?.isDense ?? true
      && (node.shape.rank == 1 || input?.isDense ?? true)
    guard !isIdentity else { return rows }
    let copies = laneCopies(node.shape, output: output, input: input)
    return try derive(
      from: rows, of: node, key: .lanes(output: output, input: input),
      result: allocate(shape, .plain)
    ) { result, source in
      [MovementKernels.fill(result, count: shape.count, value: 0)]
        + copies.map { copy in
          MovementKernels.copy(
            sizes: copy.sizes, to: result, destinationOffset: copy.laneOffset,
            strides: shape.strides,
            from: source, sourceOffset: copy.channelOffset, strides: node.shape.strides)
        }
    }
  }

  /// The rectangles of weights that stay together when channels move to their lanes.
  private func laneCopies(
    _ shape: Shape, output: ChannelMap?, input: ChannelMap?
  ) -> [(sizes: [Int], channelOffset: Int, laneOffset: Int)] {
    func segments(_ map: ChannelMap?, _ count: Int) -> [ChannelMap.Segment] {
      guard let map, map.logicalCount == count else {
        return [.init(logical: 0, count: count, physical: 0)]
      }
      return map.segments
    }
    let lanes = laneShape(shape, output: output, input: input)
    var copies: [(sizes: [Int], channelOffset: Int, laneOffset: Int)] = []
    for row in segments(output, shape[0]) {
      guard shape.rank > 1 else {
        copies.append(([row.count], row.logical, row.physical))
        continue
      }
      for column in segments(input, shape[1]) {
        copies.append(
          (
            [row.count, column.count] + shape.sizes.dropFirst(2),
            row.logical * shape.strides[0] + column.logical * shape.strides[1],
            row.physical * lanes.strides[0] + column.physical * lanes.strides[1]
          ))
      }
    }
    return copies
  }

  // MARK: Steps

  /// Adds a step that runs a primitive, with scratch memory if it needs any.
  func addPrimitive(
    _ node: Node, _ primitive: Primitive, reads: [(Primitive.Argument, Value)],
    writes: [(Primitive.Argument, Value)]
  ) {
    var arguments = reads + writes
    var written = writes.map(\.1)
    if primitive.scratchpadBytes > 0 {
      let scratch = allocateScratch(byteCount: primitive.scratchpadBytes)
      arguments.append((.scratchpad, scratch))
      written.append(scratch)
    }
    add(node, reads: reads.map(\.1), writes: written) { placement in
      try primitive.call(
        Dictionary(uniqueKeysWithValues: arguments.map { ($0.0, placement.slice($0.1)) }))
    }
  }
}
