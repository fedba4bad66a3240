import FeatureVisualization
import PlumbGraph
import PlumbKernels
import PlumbRuntime
import VisionModels

/// The cases that `plumb benchmark` runs: this machine's limits, and how near our work comes.
public struct BenchmarkSuite: Sendable {
  /// How long each case is measured, in seconds.
  public var seconds: Double

  /// Creates a suite.
  public init(seconds: Double = 2) { self.seconds = seconds }

  /// The names of all cases in the order in which they run.
  public static let names =
    [
      "machine/conv", "machine/matmul", "machine/memory", "inceptionv1/logits",
      "inceptionv1/mixed4a", "visualize/pixels-logit", "visualize/fourier-logit",
      "visualize/fourier-mixed4a", "examples/forward", "examples/scan", "train/convnet",
      "train/inception-tiny", "train/transformer", "train/plumb-gpt", "adam",
    ] + DecodingCases.names

  /// Runs cases in order, limits first.
  ///
  /// - Parameters:
  ///   - names: The cases; all if `nil`.
  ///   - report: Called with each measurement as soon as it is there.
  /// - Throws: An error of the engine.
  public func run(_ names: [String]? = nil, _ report: (BenchmarkResult) -> Void) throws {
    let threads = try ComputeThread.shared().threadCount
    var limits: [String: Double] = [:]
    for name in names ?? Self.names {
      let parts = name.split(separator: "/")
      if parts.count == 3, let kind = DecodingCases.Kind(rawValue: String(parts[1])),
        let precision = WeightPrecision(rawValue: String(parts[2]))
      {
        let (milliseconds, work, isMemory) = try DecodingCases.measure(
          kind, precision, seconds: seconds)
        let rate = work / max(milliseconds, 1e-6) / 1e6
        let limit = limits[isMemory ? "machine/memory" : "machine/matmul"]
        report(
          BenchmarkResult(
            name: name, precision: precision.rawValue, threads: threads,
            milliseconds: milliseconds, gflops: isMemory ? nil : rate,
            gigabytesPerSecond: isMemory ? rate : nil, shareOfLimit: limit.map { rate / $0 }))
        continue
      }
      var (milliseconds, work, limit) = try measure(name)
      milliseconds = max(milliseconds, 1e-6)
      let rate = work / milliseconds / 1e6
      limits[name] = rate
      let isMemory = name == "machine/memory" || name == "adam"
      report(
        BenchmarkResult(
          name: name, precision: "fp32", threads: threads, milliseconds: milliseconds,
          gflops: isMemory || work == 0 ? nil : rate, gigabytesPerSecond: isMemory ? rate : nil,
          shareOfLimit: limit.flatMap { limits[$0] }.map { rate / $0 }))
    }
  }

  /// Milliseconds, work (operations or bytes) and the limit to compare with.
  private func measure(_ name: String) throws -> (Double, Double, String?) {
    if let (graph, inputs, limit) = try Self.trained(name) {
      return try training(graph, inputs, limit)
    }
    return switch name {
    case "machine/conv": try (largeConvolution())
    case "machine/matmul": try (largeProduct())
    case "machine/memory": try (memoryRead())
    case "inceptionv1/logits": try inception(to: nil)
    case "inceptionv1/mixed4a": try inception(to: "mixed4a")
    case "visualize/pixels-logit": try visualization(.classScore(488), .pixels, .none)
    case "visualize/fourier-logit": try visualization(.classScore(488), .fourier(), .lucid)
    case "visualize/fourier-mixed4a":
      try visualization(.channel("mixed4a", 476), .fourier(), .lucid)
    case "examples/forward":
      try scanning(isWhole: false)
    case "examples/scan": try scanning(isWhole: true)
    default: try adam()
    }
  }

  /// The graph and inputs of a training case, and the limit to compare with.
  private static func trained(
    _ name: String
  ) throws -> (graph: Graph, inputs: [String: Tensor], limit: String)? {
    switch name {
    case "train/convnet":
      (try SmallConvnet.graph(), try SmallConvnet.inputs(), "machine/conv")
    case "train/inception-tiny":
      (try InceptionTinyTraining.graph(), try InceptionTinyTraining.inputs(), "machine/conv")
    case "train/transformer":
      (try SmallTransformer.graph(), try SmallTransformer.inputs(), "machine/matmul")
    case "train/plumb-gpt":
      (try PlumbGPTTraining.graph(), try PlumbGPTTraining.inputs(), "machine/matmul")
    default: nil
    }
  }

