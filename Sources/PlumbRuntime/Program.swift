import PlumbGraph
import PlumbKernels
import PlumbText
import Synchronization

/// How a program computes.
public enum Precision: String, Sendable, CaseIterable, Codable {
  /// Everything in 32 bits: the truth.
  case fp32
  /// The forward pass in 32 bits, convolutions of the backward pass with bfloat16 operands: the same
  /// gradient to about four digits.
  case mixed
  /// bfloat16 operands in convolutions and matrix products throughout, fp32 sums.
  ///
  /// Operands are rounded and then multiplied in fp32, so the numbers are those of bfloat16
  /// arithmetic, and the speed is that of fp32 or less.
  case bf16
}

/// The number of the current run and the seed, which random nodes read when they run.
final class ProgramClock: Sendable {
  private let state = Mutex<(seed: UInt64, step: UInt64)>((0, 0))

  var now: (seed: UInt64, step: UInt64) {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}

/// A graph compiled for the CPU: fused, laid out, its memory planned and its weights packed.
///
/// A program runs any number of times without allocating. Inputs are set and outputs read by name.
/// Runs take place on the one compute thread, one at a time; the thread count is fixed when the
/// process first computes.
///
/// `@unchecked Sendable`: all mutable state is touched on the compute thread alone.
public final class Program: @unchecked Sendable {
  /// What a compiled step is, for printing.
  struct Step {
    let node: Node
    let calls: [KernelCall]
    /// The values that are complete after this step.
    let writes: [Value]
  }

  /// The graph as it was compiled, after all passes.
  public let compiledGraph: Graph
  /// The precision of the arithmetic.
  public let precision: Precision
  /// Bytes of memory that the program's own values share.
  public var workingBytes: Int { arena.byteCount }

  let steps: [Step]
  let placement: Placement
  /// The memory that the program's own values share.
  let arena: BufferSlice
  private let inputs: [String: Lowering.InputValue]
  /// Inputs of the graph on which no output depends.
  private let unusedInputs: [String: TensorType]
  private let outputs: [String: (type: TensorType, value: Value)]
  private let clock: ProgramClock
  private let parameters: ParameterStore
  private let missing: Mutex<Set<String>>
  /// The memory that other programs use too.
  let memory: WorkingMemory?

  /// Settings of a compilation.
  public struct Options: Sendable {
    /// The precision of the arithmetic.
    public var precision: Precision
    /// Parameters that change between runs, so that nothing is computed from them once and for all.
    public var updated: Set<String>
    /// The seed of random nodes.
    public var seed: UInt64
    /// Memory shared with other programs; `nil` for memory of its own.
    public var memory: WorkingMemory?

    /// Creates settings.
    public init(
      precision: Precision = .fp32, updated: Set<String> = [], seed: UInt64 = 0,
      memory: WorkingMemory? = nil
    ) {
      self.precision = precision
      self.updated = updated
      self.seed = seed
      self.memory = memory
    }
  }

  /// Compiles a graph.
  ///
  /// - Parameters:
  ///   - graph: What to compute; its outputs are the program's.
  ///   - parameters: Values for the graph's parameters.
  ///   - options: Precision, updated parameters, seed.
  /// - Throws: ``RuntimeError`` or `GraphError` if a parameter is missing or does not fit, or an
  ///   operation is not supported; an error of oneDNN if it fails.
  public init(_ graph: Graph, parameters: ParameterStore, options: Options = Options()) throws {
    let lowering = try ComputeThread.shared().run {
      try Self.lowered(graph, parameters, options)
    }
    self.compiledGraph = lowering.graph
    self.precision = options.precision
    self.parameters = parameters
    self.clock = lowering.clock

    let inputs = lowering.inputValues
    let outputs = lowering.outputValues
    self.inputs = inputs
    self.outputs = outputs
    self.unusedInputs = Dictionary(uniqueKeysWithValues: graph.inputs.map { ($0.label, $0.type) })
      .filter { inputs[$0.key] == nil }
    self.missing = Mutex(Set(inputs.keys))
    self.memory = options.memory
    let planner = try MemoryPlanner(lowering, in: options.memory)
    self.placement = planner.placement
    self.arena = planner.arena
    self.steps = try ComputeThread.shared().run {
      try lowering.steps.indices.map { index in
        Step(
          node: lowering.steps[index].node,
          calls: try lowering.steps[index].prepare(planner.placement),
          writes: lowering.completedWrites(ofStep: index))
      }
    }
  }

  /// All passes, then the lowering, on the compute thread.
  private static func lowered(
    _ graph: Graph, _ parameters: ParameterStore, _ options: Options
  ) throws -> Lowering {
    try OneDNN.open()
    let optimized = try graph.optimized(for: options.precision)
    let (frozenGraph, frozen) = try optimized.freezing(except: options.updated)
    try bind(frozen, parameters, options)
    let fused = try frozenGraph.fusingPointwise()
    let clock = ProgramClock()
    clock.now = (options.seed, 0)
    let lowering = try Lowering(
      fused, parameters: parameters, updated: options.updated, clock: clock)
    try lowering.lowerAll()
    return lowering
  }

