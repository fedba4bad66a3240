/// An operation that treats every element alike, so that a program can fuse chains of them.
///
/// Operands broadcast as in NumPy. The whole meaning is one ``PointwiseFormula``.
public protocol PointwiseOperation: Operation {
  /// What happens to each element.
  var formula: PointwiseFormula { get }
}

extension PointwiseOperation {
  /// The formula's name.
  public var name: String { formula.name }

  /// The broadcast shape of the operands.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(formula.operandCount, inputs)
    var shape = inputs[0].shape
    for input in inputs.dropFirst() {
      guard let broadcast = shape.broadcast(with: input.shape) else {
        throw .operands(self, need: "operands whose shapes broadcast", got: inputs)
      }
      shape = broadcast
    }
    guard inputs.allSatisfy({ $0.element == .float }) else {
      throw .operands(self, need: "operands of real numbers", got: inputs)
    }
    return TensorType(shape)
  }
}

/// What a pointwise operation does to one element of each operand.
public enum PointwiseFormula: Hashable, Sendable {
  // Two operands, x and y.
  case add, subtract, multiply, divide, maximum, minimum, power
  case greater, greaterOrEqual, less, lessOrEqual, equal
  // Three operands: the second where the first is not 0, else the third.
  case select
  // One operand.
  case negate, absolute, square, squareRoot, reciprocalSquareRoot, reciprocal
  case powerOfConstant(Float)
  case exponential, logarithm, hyperbolicTangent, arctangent, sine, cosine
  case sigmoid, errorFunction, geluTanh, geluErf, silu
  case hardSigmoid(slope: Float, offset: Float), hardSwish
  case relu, leakyReLU(slope: Float), clip(lower: Float, upper: Float)
  case sign, floor, roundToBFloat16

  /// The name that printing and messages use.
  public var name: String {
    switch self {
    case .add: "add"
    case .subtract: "subtract"
    case .multiply: "multiply"
    case .divide: "divide"
    case .maximum: "maximum"
    case .minimum: "minimum"
    case .power: "power"
    case .greater: "greater"
    case .greaterOrEqual: "greater or equal"
    case .less: "less"
    case .lessOrEqual: "less or equal"
    case .equal: "equal"
    case .select: "select"
    case .negate: "negate"
    case .absolute: "absolute"
    case .square: "square"
    case .squareRoot: "square root"
    case .reciprocalSquareRoot: "reciprocal square root"
    case .reciprocal: "reciprocal"
    case .powerOfConstant: "power of constant"
    case .exponential: "exp"
    case .logarithm: "log"
    case .hyperbolicTangent: "tanh"
    case .arctangent: "arctangent"
    case .sine: "sine"
    case .cosine: "cosine"
    case .sigmoid: "sigmoid"
    case .errorFunction: "error function"
    case .geluTanh: "gelu tanh"
    case .geluErf: "gelu erf"
    case .silu: "silu"
    case .hardSigmoid: "hard sigmoid"
    case .hardSwish: "hard swish"
    case .relu: "relu"
    case .leakyReLU: "leaky relu"
    case .clip: "clip"
    case .sign: "sign"
    case .floor: "floor"
    case .roundToBFloat16: "round to bfloat16"
    }
  }

  /// How many operands it takes.
  public var operandCount: Int {
    switch self {
    case .add, .subtract, .multiply, .divide, .maximum, .minimum, .power, .greater,
      .greaterOrEqual, .less, .lessOrEqual, .equal:
      2
    case .select: 3
    default: 1
    }
  }
}