  /// The cases that are one program, whose steps ``explanation(of:)`` shows.
  public static let explainedNames = names.filter {
    $0.hasPrefix("inceptionv1/") || $0.hasPrefix("train/")
  }

  /// A table of the steps of a case's program, each with the fastest of five runs.
  ///
  /// - Parameter name: One of ``explainedNames``.
  /// - Returns: The table; `nil` for other cases.
  /// - Throws: An error of the engine.
  public static func explanation(of name: String) throws -> String? {
    if let (graph, inputs, _) = try trained(name) {
      let trainer = try trainer(graph)
      _ = try trainer.step(inputs)
      return try trainer.program.explanation(measuring: 5)
    }
    guard explainedNames.contains(name) else { return nil }
    let layer = name == "inceptionv1/mixed4a" ? "mixed4a" : nil
    return try inceptionProgram(to: layer).0.explanation(measuring: 5)
  }

  // MARK: Limits

  /// Measures oneDNN's convolution by the definition, of activations in blocked layout.
  ///
  /// It says what the processor can do where no multiplication is saved; convolutions by minimal
  /// filtering may come out above it.
  private func largeConvolution() throws -> (Double, Double, String?) {
    let (image, kernel) = ([1, 256, 56, 56], [256, 256, 3, 3])
    let block = try MemoryDescriptor(
      shape: image, layout: .blocked(OneDNN.channelBlock))
    let primitive = try Primitive.convolutionForward(
      source: block, weights: MemoryDescriptor(shape: kernel, layout: .any), destination: block,
      window: .init(paddingBefore: [1, 1]))
    var memory: [Primitive.Argument: any MemoryOwner] = [:]
    for (argument, seed) in [(Primitive.Argument.source, 1), (.weights, 2), (.destination, 3)] {
      let descriptor = primitive.required(argument)
      let buffer = try AlignedBuffer(for: descriptor)
      try buffer.copy(randomTensor([descriptor.byteCount / 4], seed: UInt64(seed)).elements)
      memory[argument] = buffer
    }
    let call = try PrimitiveCall(primitive, memory)
    let milliseconds = try medianMilliseconds(seconds: seconds) {
      try ComputeThread.shared().run { try call.execute() }
    }
    return (milliseconds, 2 * Double(56 * 56 * 256 * 256 * 9), nil)
  }

  private func largeProduct() throws -> (Double, Double, String?) {
    let x = Node.input("x", [1024, 1024])
    let graph = Graph(["y": try x.matrixProduct(.parameter("w", [1024, 1024]))])
    let program = try Program(graph, parameters: randomParameters(graph, seed: 1))
    try program.set("x", randomTensor(x.shape, seed: 2))
    return (
      try medianMilliseconds(seconds: seconds) { try program.run() },
      graph.floatingPointOperations, nil
    )
  }

  private func memoryRead() throws -> (Double, Double, String?) {
    let bytes = 256 << 20
    let buffer = BufferSlice(try AlignedBuffer(byteCount: bytes, zeroed: true, hugePages: true))
    let milliseconds = try medianMilliseconds(seconds: seconds) {
      _ = try ComputeThread.shared().run { DecodingKernels.readMemory(buffer) }
    }
    return (milliseconds, Double(bytes), nil)
  }

  // MARK: Networks

  private func inception(to layer: String?) throws -> (Double, Double, String?) {
    let (program, operations) = try Self.inceptionProgram(to: layer)
    return (
      try medianMilliseconds(seconds: seconds) { try program.run() }, operations, "machine/conv"
    )
  }

  /// InceptionV1 forward and the gradient for its input, and the operations that it counts.
  private static func inceptionProgram(to layer: String?) throws -> (Program, Double) {
    let network = try InceptionV1().network(
      on: .input("image", .images(batch: 1, channels: 3, height: 224, width: 224)))
    let objective: Node
    if let layer {
      objective = try network.layer(layer).mean()
    } else if let logits = network.logits {
      objective = try logits.sliced(axis: 1, 100..<101).sum()
    } else {
      preconditionFailure("InceptionV1 has class scores at 224 x 224")
    }
    let gradients = try gradient(of: objective, for: [network.input])
    let graph = Graph(["objective": objective, "gradient": gradients[0]])
    let program = try Program(graph, parameters: randomParameters(graph, seed: 1))
    try program.set("image", randomTensor(network.input.shape, seed: 2))
    return (program, try graph.withoutNames().simplified().floatingPointOperations)
  }

