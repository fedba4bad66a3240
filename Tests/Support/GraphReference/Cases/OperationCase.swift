import PlumbGraph

/// An operation on small random operands: what every operation's tests run over.
public struct OperationCase: Sendable, CustomStringConvertible {
  /// An operand of the operation, for which it is differentiated.
  public struct Operand: Sendable {
    /// Its shape.
    public let shape: Shape
    /// Whether the values lie between 0.5 and 2 instead of being normal.
    public var isPositive = false

    /// An operand of normal values.
    public static func normal(_ sizes: Int...) -> Operand { Operand(shape: Shape(sizes)) }
    /// An operand of values between 0.5 and 2.
    public static func positive(_ sizes: Int...) -> Operand {
      Operand(shape: Shape(sizes), isPositive: true)
    }
  }

  /// What is computed.
  public let name: String
  /// What it is computed from.
  public let operands: [Operand]
  /// Whether the gradient itself has a gradient.
  public var isTwiceDifferentiable = true
  /// Applies the operation.
  public let build: @Sendable ([Node]) throws -> Node

  /// Creates a case.
  public init(
    _ name: String, _ operands: Operand..., isTwiceDifferentiable: Bool = true,
    build: @escaping @Sendable ([Node]) throws -> Node
  ) {
    self.name = name
    self.operands = operands
    self.isTwiceDifferentiable = isTwiceDifferentiable
    self.build = build
  }

  /// The name and the shapes of the operands.
  public var description: String {
    "\(name) \(operands.map(\.shape.description).joined(separator: " "))"
  }

  /// The operands as inputs of a graph.
  public var inputs: [Node] {
    operands.enumerated().map { .input("operand \($0)", $1.shape) }
  }

  /// Random values for the operands; the same for every run of the tests.
  public var values: ReferenceInterpreter {
    var generator = SeededGenerator(
      seed: UInt64(description.utf8.reduce(17) { $0 &* 31 &+ Int($1) }.magnitude))
    var interpreter = ReferenceInterpreter()
    for (number, operand) in operands.enumerated() {
      interpreter.inputs["operand \(number)"] = (0..<operand.shape.count).map { _ in
        operand.isPositive
          ? Double.random(in: 0.5...2, using: &generator) : generator.nextNormal()
      }
    }
    return interpreter
  }

  /// One number that depends on every element of the result in its own way.
  public func loss(of inputs: [Node]) throws -> Node {
    try Self.weightedSum(of: build(inputs), seed: 5)
  }

  /// The sum of all elements of a value, each with a random weight.
  public static func weightedSum(of value: Node, seed: UInt64) throws -> Node {
    var generator = SeededGenerator(seed: seed)
    let weights = generator.normals(value.shape.count).map { Float($0) }
    return try (value * .constant(weights, value.shape)).sum()
  }

  /// Every operation.
  public static let all = pointwise + rearranging + images + normalizations + rows + compositions
}
