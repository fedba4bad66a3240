import Foundation
import PlumbGraph

extension ONNXBuilder {
  /// Operations on each element.
  static let pointwiseOperators: [String: Compute] = [
    "Relu": { operation, builder in
      [.node(try operation.tensor(0, &builder).relu(rule: builder.rule))]
    },
    "LeakyRelu": { operation, builder in
      let slope = try operation.float("alpha", default: 0.01)
      return [.node(try operation.tensor(0, &builder).leakyReLU(slope: slope))]
    },
    "PRelu": { operation, builder in
      let slope = try operation.tensor(1, &builder)
      return [.node(try operation.tensor(0, &builder).parametricReLU(slope: slope))]
    },
    "Clip": { operation, builder in try clipped(operation, &builder) },
    "Sigmoid": pointwise { try $0.sigmoid() },
    "Tanh": pointwise { try $0.tanh() },
    "Exp": pointwise { try $0.exp() },
    "Log": pointwise { try $0.log() },
    "Sqrt": pointwise(real: { $0.squareRoot() }) { try $0.squareRoot() },
    "Abs": pointwise(integer: { $0 < 0 ? 0 &- $0 : $0 }, real: { abs($0) }) { try $0.absolute() },
    "Neg": pointwise(integer: { 0 &- $0 }, real: { -$0 }) { try $0 * -1 },
    "Floor": pointwise(integer: { $0 }, real: { $0.rounded(.down) }) { try $0.floor() },
    "Ceil": pointwise(integer: { $0 }, real: { $0.rounded(.up) }) {
      try ($0 * -1).floor() * -1
    },
    "Reciprocal": pointwise(real: { 1 / $0 }) { try $0.reciprocal() },
    "Erf": pointwise { try $0.errorFunction() },
    "Sin": pointwise { try $0.sine() },
    "Cos": pointwise { try $0.cosine() },
    "Softplus": pointwise { try softplus($0) },
    "Softsign": pointwise { try $0 / ($0.absolute() + 1) },
    "Mish": pointwise { try $0 * softplus($0).tanh() },
    "HardSwish": pointwise { try $0.hardSwish() },
    "HardSigmoid": { operation, builder in
      let slope = try operation.float("alpha", default: 0.2)
      let offset = try operation.float("beta", default: 0.5)
      return [
        .node(try operation.tensor(0, &builder).hardSigmoid(slope: slope, offset: offset))
      ]
    },
    "Elu": { operation, builder in
      let alpha = try operation.float("alpha", default: 1)
      let x = try operation.tensor(0, &builder)
      return [.node(try x.relu() + (x.minimum(.fill(0)).exp() - 1) * alpha)]
    },
    "Selu": { operation, builder in
      let alpha = try operation.float("alpha", default: 1.673_263_2)
      let gamma = try operation.float("gamma", default: 1.050_701)
      let x = try operation.tensor(0, &builder)
      return [.node(try (x.relu() + (x.minimum(.fill(0)).exp() - 1) * alpha) * gamma)]
    },
    "Gelu": { operation, builder in
      let mode = try operation.string("approximate", default: "none")
      return [.node(try operation.tensor(0, &builder).gelu(mode == "tanh" ? .tanh : .erf))]
    },
    "Add": combining({ $0 &+ $1 }, { $0 + $1 }) { try $0 + $1 },
    "Sub": combining({ $0 &- $1 }, { $0 - $1 }) { try $0 - $1 },
    "Mul": combining({ $0 &* $1 }, { $0 * $1 }) { try $0 * $1 },
    "Div": combining(
      { $1 == 0 ? 0 : $0.dividedReportingOverflow(by: $1).partialValue }, { $0 / $1 }
    ) { try $0 / $1 },
    "Pow": { operation, builder in
      let x = try operation.value(0)
      if let exponent = try operation.value(1).known?.scalar {
        if case .known(let numbers) = x {
          return [.known(numbers.real.mapped({ $0 }, { powf($0, exponent) }))]
        }
        let base = builder.node(x)
        switch exponent {
        case 1: return [.node(base)]
        case 2: return [.node(try base.squared())]
        case 0.5: return [.node(try base.squareRoot())]
        default: return [.node(try base.power(exponent))]
        }
      }
      return [.node(try builder.node(x).power(operation.tensor(1, &builder)))]
    },
    "Sum": folding { try $0 + $1 },
    "Max": folding({ max($0, $1) }, { max($0, $1) }) { try $0.maximum($1) },
    "Min": folding({ min($0, $1) }, { min($0, $1) }) { try $0.minimum($1) },
    "Equal": combining({ $0 == $1 ? 1 : 0 }, { $0 == $1 ? 1 : 0 }) { try $0.equals($1) },
    "Greater": combining({ $0 > $1 ? 1 : 0 }, { $0 > $1 ? 1 : 0 }) { try $0.isGreater(than: $1) },
    "Less": combining({ $0 < $1 ? 1 : 0 }, { $0 < $1 ? 1 : 0 }) { try $0.isLess(than: $1) },
    "Not": pointwise(integer: { $0 == 0 ? 1 : 0 }, real: { $0 == 0 ? 1 : 0 }) {
      try $0.equals(.fill(0))
    },
    "Where": { operation, builder in
      let values = try (0..<3).map { try operation.value($0) }
      if let condition = values[0].known, let a = values[1].known, let b = values[2].known,
        let chosen = a.combined(with: b, { first, _ in first }, { first, _ in first }),
        let other = a.combined(with: b, { $1 }, { $1 }),
        let left = condition.combined(
          with: chosen, { $0 != 0 ? $1 : 0 }, { $0 != 0 ? $1 : 0 }),
        let right = condition.combined(with: other, { $0 == 0 ? $1 : 0 }, { $0 == 0 ? $1 : 0 }),
        let result = left.combined(with: right, { $0 &+ $1 }, { $0 + $1 })
      {
        return [.known(result)]
      }
      let nodes = values.map { builder.node($0) }
      return [.node(try nodes[0].selecting(nodes[1], otherwise: nodes[2]))]
    },
  ]

