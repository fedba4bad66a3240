import PlumbFiles
import PlumbGraph

/// Builds the graph of a TensorFlow model for an input of some size.
struct GraphDefBuilder {
  /// Why a node cannot be computed, in words that fit after a colon.
  struct Problem: Error {
    let text: String

    init(_ text: String) { self.text = text }
  }

  let file: String
  let rule: ReLUGradientRule
  let batch: Int
  let isTolerant: Bool
  var values: [String: GraphValue]
  var layers = ImportedLayers()
  private(set) var weights: [String: GraphDefWeight] = [:]

  init(
    file: String, rule: ReLUGradientRule, batch: Int, isTolerant: Bool,
    values: [String: GraphValue]
  ) {
    self.file = file
    self.rule = rule
    self.batch = batch
    self.isTolerant = isTolerant
    self.values = values
  }

  /// Computes a node and gives its value its name.
  mutating func add(_ node: GraphDefNode) throws {
    let inputs = node.inputs.compactMap { input in input.output.map { (input.node, $0) } }
    let operands = inputs.map { values[$0.0] ?? .unavailable }
    func failure(_ problem: String) -> VisionModelError {
      let text = problem.hasSuffix(".") ? String(problem.dropLast()) : problem
      return .unsupportedNode(
        file: file, node: "The node '\(node.name)' (\(node.operation))", problem: text)
    }
    var result = GraphValue.unavailable
    if !operands.contains(where: { if case .unavailable = $0 { true } else { false } }) {
      guard let compute = Self.operations[node.operation] else {
        throw failure(
          "the operation '\(node.operation)' is not among those of image classifiers")
      }
      do {
        guard inputs.allSatisfy({ $0.1 == 0 }) else {
          throw Problem("it uses another output than the first of '\(inputs[0].0)'")
        }
        if case .string(let format) = node.attributes["data_format"], format != "NHWC" {
          throw Problem("its data are '\(format)', and only NHWC is known")
        }
        result = try compute(GraphDefOperation(node: node, inputs: operands), &self)
      } catch let error as GraphError {
        guard isTolerant else { throw failure("\(error)") }
      } catch let error as Problem {
        guard isTolerant else { throw failure(error.text) }
      }
    }
    if case .node(let value) = result {
      if node.operation.hasPrefix("Concat") { try addValuesBeforeReLU(node) }
      result = .node(layers.add(value, node.name))
    }
    values[node.name] = result
  }

  /// The branches of a module before their ReLUs, side by side: `mixed4a_pre_relu`, which Lucid
  /// makes up and everybody knows.
  private mutating func addValuesBeforeReLU(_ node: GraphDefNode) throws {
    var branches: [Node] = []
    for input in node.inputs where input.output != nil {
      guard case .node(let value)? = values[input.node] else { continue }
      guard let relu = value.inputs.first, relu.operation is ReLU else { return }
      branches.append(relu.inputs[0])
    }
    if branches.count > 1, layers.isFree("\(node.name)_pre_relu") {
      _ = layers.add(try .concatenated(branches, axis: 1), "\(node.name)_pre_relu")
    }
  }

  /// A value as something that can be computed with, its axes in our order.
  mutating func node(
    _ value: GraphValue, _ order: GraphDefWeight.Order = .same
  ) throws -> Node {
    switch value {
    case .node(let node): return node
    case .parameter(let label, let shape): return .parameter(label, Shape(shape))
    case .weight(let label, let tensor):
      guard order == .same || tensor.shape.count == 4 else {
        throw Problem("its weights have the shape \(tensor.shape)")
      }
      if tensor.count == 1, order == .same {
        return .fill(tensor.floats()[0], Shape(tensor.shape))
      }
      let weight = GraphDefWeight(stored: tensor, order: order)
      weights[label] = weight
      return .parameter(label, Shape(weight.shape))
    case .known(let numbers):
      if let scalar = numbers.scalar { return .fill(scalar, Shape(numbers.shape)) }
      return try .constant(numbers.reals, Shape(numbers.shape))
    case .unavailable: preconditionFailure("nodes with inputs that are not there are not computed")
    }
  }
}

/// A node of a TensorFlow graph with its operands.
struct GraphDefOperation {
  let node: GraphDefNode
  let inputs: [GraphValue]

  func value(_ index: Int) throws -> GraphValue {
    guard index < inputs.count else {
      throw GraphDefBuilder.Problem("its operand \(index) is missing")
    }
    return inputs[index]
  }

  func tensor(
    _ index: Int, _ builder: inout GraphDefBuilder, _ order: GraphDefWeight.Order = .same
  ) throws -> Node {
    try builder.node(value(index), order)
  }

  /// An image, `[batch, channel, height, width]`.
  func image(_ index: Int, _ builder: inout GraphDefBuilder) throws -> Node {
    let x = try tensor(index, &builder)
    guard x.shape.rank == 4 else {
      throw GraphDefBuilder.Problem("its operand \(index) is no image")
    }
    return x
  }

  func integers(_ index: Int) throws -> [Int] {
    guard let integers = try value(index).known?.integers else {
      throw GraphDefBuilder.Problem("its operand \(index) must be constant whole numbers")
    }
    return integers.map(ONNXOperation.limited)
  }

  /// Height and width of an attribute that speaks of all four axes.
  func pair(_ name: String, default value: Int) throws -> [Int] {
    guard case .list(let items) = node.attributes[name] else { return [value, value] }
    let numbers = items.compactMap { item in
      if case .integer(let number) = item { ONNXOperation.limited(number) } else { nil }
    }
    if numbers.isEmpty { return [value, value] }
    guard numbers.count == 4, numbers[0] == 1, numbers[3] == 1, numbers.allSatisfy({ $0 > 0 })
    else { throw GraphDefBuilder.Problem("its attribute '\(name)' is \(numbers)") }
    return [numbers[1], numbers[2]]
  }

  /// Whether windows keep the size, padding as needed.
  func isSame() throws -> Bool {
    guard case .string(let padding) = node.attributes["padding"],
      ["SAME", "VALID"].contains(padding)
    else { throw GraphDefBuilder.Problem("its padding is neither SAME nor VALID") }
    return padding == "SAME"
  }

  func float(_ name: String, default value: Float) -> Float {
    if case .float(let number) = node.attributes[name] { number } else { value }
  }

  func isTrue(_ name: String) -> Bool { node.attributes[name] == .bool(true) }

  /// One of TensorFlow's axes of a value, in our order.
  func axis(_ axis: Int, rank: Int) throws -> Int {
    let positive = axis < 0 ? axis + rank : axis
    guard (0..<rank).contains(positive) else {
      throw GraphDefBuilder.Problem("it has no axis \(axis) of \(rank)")
    }
    return rank == 4 ? [0, 2, 3, 1][positive] : positive
  }
}
