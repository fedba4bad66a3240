import PlumbFiles
import PlumbGraph
import PlumbModels
import PlumbRuntime
import VisionModels

/// What a vision model computes inside, and how that moves a number.
public struct VisionActivations: Sendable {
  /// What is asked.
  public struct Request: Sendable {
    /// Which layers.
    public var hooks: [HookPattern]
    /// What gradients are of: an objective, or `output:K` for one entry of the output; `nil` for no
    /// gradients.
    public var gradientOf: String?
    /// The row of the batch whose objective it is.
    public var row: Int
    /// How gradients pass ReLUs.
    public var rule: ReLUGradientRule

    /// Creates a request.
    public init(
      hooks: [HookPattern], gradientOf: String? = nil, row: Int = 0,
      rule: ReLUGradientRule = .plain
    ) {
      self.hooks = hooks
      self.gradientOf = gradientOf
      self.row = row
      self.rule = rule
    }
  }

  /// What enters a model.
  public enum Input: Sendable {
    /// Images between 0 and 1, `[batch, 3, height, width]`; preprocessing is part of the model.
    case images(Tensor)
    /// What the network itself gets, `[batch, 3, height, width]`.
    case preprocessed(Tensor)

    var tensor: Tensor {
      switch self {
      case .images(let tensor), .preprocessed(let tensor): tensor
      }
    }
  }

  /// Computes the named values of a model, the last one also as `output`, and the gradients that are
  /// asked for: `input.gradient`, and `HOOK.gradient` for every layer.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - input: What enters it.
  ///   - request: What is asked.
  /// - Returns: The values by name.
  /// - Throws: ``VisionActivationError``, `HookError` or ``ObjectiveError`` if the request
  ///   does not fit the model; what compiling or running throws.
  public static func values(
    of model: VisionModel, on input: Input, _ request: Request
  ) throws -> [String: Tensor] {
    let shape = input.tensor.shape
    guard shape.rank == 4, shape[1] == 3, shape.sizes.allSatisfy({ $0 > 0 }) else {
      throw VisionActivationError.wrongInput(model: model.name, shape: shape.sizes)
    }
    let image = Node.input("input", shape)
    let network =
      switch input {
      case .images: try model.network(on: image, rule: request.rule)
      case .preprocessed: try model.network(onPreprocessed: image, rule: request.rule)
      }
    guard let output = network.output ?? network.layers.last?.node else {
      throw VisionActivationError.wrongInput(model: model.name, shape: shape.sizes)
    }
    let names = try HookPattern.names(matching: request.hooks, in: network.layers.map(\.name))
    var outputs = try names.map { Graph.Output($0, try network.layer($0)) }
    outputs.append(.init(HookPattern.result, output))
    if let text = request.gradientOf {
      let loss = try loss(text, of: network, output: output, model, row: request.row)
      let values = try names.map { try network.layer($0) }
      let gradients = try gradient(of: loss, for: [image] + values, through: network)
      outputs.append(.init("input.gradient", gradients[0]))
      for (name, gradient) in zip(names, gradients.dropFirst()) {
        outputs.append(.init("\(name).gradient", gradient))
      }
    }
    let program = try Program(Graph(outputs), parameters: model.parameters)
    return try program(["input": input.tensor])
  }

  /// The number whose gradients are asked for, of one row of the batch.
  private static func loss(
    _ text: String, of network: VisionNetwork, output: Node, _ model: VisionModel, row: Int
  ) throws -> Node {
    let batch = network.input.shape[0]
    guard (0..<batch).contains(row) else {
      throw VisionActivationError.noSuchRow(row: row, count: batch)
    }
    func only(_ node: Node) throws -> Node {
      guard batch > 1, node.shape.rank > 0, node.shape[0] == batch else { return node }
      return try node.sliced(axis: 0, row..<(row + 1))
    }
    if text.hasPrefix("output:") {
      let entries = try only(output)
      guard let entry = Int(text.dropFirst("output:".count)),
        (0..<entries.shape.count).contains(entry)
      else {
        throw VisionActivationError.noSuchEntry(text: text, count: entries.shape.count)
      }
      return try entries.reshaped([entries.shape.count]).sliced(axis: 0, entry..<(entry + 1))
        .reshaped(.scalar)
    }
    let view = VisionNetwork(
      input: try only(network.input),
      layers: try network.layers.map { .init(name: $0.name, node: try only($0.node)) },
      logits: try network.logits.map(only))
    let vocabulary = ObjectiveVocabulary(view, labels: model.labelNames)
    let objective = try Objective(parsing: text, in: vocabulary)
    return try objective.node(on: view, image: view.input, labels: model.labelNames)
  }

  /// Gradients for values, also for those that only name what others hold side by side, such as
  /// `mixed4a_pre_relu`.
  private static func gradient(
    of loss: Node, for values: [Node], through network: VisionNetwork
  ) throws -> [Node] {
    let used = Set(Graph(["loss": loss]).nodes)
    var wanted: [Node] = []
    var parts: [[Node]] = []
    for value in values {
      var inner = value
      while inner.operation is Named, let next = inner.inputs.first { inner = next }
      let isAside = !used.contains(value) && inner.operation is Concatenate
      parts.append(isAside ? inner.inputs : [value])
      wanted += parts[parts.count - 1]
    }
    let gradients = try PlumbGraph.gradient(of: loss, for: wanted)
    var position = 0
    return try zip(values, parts).map { value, parts in
      defer { position += parts.count }
      let own = Array(gradients[position..<(position + parts.count)])
      return parts.count == 1 ? own[0] : try .concatenated(own, axis: 1)
    }
  }
}

/// Why activations could not be computed.
public enum VisionActivationError: Error, Equatable, Sendable {
  /// The input is no batch of images.
  case wrongInput(model: String, shape: [Int])
  /// The batch has no such row.
  case noSuchRow(row: Int, count: Int)
  /// The output has no such entry.
  case noSuchEntry(text: String, count: Int)
  /// The file holds another number of tensors than one.
  case notOneTensor(file: String, names: [String])
}

extension VisionActivationError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try.
  public var description: String {
    switch self {
    case .wrongInput(let model, let shape):
      return "'\(model)' takes images [batch, 3, height, width], but the input has the shape"
        + " \(shape)."
    case .noSuchRow(let row, let count):
      return "The batch has the rows 0 to \(count - 1), but not \(row)."
    case .noSuchEntry(let text, let count):
      return "'\(text)' names no entry of the output; use output:0 to output:\(count - 1)."
    case .notOneTensor(let file, let names):
      let list = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", ..." : "")
      return "\(file) holds \(names.count) tensors\(names.isEmpty ? "" : " (\(list))");"
        + " an input file must hold one alone."
    }
  }
}
