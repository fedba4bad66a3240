import PlumbGraph
import PlumbKernels

/// Turns a graph into steps on buffers for the CPU.
///
/// Nodes are visited inputs first. Each chooses the memory format that suits it, asks for its
/// inputs in that format (a conversion is added where a value exists in another one only), and adds
/// a step that will be prepared when the planner has placed all buffers.
final class Lowering {
  /// Memory that some steps write and others read.
  struct Buffer {
    var byteCount: Int
    /// The memory itself where it exists before planning: parameters, packed weights, state.
    var fixed: BufferSlice?
    /// Whether what it holds never changes, so that anything derived from it is derived once.
    var isConstant = false
    /// Whether it is read after the last step.
    var isKept = false
    /// Whether it is the workspace of a primitive, which may hold anything.
    var isScratch = false
  }

  /// One kernel to run, not yet bound to memory.
  struct Step {
    let node: Node
    let reads: [Value]
    let writes: [Value]
    /// Whether the result may lie in the first operand's memory if nobody needs that any more.
    let mayRunInPlace: Bool
    let prepare: (Placement) throws -> [KernelCall]
  }

  let graph: Graph
  let parameters: ParameterStore
  let clock: ProgramClock
  /// Channels per block of a blocked layout on this processor.
  let block: Int
  /// Parameters that change between runs.
  let updated: Set<String>

  var buffers: [Buffer] = []
  var steps: [Step] = []
  /// The same tensor in all formats in which it exists.
  private var values: [Node: [Value]] = [:]
  /// Values that later nodes need besides the result: a pool's winners, a norm's statistics.
  var auxiliaries: [AuxiliaryKey: Value] = [:]
  let plan: ConcatenationPlan
  private var groupValues: [Int: Value] = [:]
  /// Where outputs lie that would else be the memory of an input or parameter.
  var outputCopies: [Node: Value] = [:]
  let users: [Node: [Node]]

  struct AuxiliaryKey: Hashable {
    let node: Node
    let kind: String
  }

  init(
    _ graph: Graph, parameters: ParameterStore, updated: Set<String>, clock: ProgramClock
  ) throws {
    self.graph = graph
    self.parameters = parameters
    self.updated = updated
    self.clock = clock
    self.block = try OneDNN.channelBlock
    self.plan = ConcatenationPlan(graph, block: block)
    var users: [Node: [Node]] = [:]
    for node in graph.nodes {
      for input in node.inputs { users[input, default: []].append(node) }
    }
    self.users = users
  }

  // MARK: Values

  /// The value of a node in the format in which it was made.
  func value(of node: Node) -> Value {
    guard let value = values[node]?.first else {
      preconditionFailure("\(node) is used before it is computed")
    }
    return value
  }

  /// Records where a node's value lies.
  func set(_ value: Value, for node: Node) {
    values[node, default: []].append(value)
  }

  /// The value of a node in row-major order.
  func plainValue(of node: Node) -> Value {
    let known = values[node, default: []]
    if let plain = known.first(where: { $0.format == .plain }) { return plain }
    guard let source = known.first, case .blocked(let map) = source.format else {
      preconditionFailure("\(node) is used before it is computed")
    }
    // With one position per image the blocked layout is the plain one.
    if map.isDense, !map.hasUnusedLanes, source.shape[2] * source.shape[3] == 1 {
      let alias = Value(
        shape: source.shape, element: source.element, format: .plain, buffer: source.buffer,
        offset: source.offset)
      values[node, default: []].append(alias)
      return alias
    }
    let result = allocate(source.shape, .plain)
    addCopy(of: node, from: source, to: result)
    values[node, default: []].append(result)
    return result
  }

  /// The value of a node in blocked layout, in the map it has already or else in `preferred`.
  func blockedValue(of node: Node, preferred: ChannelMap? = nil) -> (value: Value, map: ChannelMap)
  {
    let known = values[node, default: []]
    for value in known {
      if case .blocked(let map) = value.format, preferred == nil || preferred == map {
        return (value, map)
      }
    }
    guard let source = known.first else {
      preconditionFailure("\(node) is used before it is computed")
    }
    let map = preferred ?? .dense(node.shape[1], block: block)
    let result = allocate(node.shape, .blocked(map))
    addCopy(of: node, from: source, to: result)
    values[node, default: []].append(result)
    return (result, map)
  }

  /// The blocked map in which a node's value exists, if any.
  func blockedMap(of node: Node) -> ChannelMap? {
    for value in values[node, default: []] {
      if case .blocked(let map) = value.format { return map }
    }
    return nil
  }

  /// The value of a node in a given format.
  func value(of node: Node, in format: MemoryFormat) -> Value {
    switch format {
    case .plain: plainValue(of: node)
    case .blocked(let map): blockedValue(of: node, preferred: map).value
    }
  }

  /// Whether a value never changes.
  func isConstant(_ value: Value) -> Bool { buffers[value.buffer].isConstant }

  // MARK: Memory

