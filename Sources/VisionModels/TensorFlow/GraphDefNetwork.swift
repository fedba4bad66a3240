import Foundation
import PlumbFiles
import PlumbGraph
import PlumbModels
import PlumbRuntime

/// A classifier of images from a frozen TensorFlow graph, such as the published InceptionV1.
///
/// Layers have the names of the nodes. TensorFlow's images have their channels last; here they come
/// before height and width, and weights are turned to fit.
struct GraphDefNetwork: ImportedNetwork {
  let inputSize: [Int]
  let knownInput: InputDescription?
  let knownLabels: String?
  let classCount: Int
  let parameters: ParameterStore
  private(set) var needsItsSize = false

  private let path: String
  private let inputName: String
  private let outputName: String
  /// The nodes that the output needs, each behind those it uses.
  private let nodes: [GraphDefNode]
  private var values: [String: GraphValue]

  /// Reads a file.
  ///
  /// - Throws: `GraphDefError` if the file is damaged, ``VisionModelError`` if it is no
  ///   classifier of images or computes something that is not known.
  init(path: String) throws {
    try self.init(GraphDef(path: path))
  }

  init(_ graph: GraphDef) throws {
    path = graph.path
    // A graph does not say what its result is: the last value that nothing else uses.
    let used = Set(graph.nodes.flatMap { $0.inputs.map(\.node) })
    guard let output = graph.nodes.last(where: { !used.contains($0.name) && $0.constant == nil })
    else { throw VisionModelError.unsuitableGraph(file: graph.path, problem: "it has no output") }
    outputName = output.name
    nodes = try Self.sorted(graph, from: output)
    let inputs = nodes.filter { $0.operation.hasPrefix("Placeholder") }
    guard inputs.count == 1, let input = inputs.first else {
      throw VisionModelError.unsuitableGraph(
        file: graph.path,
        problem: inputs.isEmpty
          ? "its output '\(output.name)' depends on no placeholder"
          : "it has \(inputs.count) inputs, \(inputs.map(\.name).joined(separator: ", "))")
    }
    inputName = input.name
    // The published InceptionV1 is known by its first weights and its three heads.
    let isInception =
      graph.node(named: "softmax2_pre_activation") != nil && graph.node(named: "conv2d0") != nil
    knownInput = isInception ? .inceptionV1 : nil
    knownLabels = isInception ? "inception5h" : nil
    inputSize = try Self.size(of: input, file: graph.path) ?? [224, 224]
    values = [:]
    for node in nodes {
      if let constant = node.constant {
        values[node.name] =
          constant.type.isFloatingPoint
          ? .weight(label: node.name, constant) : .known(KnownNumbers(constant))
      }
    }
    parameters = ParameterStore()

    let x = Node.input(
      "image", .images(batch: 1, channels: 3, height: inputSize[0], width: inputSize[1]))
    let (network, weights) = try Self.build(
      on: x, rule: .plain, file: path, inputName: inputName, outputName: outputName, nodes: nodes,
      values: values, isTolerant: false)
    guard let logits = network.logits else {
      throw VisionModelError.unsuitableGraph(
        file: path,
        problem: "its output '\(outputName)' has the shape"
          + " \(network.output.map { "\($0.shape.sizes)" } ?? "of a constant"), not one score per class"
      )
    }
    classCount = logits.shape[1]
    for (label, weight) in weights {
      try parameters.set(label, weight.tensor())
      values[label] = .parameter(label: label, shape: weight.shape)
    }
    needsItsSize = try lacksScores(at: inputSize)
  }

  /// Height and width that a placeholder notes, if it does.
  private static func size(of input: GraphDefNode, file: String) throws(VisionModelError) -> [Int]?
  {
    guard case .shape(let noted?) = input.attributes["shape"], !noted.isEmpty else { return nil }
    guard noted.count == 4, noted[3] == nil || noted[3] == 3 else {
      throw .unsuitableGraph(
        file: file, problem: "its input '\(input.name)' is not [batch, height, width, 3]")
    }
    guard let height = noted[1], let width = noted[2], height > 0, width > 0 else { return nil }
    guard max(height, width) <= InputDescription.largestSide else {
      throw .unsuitableGraph(
        file: file, problem: "its input '\(input.name)' has \(height) x \(width) pixels")
    }
    return [height, width]
  }

  /// Everything that a node needs, each node behind those it uses.
  private static func sorted(
    _ graph: GraphDef, from output: GraphDefNode
  ) throws(VisionModelError) -> [GraphDefNode] {
    var order: [GraphDefNode] = []
    var isDone: [String: Bool] = [:]
    var stack: [(node: GraphDefNode, next: Int)] = [(output, 0)]
    isDone[output.name] = false
    while let (node, next) = stack.last {
      let inputs = node.inputs.filter { $0.output != nil }
      guard next < inputs.count else {
        order.append(node)
        isDone[node.name] = true
        stack.removeLast()
        continue
      }
      stack[stack.count - 1].next += 1
      let name = inputs[next].node
      guard let input = graph.node(named: name) else {
        throw .unsupportedNode(
          file: graph.path, node: "The node '\(node.name)' (\(node.operation))",
          problem: "its input '\(name)' is not there")
      }
      switch isDone[name] {
      case true?: continue
      case false?:
        throw .unsupportedNode(
          file: graph.path, node: "The node '\(name)' (\(input.operation))",
          problem: "it needs its own result")
      case nil:
        isDone[name] = false
        stack.append((input, 0))
      }
    }
    return order
  }

  func network(on x: Node, rule: ReLUGradientRule) throws -> VisionNetwork {
    try Self.build(
      on: x, rule: rule, file: path, inputName: inputName, outputName: outputName, nodes: nodes,
      values: values, isTolerant: true
    ).network
  }

  private static func build(
    on x: Node, rule: ReLUGradientRule, file: String, inputName: String, outputName: String,
    nodes: [GraphDefNode], values: [String: GraphValue], isTolerant: Bool
  ) throws -> (network: VisionNetwork, weights: [String: GraphDefWeight]) {
    guard x.shape.rank == 4, x.shape[1] == 3 else {
      throw GraphError.mismatch(
        operation: "the network", requirement: "an input [batch, 3, height, width]",
        got: "\(x.type)")
    }
    var builder = GraphDefBuilder(
      file: file, rule: rule, batch: x.shape[0], isTolerant: isTolerant, values: values)
    builder.values[inputName] = .node(x)
    for node in nodes where node.name != inputName && node.constant == nil {
      try builder.add(node)
    }
    func node(_ name: String?) -> Node? {
      if case .node(let node)? = name.flatMap({ builder.values[$0] }) { node } else { nil }
    }
    // Behind the scores there may be a softmax, which hides what speaks against a class.
    var name = outputName
    let byName = Dictionary(nodes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    while let next = byName[name], ["Identity", "Softmax"].contains(next.operation),
      let input = next.inputs.first?.node
    {
      name = input
    }
    let network = VisionNetwork(
      input: x, layers: builder.layers.layers,
      logits: try node(name).flatMap { try $0.classScores(batch: x.shape[0]) },
      output: node(outputName))
    return (network, builder.weights)
  }
}
