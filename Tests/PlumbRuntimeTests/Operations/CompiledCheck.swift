import GraphReference
import PlumbGraph
import Testing

@testable import PlumbRuntime

/// Compiles a graph, runs it, and compares every output with the slow reference.
///
/// All memory of the program holds NaN before the first run, so that whoever reads what nobody has
/// written is found out; the second run finds what the first one left there and must give the same
/// bytes.
///
/// - Parameters:
///   - graph: What is computed.
///   - inputs: Values by name; the reference gets them as 32-bit floats too.
///   - parameters: Values by name.
///   - updated: The parameters that count as changing between runs; the others are frozen.
///   - tolerance: The largest difference, in units of the output's largest element or of 0.1 if that
///     is larger. Sums of up to a few hundred 32-bit products in another order differ by about
///     1e-6 of their terms; the rest is room for terms that cancel.
///   - sourceLocation: Where the check was asked for.
/// - Returns: The program, for further questions.
/// - Throws: What compiling or running throws.
@discardableResult
func check(
  _ graph: Graph, inputs: [String: [Double]] = [:], parameters: [String: [Double]] = [:],
  updated: Set<String> = [], tolerance: Double = 2e-5,
  sourceLocation: SourceLocation = #_sourceLocation
) throws -> Program {
  let store = ParameterStore()
  for parameter in graph.parameters {
    let values = try #require(parameters[parameter.label], "\(parameter.label)")
    try store.set(parameter.label, tensor(parameter.type, values))
  }
  let program = try Program(graph, parameters: store, options: .init(updated: updated))
  for input in graph.inputs {
    let values = try #require(inputs[input.label], "\(input.label)")
    try program.set(input.label, tensor(input.type, values))
  }

  program.poison(.nan)
  let results = try program.results()
  program.poison(1)
  program.setStep(0)
  let again = try program.results()

  let expected = try reference(graph, inputs, parameters).evaluate(graph)
  for output in graph.outputs {
    let got = try #require(results[output.name]?.elements)
    let repeated = try #require(again[output.name]?.elements)
    #expect(
      got.map(\.bitPattern) == repeated.map(\.bitPattern), "two runs give different \(output.name)",
      sourceLocation: sourceLocation)
    let wanted = try #require(expected[output.name]?.values)
    try #require(got.count == wanted.count)
    let limit = tolerance * max(wanted.map(abs).max() ?? 0, 0.1)
    let worst = got.indices.max { error(got[$0], wanted[$0]) < error(got[$1], wanted[$1]) }
    guard let worst else { continue }
    #expect(
      error(got[worst], wanted[worst]) <= limit,
      "\(output.name)[\(worst)] is \(got[worst]), not \(wanted[worst])",
      sourceLocation: sourceLocation)
  }
  return program
}

private func error(_ got: Float, _ wanted: Double) -> Double {
  got.isNaN || wanted.isNaN ? .infinity : abs(Double(got) - wanted)
}

/// Numbers as a tensor of a graph's type.
func tensor(_ type: TensorType, _ values: [Double]) throws -> Tensor {
  type.element == .float
    ? try Tensor(type.shape, values.map { Float($0) })
    : try Tensor(indices: values.map { Int($0) }, type.shape)
}

/// The reference with the numbers that a program sees: 32-bit, and random ones of step 0.
func reference(
  _ graph: Graph, _ inputs: [String: [Double]], _ parameters: [String: [Double]]
) -> ReferenceInterpreter {
  func rounded(_ values: [String: [Double]]) -> [String: [Double]] {
    values.mapValues { $0.map { Double(Float($0)) } }
  }
  var random: [String: [Double]] = [:]
  for case let operation as Random in graph.nodes.map(\.operation) {
    var stream = RandomStream(seed: 0, name: operation.stream).substream(0)
    let numbers =
      operation.distribution == .uniform
      ? stream.uniform(operation.shape.count) : stream.normal(operation.shape.count)
    random[operation.stream] = numbers.map { Double($0) }
  }
  return ReferenceInterpreter(
    inputs: rounded(inputs), parameters: rounded(parameters), random: random)
}