  /// The memory that a concatenation shares with its parts.
  func groupValue(_ group: Int) -> Value {
    if let value = groupValues[group] { return value }
    let (lanes, shape) = (plan.groups[group].physicalCount, plan.groups[group].shape)
    let value = allocate(byteCount: lanes * shape[2] * shape[3] * 4)
    groupValues[group] = value
    return value
  }

  /// New memory for a tensor.
  func allocate(
    _ shape: Shape, _ format: MemoryFormat, element: ElementType = .float
  ) -> Value {
    buffers.append(Buffer(byteCount: max(format.elements(of: shape), 1) * 4))
    return Value(
      shape: shape, element: element, format: format, buffer: buffers.count - 1, offset: 0)
  }

  /// New memory of a number of bytes.
  func allocate(byteCount: Int) -> Value {
    allocate([(byteCount + 3) / 4], .plain)
  }

  /// New memory that one step works in and nobody reads.
  func allocateScratch(byteCount: Int) -> Value {
    let scratch = allocate(byteCount: byteCount)
    buffers[scratch.buffer].isScratch = true
    return scratch
  }

  /// Memory that exists already.
  func fix(
    _ slice: BufferSlice, _ type: TensorType, isConstant: Bool
  ) -> Value {
    buffers.append(
      Buffer(byteCount: slice.byteCount, fixed: slice, isConstant: isConstant))
    return Value(
      shape: type.shape, element: type.element, format: .plain, buffer: buffers.count - 1,
      offset: 0)
  }

  /// A tensor that is part of another's memory.
  func view(
    of value: Value, shape: Shape, format: MemoryFormat = .plain, byteOffset: Int = 0
  ) -> Value {
    Value(
      shape: shape, element: value.element, format: format, buffer: value.buffer,
      offset: value.offset + byteOffset)
  }

  // MARK: Steps

  /// Adds a step.
  func add(
    _ node: Node, reads: [Value], writes: [Value], mayRunInPlace: Bool = false,
    _ prepare: @escaping (Placement) throws -> KernelCall
  ) {
    steps.append(
      Step(
        node: node, reads: reads, writes: writes, mayRunInPlace: mayRunInPlace,
        prepare: { [try prepare($0)] }))
  }

  /// Adds a step of several kernels.
  func addMany(
    _ node: Node, reads: [Value], writes: [Value],
    _ prepare: @escaping (Placement) throws -> [KernelCall]
  ) {
    steps.append(
      Step(node: node, reads: reads, writes: writes, mayRunInPlace: false, prepare: prepare))
  }

  /// What a step writes, less workspaces and what the next step goes on writing.
  func completedWrites(ofStep index: Int) -> [Value] {
    let next = steps.indices.contains(index + 1) ? steps[index + 1] : nil
    let unfinished = next?.node === steps[index].node ? next?.writes.map(\.buffer) ?? [] : []
    return steps[index].writes.filter {
      !buffers[$0.buffer].isScratch && !unfinished.contains($0.buffer)
    }
  }

  /// Something computed from a value: at once and only once if the value is fixed, else by a step in
  /// each run.
  ///
  /// - Parameters:
  ///   - source: The value it is computed from.
  ///   - node: The node of that value.
  ///   - key: Tells apart what is derived from the same node.
  ///   - result: Where it lies.
  ///   - kernels: From the destination and the source.
  /// - Returns: `result`.
  /// - Throws: What making or running the kernels throws.
  func derive(
    from source: Value, of node: Node, key: DerivationKey, result: Value,
    _ kernels: @escaping (_ result: BufferSlice, _ source: BufferSlice) throws -> [KernelCall]
  ) throws -> Value {
    guard let fixed = buffers[source.buffer].fixed, isConstant(source) else {
      addMany(node, reads: [source], writes: [result]) { placement in
        try kernels(placement.slice(result), placement.slice(source))
      }
      return result
    }
    let slice = fixed.slice(
      byteOffset: source.offset, byteCount: fixed.byteCount - source.offset)
    let origin = (node.operation as? Frozen)?.value ?? node
    let memory = try parameters.derivation(of: origin, key: key) {
      let memory = try AlignedBuffer(byteCount: buffers[result.buffer].byteCount)
      for call in try kernels(BufferSlice(memory), slice) { try call.run() }
      return memory
    }
    buffers[result.buffer].fixed = BufferSlice(memory)
    buffers[result.buffer].isConstant = true
    return result
  }

  /// Adds a copy between formats, at once if the source is fixed.
  private func addCopy(of node: Node, from source: Value, to result: Value) {
    add(node, reads: [source], writes: [result]) { placement in
      FormatConversion.call(
        from: source, placement.slice(source), to: result, placement.slice(result))
    }
  }
}

/// Where the planner put each buffer.
struct Placement {
  let slices: [BufferSlice]

  /// The memory of a tensor, to the end of its buffer.
  func slice(_ value: Value) -> BufferSlice {
    let slice = slices[value.buffer]
    return slice.slice(byteOffset: value.offset, byteCount: slice.byteCount - value.offset)
  }
}
