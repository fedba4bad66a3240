import PlumbGraph

/// The slope of a number along a random direction, computed in two ways.
public struct DirectionalDerivative: Sendable, CustomStringConvertible {
  /// What the graph's gradient says.
  public let exact: Double
  /// What the central difference of two evaluations says.
  public let measured: Double

  /// The difference of both, relative to the larger one if that is above 1.
  public var error: Double {
    abs(exact - measured) / max(1, abs(exact), abs(measured))
  }

  /// Both slopes.
  public var description: String { "gradient \(exact), finite difference \(measured)" }

  /// Computes both slopes of `loss` along a random direction of some inputs or parameters.
  ///
  /// - Parameters:
  ///   - loss: A node with one element.
  ///   - variables: Inputs or parameters; the others stay as they are.
  ///   - interpreter: The values around which the slope is taken.
  ///   - seed: The seed of the direction.
  ///   - step: How far each evaluation goes along the direction, whose elements are about 1. In
  ///     `Double` 1e-5 leaves errors of about 1e-10 from curvature and rounding alike.
  /// - Throws: What evaluating or differentiating the graph throws.
  public init(
    of loss: Node, along variables: [Node], around interpreter: ReferenceInterpreter,
    seed: UInt64 = 1, step: Double = 1e-5
  ) throws {
    var generator = SeededGenerator(seed: seed)
    let directions = variables.map { generator.normals($0.shape.count) }

    let gradients = try gradient(of: loss, for: variables)
    let graph = Graph(gradients.enumerated().map { .init("\($0)", $1) })
    let values = try interpreter.evaluate(graph)
    exact = directions.enumerated().reduce(0) { sum, direction in
      let gradient = values["\(direction.offset)"]?.values ?? []
      return sum + zip(gradient, direction.element).reduce(0) { $0 + $1.0 * $1.1 }
    }

    func value(at distance: Double) throws -> Double {
      var moved = interpreter
      for (variable, direction) in zip(variables, directions) {
        moved.move(variable, by: distance, along: direction)
      }
      return try moved.evaluate(loss).values[0]
    }
    measured = try (value(at: step) - value(at: -step)) / (2 * step)
  }
}

extension ReferenceInterpreter {
  /// Moves the value of an input or parameter.
  fileprivate mutating func move(_ variable: Node, by distance: Double, along direction: [Double]) {
    func moved(_ values: [Double]?) -> [Double]? {
      values.map { zip($0, direction).map { $0 + distance * $1 } }
    }
    switch variable.operation {
    case let input as Input: inputs[input.label] = moved(inputs[input.label])
    case let parameter as Parameter:
      parameters[parameter.label] = moved(parameters[parameter.label])
    default: preconditionFailure("'\(variable)' is neither an input nor a parameter")
    }
  }
}