  /// One operand; numbers that decide shapes are computed at once where a formula is given.
  private static func pointwise(
    integer: (@Sendable (Int) -> Int)? = nil, real: (@Sendable (Float) -> Float)? = nil,
    _ formula: @escaping @Sendable (Node) throws -> Node
  ) -> Compute {
    { operation, builder in
      if case .known(let numbers) = try operation.value(0), let real {
        if let integer { return [.known(numbers.mapped(integer, real))] }
        return [.known(numbers.real.mapped({ $0 }, real))]
      }
      return [.node(try formula(operation.tensor(0, &builder)))]
    }
  }

  /// Two operands with broadcasting.
  private static func combining(
    _ integer: @escaping @Sendable (Int, Int) -> Int,
    _ real: @escaping @Sendable (Float, Float) -> Float,
    _ formula: @escaping @Sendable (Node, Node) throws -> Node
  ) -> Compute {
    { operation, builder in
      let (x, y) = (try operation.value(0), try operation.value(1))
      if let a = x.decisive, let b = y.decisive, let result = a.combined(with: b, integer, real) {
        return [.known(result)]
      }
      return [.node(try formula(builder.node(x), builder.node(y)))]
    }
  }

  /// Any number of operands.
  private static func folding(
    _ integer: (@Sendable (Int, Int) -> Int)? = nil,
    _ real: (@Sendable (Float, Float) -> Float)? = nil,
    _ formula: @escaping @Sendable (Node, Node) throws -> Node
  ) -> Compute {
    { operation, builder in
      let values = try operation.inputs.indices.map { try operation.value($0) }
      let known = values.compactMap(\.decisive)
      if let integer, let real, let first = known.first, known.count == values.count {
        var result = first
        for next in known.dropFirst() {
          guard let combined = result.combined(with: next, integer, real) else {
            throw ONNXOperation.Problem("its operands have shapes that do not fit")
          }
          result = combined
        }
        return [.known(result)]
      }
      var result = try operation.tensor(0, &builder)
      for value in values.dropFirst() { result = try formula(result, builder.node(value)) }
      return [.node(result)]
    }
  }

  private static func softplus(_ x: Node) throws -> Node {
    // Large values would overflow the exponential.
    try x.relu() + ((x.absolute() * -1).exp() + 1).log()
  }

  private static func clipped(
    _ operation: ONNXOperation, _ builder: inout ONNXBuilder
  ) throws -> [GraphValue] {
    func bound(_ name: String, _ index: Int) throws -> Float? {
      if operation.node.attributes[name] != nil { return try operation.float(name, default: 0) }
      guard let numbers = try operation.known(index) else { return nil }
      guard let bound = numbers.scalar else {
        throw ONNXOperation.Problem("its bounds must be single numbers")
      }
      return bound
    }
    let lower = try bound("min", 1) ?? -.infinity
    let upper = try bound("max", 2) ?? .infinity
    let x = try operation.value(0)
    if case .known(let numbers) = x {
      return [.known(numbers.mapped({ $0 }, { min(max($0, lower), upper) }))]
    }
    let node = builder.node(x)
    guard lower <= upper else {
      throw ONNXOperation.Problem("its bounds are \(lower) and \(upper)")
    }
    // What ReLU6 has to do with silent units is what a ReLU has.
    if lower == 0, builder.rule != .plain {
      let positive = try node.relu(rule: builder.rule)
      return [.node(upper == .infinity ? positive : try positive.minimum(.fill(upper)))]
    }
    if lower == 0, upper == .infinity { return [.node(try node.relu())] }
    let finite = max(lower, -Float.greatestFiniteMagnitude)...min(upper, .greatestFiniteMagnitude)
    return [.node(try node.clipped(to: finite))]
  }
}

extension GraphValue {
  /// Numbers that decide shapes, and not weights, which are computed with in the graph.
  fileprivate var decisive: KnownNumbers? {
    switch self {
    case .known(let numbers): numbers
    case .weight(_, let tensor) where !tensor.type.isFloatingPoint: KnownNumbers(tensor)
    default: nil
    }
  }
}
