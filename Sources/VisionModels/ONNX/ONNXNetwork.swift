import Foundation
import PlumbFiles
import PlumbGraph
import PlumbModels
import PlumbRuntime

/// A classifier of images from an ONNX file.
///
/// The graph is built anew for every size of input, so shapes that the file computes follow it.
/// Values that cannot be had at another size than the file's own are left out.
struct ONNXNetwork: ImportedNetwork {
  let inputSize: [Int]
  let classCount: Int
  let parameters: ParameterStore
  private(set) var needsItsSize = false

  var knownInput: InputDescription? { nil }
  var knownLabels: String? { nil }

  /// The path of the file.
  private let path: String
  private let version: Int
  private let declaredBatch: Int?
  /// Whether the file wants `[batch, height, width, channel]`.
  private let isChannelLast: Bool
  private let inputName: String
  private let outputName: String
  /// The nodes that the output needs, with the names of their values.
  private let nodes: [(node: ONNXNode, names: [String])]
  /// The file's tensors; those that are parameters without their numbers.
  private var values: [String: GraphValue]

  /// The versions of the operators that are read.
  static let versions = 9...21

  /// Reads a file.
  ///
  /// - Throws: `ONNXError` if the file is damaged, ``VisionModelError`` if it is no
  ///   classifier of images or computes something that is not known.
  init(path: String) throws {
    try self.init(ONNXModel(path: path))
  }

  init(_ model: ONNXModel) throws {
    path = model.path
    let file = model.path
    version = model.operatorSets[""] ?? 0
    guard Self.versions.contains(version) else {
      throw VisionModelError.unsuitableGraph(
        file: file,
        problem: "its operators are of version \(version), but versions"
          + " \(Self.versions.lowerBound) to \(Self.versions.upperBound) are read;"
          + " export it again with another opset_version")
    }
    guard let output = model.outputs.first else {
      throw VisionModelError.unsuitableGraph(file: file, problem: "it has no output")
    }
    outputName = output.name
    let needed = Self.needed(model)
    let names = ONNXLayerNames(model).names
    nodes = model.nodes.indices.filter { needed.nodes.contains($0) }
      .map { (model.nodes[$0], names[$0]) }

    let inputs = model.inputs.filter { needed.values.contains($0.name) }
    guard inputs.count == 1, let input = inputs.first else {
      throw VisionModelError.unsuitableGraph(
        file: file,
        problem: inputs.isEmpty
          ? "its output depends on no input"
          : "it has \(inputs.count) inputs, \(inputs.map(\.name).joined(separator: ", "))")
    }
    inputName = input.name
    let layout = try Self.layout(input, file: file)
    inputSize = layout.size
    isChannelLast = layout.isChannelLast
    declaredBatch = layout.batch
    values = model.initializers.reduce(into: [:]) { values, tensor in
      values[tensor.key] =
        tensor.value.type.isFloatingPoint
        ? .weight(label: tensor.key, tensor.value) : .known(KnownNumbers(tensor.value))
    }
    parameters = ParameterStore()

    // Built once as the file has it, which finds whatever is wrong, and the weights it needs.
    let x = Node.input(
      "image",
      .images(batch: declaredBatch ?? 1, channels: 3, height: inputSize[0], width: inputSize[1]))
    let (network, weights) = try Self.build(
      on: x, rule: .plain, file: file, version: version, declaredBatch: declaredBatch,
      isChannelLast: isChannelLast, inputName: inputName, outputName: outputName, nodes: nodes,
      values: values, isTolerant: false)
    guard let logits = network.logits else {
      throw VisionModelError.unsuitableGraph(
        file: file,
        problem: "its output '\(outputName)' has the shape"
          + " \(network.output.map { "\($0.shape.sizes)" } ?? "of a constant"), not one score per class"
      )
    }
    classCount = logits.shape[1]
    for (label, tensor) in weights {
      let shape = Shape(tensor.shape)
      try parameters.set(label, try Tensor(shape, tensor.floats()))
      // Their numbers are in the store now; the file's bytes can go.
      values[label] = .parameter(label: label, shape: tensor.shape)
    }
    needsItsSize = try lacksScores(at: inputSize)
  }