  /// One step of a visualization at 224 x 224 pixels, parameterization, transforms and Adam included.
  private func visualization(
    _ objective: Objective, _ basis: Parameterization.Basis, _ transforms: [Transform]
  ) throws -> (Double, Double, String?) {
    let network = try InceptionV1().network(
      on: .input("image", .images(batch: 1, channels: 3, height: 224, width: 224)))
    let parameters = try randomParameters(
      Graph(network.layers.map { Graph.Output($0.name, $0.node) }), seed: 1)
    let recipe = VisualizationRecipe(
      objective, parameterization: Parameterization(basis, height: 224, width: 224),
      transforms: transforms, steps: .max, redirectedReLU: .off)
    let run = try VisualizationRun(recipe, on: .inceptionV1(parameters: parameters))
    // Until every size that the transforms lead to has been compiled, most likely.
    for _ in 0..<(transforms.isEmpty ? 3 : 50) { try run.step() }
    return (try medianMilliseconds(seconds: seconds) { try run.step() }, 0, nil)
  }

  /// A scan for examples, or its forward pass alone.
  private func scanning(isWhole: Bool) throws -> (Double, Double, String?) {
    let operations =
      try ScanningCases.forwardGraph().withoutNames().simplified().floatingPointOperations
    return isWhole
      ? (try ScanningCases.scan(), operations, "examples/forward")
      : (try ScanningCases.forward(seconds: seconds), operations, "machine/conv")
  }

  private func training(
    _ graph: Graph, _ inputs: [String: Tensor], _ limit: String
  ) throws -> (Double, Double, String?) {
    let trainer = try Self.trainer(graph)
    let milliseconds = try medianMilliseconds(seconds: seconds) { _ = try trainer.step(inputs) }
    return (milliseconds, trainer.floatingPointOperations, limit)
  }

  private static func trainer(_ graph: Graph) throws -> Trainer {
    try Trainer(
      graph, parameters: randomParameters(graph, seed: 1),
      options: .init(optimizer: .adamW(weightDecay: 0.01), schedule: .constant(1e-3)))
  }

  private func adam() throws -> (Double, Double, String?) {
    let count = 10_000_000
    let buffers = try (0..<4).map { _ in
      BufferSlice(try AlignedBuffer(byteCount: count * 4, zeroed: true))
    }
    let settings = OptimizerKernels.AdamW(
      learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01,
      gradientScale: 1, step: 1)
    let milliseconds = try medianMilliseconds(seconds: seconds) {
      try ComputeThread.shared().run {
        OptimizerKernels.adamW(
          settings, parameters: buffers[0], firstMoment: buffers[1], secondMoment: buffers[2],
          gradient: buffers[3], count: count)
      }
    }
    // Four arrays are read, three written.
    return (milliseconds, Double(count) * 4 * 7, "machine/memory")
  }
}

/// Parameters of a graph, filled with normal numbers of variance 2 / fan-in; vectors are zeros.
func randomParameters(_ graph: Graph, seed: UInt64) throws -> ParameterStore {
  let store = ParameterStore()
  for parameter in graph.parameters where !store.names.contains(parameter.label) {
    let shape = parameter.type.shape
    let fanIn = shape.rank > 1 ? shape.count / shape[0] : 1
    var stream = RandomStream(seed: seed, name: parameter.label)
    let scale = shape.rank > 1 ? (2 / Float(fanIn)).squareRoot() : 0
    let offset: Float = parameter.label.hasSuffix("gamma") ? 1 : 0
    try store.set(
      parameter.label, Tensor(shape, stream.normal(shape.count).map { $0 * scale + offset }))
  }
  return store
}

func randomTensor(_ shape: Shape, seed: UInt64) throws -> Tensor {
  var stream = RandomStream(seed: seed, name: "input")
  return try Tensor(shape, stream.uniform(shape.count))
}