  /// Makes sure that the values of frozen nodes are in the store.
  private static func bind(
    _ frozen: [Node], _ parameters: ParameterStore, _ options: Options
  ) throws {
    for node in frozen {
      if let parameter = node.operation as? Parameter {
        let memory = try parameters.memory(of: parameter, freezing: true)
        _ = try parameters.derivation(of: node, key: .value) { memory.buffer }
      }
    }
    let open = frozen.filter { !parameters.hasDerivation(of: $0, key: .value) }
    guard !open.isEmpty else { return }

    // Compiled as if every parameter changed, or freezing would never end.
    let graph = Graph(open.enumerated().map { Graph.Output("\($0.offset)", $0.element) })
    let labels = Set(graph.parameters.map(\.label))
    for parameter in graph.parameters {
      _ = try parameters.memory(of: parameter, freezing: true)
    }
    let clock = ProgramClock()
    let lowering = try Lowering(
      try graph.fusingPointwise(), parameters: parameters, updated: labels, clock: clock)
    try lowering.lowerAll()
    let planner = try MemoryPlanner(lowering)
    for step in lowering.steps {
      for call in try step.prepare(planner.placement) { try call.run() }
    }
    for (index, node) in open.enumerated() {
      guard let (_, value) = lowering.outputValues["\(index)"] else { continue }
      _ = try parameters.derivation(of: node, key: .value) {
        let memory = try AlignedBuffer(byteCount: max(value.byteCount, 4))
        MovementKernels.copyNow(
          sizes: [value.shape.count], to: BufferSlice(memory), strides: [1],
          from: planner.placement.slice(value), strides: [1])
        return memory
      }
    }
  }

  /// The names of the inputs, sorted.
  public var inputNames: [String] { (Array(inputs.keys) + unusedInputs.keys).sorted() }

  /// The names of the outputs, sorted.
  public var outputNames: [String] { outputs.keys.sorted() }

  /// Sets an input for this and later runs.
  ///
  /// - Throws: ``RuntimeError`` if there is no such input, or the shape is another.
  public func set(_ name: String, _ tensor: Tensor) throws(RuntimeError) {
    guard let type = inputs[name]?.type ?? unusedInputs[name] else {
      throw .unknownInput(name: name, nearest: inputNames.nearest(to: name))
    }
    let got = TensorType(tensor.shape, tensor.element)
    guard type == got else { throw .wrongShape(name: name, expected: type, got: got) }
    guard let input = inputs[name] else { return }
    if let indices = input.indices {
      for element in tensor.elements where !indices.contains(Int(element)) {
        throw .indexOutOfRange(name: name, value: Int(element), limit: indices.upperBound + 1)
      }
    }
    let slice = placement.slice(input.value)
    if type.element == .float {
      slice.write(tensor.elements)
    } else {
      slice.writeIndices(tensor.elements)
    }
    _ = missing.withLock { $0.remove(name) }
  }

  /// Sets the number of the next run, which with the seed decides what random nodes draw.
  public func setStep(_ step: Int) {
    clock.now = (clock.now.seed, UInt64(step))
  }

  /// Runs the program once.
  ///
  /// - Parameter checksFinite: Whether to stop at the first value that is NaN or infinite.
  /// - Throws: ``RuntimeError/missingInput(name:)`` if an input was never set,
  ///   ``RuntimeError/nonFinite(node:index:)`` if asked to look, or an error of oneDNN.
  public func run(checksFinite: Bool = false) throws {
    if let name = missing.withLock({ $0.min() }) { throw RuntimeError.missingInput(name: name) }
    try ComputeThread.shared().run {
      memory?.use(by: self)
      if checksFinite { try checkParameters() }
      for step in steps {
        for call in step.calls { try call.run() }
        if checksFinite { try check(step) }
      }
      clock.now = (clock.now.seed, clock.now.step + 1)
    }
  }

  /// Sets inputs, runs, and reads all outputs.
  public func callAsFunction(_ values: [String: Tensor] = [:]) throws -> [String: Tensor] {
    for (name, tensor) in values { try set(name, tensor) }
    try run()
    var results: [String: Tensor] = [:]
    for name in outputNames { results[name] = try output(name) }
    return results
  }

  /// An output of the latest run.
  ///
  /// - Throws: ``RuntimeError/unknownOutput(name:nearest:)``, or ``RuntimeError/lostOutput(name:)`` if
  ///   another program has run in the same ``WorkingMemory`` since.
  public func output(_ name: String) throws(RuntimeError) -> Tensor {
    let (type, slice) = try outputSlice(name)
    let count = type.shape.count
    let elements =
      type.element == .float ? slice.read(count) : slice.readIndices(count).map { Float($0) }
    return Tensor(unchecked: type.shape, elements, type.element)
  }

  /// Where an output lies in memory.
  func outputSlice(_ name: String) throws(RuntimeError) -> (type: TensorType, slice: BufferSlice) {
    guard let (type, value) = outputs[name] else {
      throw .unknownOutput(name: name, nearest: outputNames.nearest(to: name))
    }
    if let memory, !memory.isLeft(by: self) { throw .lostOutput(name: name) }
    return (type, placement.slice(value))
  }

  private func checkParameters() throws(RuntimeError) {
    for parameter in parameters.names {
      let tensor = try parameters.value(parameter)
      if tensor.element == .float, let index = tensor.firstNonFinite {
        throw .nonFinite(node: "The parameter '\(parameter)'", index: index)
      }
    }
  }

  private func check(_ step: Step) throws(RuntimeError) {
    for value in step.writes where value.element == .float {
      let slice = placement.slice(value)
      guard slice.byteCount >= value.byteCount else { continue }
      if let index = slice.firstNonFinite(value.byteCount / 4) {
        throw .nonFinite(
          node: "The value of \(step.node)", index: value.element(at: index) ?? index)
      }
    }
  }
}
