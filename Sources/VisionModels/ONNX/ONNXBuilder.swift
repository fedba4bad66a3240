import PlumbFiles
import PlumbGraph

/// Builds the graph of an ONNX model for an input of some size.
struct ONNXBuilder {
  /// The path of the file, for messages.
  let file: String
  /// The version of the operators.
  let version: Int
  /// How gradients pass ReLUs.
  let rule: ReLUGradientRule
  /// The batch size that the file was written for, where it is fixed.
  let declaredBatch: Int?
  /// The batch size that is built.
  let batch: Int
  /// Whether a value that does not fit this size of input is left out, and not an error.
  let isTolerant: Bool

  /// The values by name.
  var values: [String: GraphValue]
  /// The layers so far.
  var layers = ImportedLayers()
  /// The weights that were computed with, by the labels of their parameters.
  private(set) var weights: [String: StoredTensor] = [:]

  init(
    file: String, version: Int, rule: ReLUGradientRule, declaredBatch: Int?, batch: Int,
    isTolerant: Bool, values: [String: GraphValue]
  ) {
    self.file = file
    self.version = version
    self.rule = rule
    self.declaredBatch = declaredBatch
    self.batch = batch
    self.isTolerant = isTolerant
    self.values = values
  }

  /// Computes the outputs of a node and gives them their names.
  mutating func add(_ node: ONNXNode, names: [String]) throws {
    let inputs = node.inputs.map { name -> GraphValue? in name.isEmpty ? nil : values[name] }
    for (name, value) in zip(node.inputs, inputs) where !name.isEmpty && value == nil {
      throw failure(node, "its input '\(name)' is not there")
    }
    var results: [GraphValue]
    if inputs.contains(where: { if case .unavailable? = $0 { true } else { false } }) {
      results = []
    } else {
      guard node.domain.isEmpty, let compute = Self.operators[node.operation] else {
        let set = node.domain.isEmpty ? "" : " of '\(node.domain)'"
        throw failure(
          node, "the operator '\(node.operation)'\(set) is not among those of image classifiers")
      }
      do {
        results = try compute(ONNXOperation(node, inputs: inputs), &self)
      } catch let error as GraphError {
        guard isTolerant else { throw failure(node, "\(error)") }
        results = []
      } catch let error as ONNXOperation.Problem {
        guard isTolerant else { throw failure(node, error.text) }
        results = []
      }
    }
    if case .node(let value)? = results.first {
      do {
        try ONNXOperation.check(size: value.shape.sizes)
      } catch {
        throw failure(node, "its result would have the shape \(value.shape)")
      }
    }
    while results.count < max(node.outputs.count, 1) { results.append(.unavailable) }
    if case .node(var value) = results[0] {
      for name in names { value = layers.add(value, name) }
      results[0] = .node(value)
    }
    for (name, value) in zip(node.outputs, results) where !name.isEmpty { values[name] = value }
  }

  private func failure(_ node: ONNXNode, _ problem: String) -> VisionModelError {
    let name = node.name.isEmpty ? node.outputs.first ?? "" : node.name
    let text = problem.hasSuffix(".") ? String(problem.dropLast()) : problem
    return .unsupportedNode(
      file: file, node: "The node '\(name)' (\(node.operation))", problem: text)
  }

  /// A value as something that can be computed with.
  mutating func node(_ value: GraphValue) -> Node {
    switch value {
    case .node(let node): return node
    case .parameter(let label, let shape): return .parameter(label, Shape(shape))
    case .weight(let label, let tensor):
      // A single number is cheaper inside the graph.
      if tensor.count == 1 { return .fill(tensor.floats()[0], Shape(tensor.shape)) }
      weights[label] = tensor
      return .parameter(label, Shape(tensor.shape))
    case .known(let numbers):
      if let scalar = numbers.scalar { return .fill(scalar, Shape(numbers.shape)) }
      // The count is the shape's.
      return (try? .constant(numbers.reals, Shape(numbers.shape))) ?? .fill(0)
    case .unavailable: preconditionFailure("nodes with inputs that are not there are not computed")
    }
  }
}

/// A node of an ONNX graph with its operands.
struct ONNXOperation {
  /// Why an operation cannot be computed, in words that fit after a colon.
  struct Problem: Error {
    let text: String

