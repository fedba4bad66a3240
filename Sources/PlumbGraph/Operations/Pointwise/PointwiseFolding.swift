extension PointwiseOperation {
  /// A pointwise operation on fills is a fill, where its value is exact in a `Float`.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    foldedFill(inputs, type: type)
  }

  /// The fill that this operation makes of fills, if all inputs are fills and the formula is plain
  /// arithmetic there.
  func foldedFill(_ inputs: [Node], type: TensorType) -> Node? {
    var operands: [Float] = []
    for input in inputs {
      guard let value = input.fillValue else { return nil }
      operands.append(value)
    }
    return formula.folded(operands).map { .fill($0, type.shape) }
  }
}

extension PointwiseFormula {
  /// The value for these operands where plain `Float` arithmetic gives it, else `nil`.
  ///
  /// Formulas that need a transcendental function are folded at 0 alone, where their value is 0 or
  /// 1: that is what carries zeros through a graph.
  func folded(_ operands: [Float]) -> Float? {
    let x = operands[0]
    switch self {
    case .add: return x + operands[1]
    case .subtract: return x - operands[1]
    case .multiply: return x * operands[1]
    case .divide: return x / operands[1]
    case .maximum: return Swift.max(x, operands[1])
    case .minimum: return Swift.min(x, operands[1])
    case .power: return nil
    case .greater: return x > operands[1] ? 1 : 0
    case .greaterOrEqual: return x >= operands[1] ? 1 : 0
    case .less: return x < operands[1] ? 1 : 0
    case .lessOrEqual: return x <= operands[1] ? 1 : 0
    case .equal: return x == operands[1] ? 1 : 0
    case .select: return x != 0 ? operands[1] : operands[2]
    case .negate: return -x
    case .absolute: return x.magnitude
    case .square: return x * x
    case .squareRoot: return x.squareRoot()
    case .reciprocalSquareRoot: return 1 / x.squareRoot()
    case .reciprocal: return 1 / x
    case .powerOfConstant(let exponent): return x == 1 ? 1 : x == 0 && exponent > 0 ? 0 : nil
    case .exponential, .cosine: return x == 0 ? 1 : nil
    case .logarithm: return x == 1 ? 0 : nil
    case .sigmoid: return x == 0 ? 0.5 : nil
    case .hyperbolicTangent, .arctangent, .sine, .errorFunction, .geluTanh, .geluErf, .silu:
      return x == 0 ? 0 : nil
    case .hardSigmoid(let slope, let offset): return Swift.min(Swift.max(slope * x + offset, 0), 1)
    case .hardSwish: return x == 0 ? 0 : nil
    case .relu: return Swift.max(x, 0)
    case .leakyReLU(let slope): return x > 0 ? x : slope * x
    case .clip(let lower, let upper): return Swift.min(Swift.max(x, lower), upper)
    case .sign: return x > 0 ? 1 : x < 0 ? -1 : 0
    case .floor: return x.rounded(.down)
    case .roundToBFloat16: return x.roundedToBFloat16
    }
  }
}