  /// Everything that the first output is computed from.
  private static func needed(_ model: ONNXModel) -> (nodes: Set<Int>, values: Set<String>) {
    var values = Set(model.outputs.prefix(1).map(\.name))
    var nodes: Set<Int> = []
    for index in model.nodes.indices.reversed() {
      let node = model.nodes[index]
      guard node.outputs.contains(where: { values.contains($0) }) else { continue }
      nodes.insert(index)
      values.formUnion(node.inputs)
    }
    return (nodes, values)
  }

  /// What an input's shape says about images.
  private static func layout(
    _ input: ONNXValue, file: String
  ) throws(VisionModelError) -> (size: [Int], batch: Int?, isChannelLast: Bool) {
    func fixed(_ axis: Int) -> Int? {
      if case .fixed(let size)? = input.shape?[axis], size > 0 { size } else { nil }
    }
    if let shape = input.shape, shape.count != 4 {
      throw .unsuitableGraph(
        file: file, problem: "its input '\(input.name)' has \(shape.count) axes, not 4")
    }
    guard input.shape != nil else { return ([224, 224], nil, false) }
    let isChannelLast = fixed(1) != 3 && fixed(3) == 3
    let channels = isChannelLast ? fixed(3) : fixed(1)
    guard channels == nil || channels == 3 else {
      throw .unsuitableGraph(
        file: file,
        problem: "its input '\(input.name)' has \(channels ?? 0) channels, not the 3 of colors")
    }
    let first = isChannelLast ? 1 : 2
    for axis in [0, first, first + 1] where fixed(axis) ?? 1 > InputDescription.largestSide {
      throw .unsuitableGraph(
        file: file, problem: "its input '\(input.name)' has an axis of \(fixed(axis) ?? 0)")
    }
    return ([fixed(first) ?? 224, fixed(first + 1) ?? 224], fixed(0), isChannelLast)
  }

  func network(on x: Node, rule: ReLUGradientRule) throws -> VisionNetwork {
    try Self.build(
      on: x, rule: rule, file: path, version: version, declaredBatch: declaredBatch,
      isChannelLast: isChannelLast, inputName: inputName, outputName: outputName, nodes: nodes,
      values: values, isTolerant: true
    ).network
  }

  private static func build(
    on x: Node, rule: ReLUGradientRule, file: String, version: Int, declaredBatch: Int?,
    isChannelLast: Bool, inputName: String, outputName: String,
    nodes: [(node: ONNXNode, names: [String])], values: [String: GraphValue], isTolerant: Bool
  ) throws -> (network: VisionNetwork, weights: [String: StoredTensor]) {
    guard x.shape.rank == 4, x.shape[1] == 3 else {
      throw GraphError.mismatch(
        operation: "the network", requirement: "an input [batch, 3, height, width]",
        got: "\(x.type)")
    }
    var builder = ONNXBuilder(
      file: file, version: version, rule: rule, declaredBatch: declaredBatch, batch: x.shape[0],
      isTolerant: isTolerant, values: values)
    builder.values[inputName] = .node(isChannelLast ? try x.transposed([0, 2, 3, 1]) : x)
    var softmaxInput: GraphValue?
    for (node, names) in nodes {
      if ["Softmax", "LogSoftmax"].contains(node.operation), node.outputs.first == outputName {
        softmaxInput = node.inputs.first.flatMap { builder.values[$0] }
      }
      try builder.add(node, names: names)
    }
    var output: Node?
    if case .node(let node)? = builder.values[outputName] { output = node }
    var scores = output
    // The softmax itself is no score: it hides what speaks against a class.
    if case .node(let node)? = softmaxInput { scores = node }
    let network = VisionNetwork(
      input: x, layers: builder.layers.layers,
      logits: try scores.flatMap { try $0.classScores(batch: x.shape[0]) },
      output: output)
    return (network, builder.weights)
  }
}