extension Program {
  /// Fills the memory that the program's values share.
  func poison(_ value: Float) {
    arena.write(Array(repeating: value, count: arena.byteCount / 4))
  }

  /// Runs and returns all outputs.
  func results() throws -> [String: Tensor] { try self() }

  /// The implementations of oneDNN that are its slow reference.
  var referenceImplementations: [String] {
    steps.flatMap(\.calls).map(\.implementation).filter {
      !$0.hasPrefix("plumb:") && $0.contains("ref")
    }
  }
}

/// Standard normal numbers, the same for the same seed.
func normals(_ count: Int, seed: Int) -> [Double] {
  var generator = SeededGenerator(seed: UInt64(seed))
  return generator.normals(count)
}

/// A graph under construction with random values for its inputs and parameters.
///
/// A class, so that a value may be added in the middle of an expression that goes on to check it.
final class Sketch {
  private(set) var inputs: [String: [Double]] = [:]
  private(set) var parameters: [String: [Double]] = [:]
  private(set) var leaves: [Node] = []

  /// A sketch of its own with what this one has.
  func copy() -> Sketch {
    let copy = Sketch()
    (copy.inputs, copy.parameters, copy.leaves) = (inputs, parameters, leaves)
    return copy
  }

  /// A new input of normal numbers.
  func input(_ name: String, _ shape: Shape) -> Node {
    inputs[name] = normals(shape.count, seed: inputs.count + 1)
    leaves.append(.input(name, shape))
    return .input(name, shape)
  }

  /// A new input of indices.
  func indices(_ name: String, _ shape: Shape, _ values: [Int]) -> Node {
    inputs[name] = values.map { Double($0) }
    return .input(name, shape, .index)
  }

  /// A new parameter of normal numbers times `scale`.
  func parameter(_ name: String, _ shape: Shape, scale: Double = 1) -> Node {
    let numbers = normals(shape.count, seed: 100 + parameters.count)
    return parameter(name, shape, values: numbers.map { $0 * scale })
  }

  /// A new parameter of these numbers.
  func parameter(_ name: String, _ shape: Shape, values: [Double]) -> Node {
    parameters[name] = values
    leaves.append(.parameter(name, shape))
    return .parameter(name, shape)
  }

  /// A convolution with new weights, and a bias if asked for.
  func convolution(
    _ x: Node, _ channels: Int, _ name: String, kernel: Int = 1, bias: Bool = true,
    geometry: ConvolutionGeometry? = nil
  ) throws -> Node {
    let geometry = geometry ?? .init(padding: [kernel / 2, kernel / 2])
    let inner = x.shape[1] / geometry.groups
    let weights = parameter(
      "\(name).weight", [channels, inner, kernel, kernel],
      scale: 1 / Double(inner * kernel * kernel).squareRoot())
    let offsets = bias ? parameter("\(name).bias", [channels]) : nil
    return try x.convolved(with: weights, bias: offsets, geometry: geometry)
  }

  /// Checks some values, and the gradients of a weighted sum of them for all inputs and parameters,
  /// with frozen and with changing parameters.
  @discardableResult
  func check(
    _ values: Node..., tolerance: Double = 2e-5,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Program {
    var outputs = values.enumerated().map { Graph.Output("value \($0)", $1) }
    var loss = Node.fill(0, .scalar)
    for (number, value) in values.enumerated() where value.type.element == .float {
      let part = try OperationCase.weightedSum(of: value, seed: UInt64(number + 5))
      loss = try loss + part.reshaped(.scalar)
    }
    let gradients = try gradient(of: loss, for: leaves)
    outputs += zip(leaves, gradients).map { .init("gradient of \($0.operation.attributes)", $1) }
    let graph = Graph(outputs)
    try PlumbRuntimeTests.check(
      graph, inputs: inputs, parameters: parameters, updated: Set(parameters.keys),
      tolerance: tolerance, sourceLocation: sourceLocation)
    return try PlumbRuntimeTests.check(
      graph, inputs: inputs, parameters: parameters, tolerance: tolerance,
      sourceLocation: sourceLocation)
  }
}