    init(_ text: String) { self.text = text }
  }

  let node: ONNXNode
  let inputs: [GraphValue?]

  init(_ node: ONNXNode, inputs: [GraphValue?]) {
    self.node = node
    self.inputs = inputs
  }

  /// Whether an operand is given.
  func has(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

  /// An operand that must be there.
  func value(_ index: Int) throws -> GraphValue {
    guard index < inputs.count, let value = inputs[index] else {
      throw Problem("its operand \(index) is missing")
    }
    return value
  }

  /// An operand to compute with.
  func tensor(_ index: Int, _ builder: inout ONNXBuilder) throws -> Node {
    builder.node(try value(index))
  }

  /// An operand to compute with, if it is given.
  func optionalTensor(_ index: Int, _ builder: inout ONNXBuilder) throws -> Node? {
    has(index) ? try tensor(index, &builder) : nil
  }

  /// An operand that must be known while the graph is built, if it is given.
  func known(_ index: Int) throws -> KnownNumbers? {
    guard has(index) else { return nil }
    guard let numbers = try value(index).known else {
      throw Problem("its operand \(index) depends on the input, but must be known beforehand")
    }
    return numbers
  }

  /// Whole numbers that are an attribute in old versions and an operand in new ones.
  func integers(_ name: String, orOperand index: Int) throws -> [Int]? {
    if node.attributes[name] != nil { return try integers(name) }
    guard let numbers = try known(index) else { return nil }
    guard let integers = numbers.integers else {
      throw Problem("its operand \(index) must be whole numbers")
    }
    return integers.map(Self.limited)
  }

  /// A number that sums and products of a few do not overflow with; "to the end" is written as the
  /// largest of all.
  static func limited(_ value: Int) -> Int { min(max(value, -(1 << 24)), 1 << 24) }

  /// Makes sure that a result is of a size that can be computed.
  static func check(size sizes: [Int]) throws {
    let count = sizes.reduce(1.0) { $0 * Double($1) }
    guard count <= Double(1 << 31) else {
      throw Problem("its result would have \(count) elements")
    }
  }

  // MARK: Attributes

  func integers(_ name: String) throws -> [Int]? {
    switch node.attributes[name] {
    case nil: return nil
    case .integers(let values): return values.map(Self.limited)
    case .integer(let value): return [Self.limited(value)]
    default: throw Problem("its attribute '\(name)' must be whole numbers")
    }
  }

  func integer(_ name: String, default value: Int) throws -> Int {
    switch node.attributes[name] {
    case nil: return value
    case .integer(let value): return Self.limited(value)
    default: throw Problem("its attribute '\(name)' must be a whole number")
    }
  }

  func float(_ name: String, default value: Float) throws -> Float {
    switch node.attributes[name] {
    case nil: return value
    case .float(let value): return value
    case .integer(let value): return Float(value)
    default: throw Problem("its attribute '\(name)' must be a number")
    }
  }

  func string(_ name: String, default value: String) throws -> String {
    switch node.attributes[name] {
    case nil: return value
    case .string(let value): return value
    default: throw Problem("its attribute '\(name)' must be a text")
    }
  }

  /// An axis, counted from the end if it is negative.
  func axis(_ axis: Int, rank: Int) throws -> Int {
    let positive = axis < 0 ? axis + rank : axis
    guard (0..<max(rank, 1)).contains(positive) else {
      throw Problem("it has no axis \(axis) of \(rank)")
    }
    return positive
  }

  /// As many whole numbers as needed.
  func pair(_ name: String, default value: Int, count: Int = 2) throws -> [Int] {
    guard let values = try integers(name) else { return Array(repeating: value, count: count) }
    guard values.count == count else {
      throw Problem("its attribute '\(name)' has \(values.count) numbers, not \(count)")
    }
    return values
  }
}

extension ONNXBuilder {
  /// How an operator computes its outputs.
  typealias Compute = @Sendable (ONNXOperation, inout ONNXBuilder) throws -> [GraphValue]

  /// All operators by name.
  static let operators: [String: Compute] = [
    convolutionOperators, poolingOperators, pointwiseOperators, normalizationOperators,
    matrixOperators, shapeOperators, selectionOperators, resizingOperators,
  ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }
}
