import PlumbGraph

extension OperationCase {
  static let pointwise: [OperationCase] = binary + unary + activations

  private static let binary: [OperationCase] = [
    OperationCase("add", .normal(2, 3), .normal(3)) { try $0[0] + $0[1] },
    OperationCase("subtract", .normal(2, 1, 3), .normal(4, 1)) { try $0[0] - $0[1] },
    OperationCase("subtract from a number", .normal(1)) { try 1 - $0[0] },
    OperationCase("multiply", .normal(1, 5), .normal(4, 1)) { try $0[0] * $0[1] },
    OperationCase("multiply by itself", .normal(5)) { try $0[0] * $0[0] },
    OperationCase("divide", .normal(3, 5), .positive(5)) { try $0[0] / $0[1] },
    OperationCase("maximum", .normal(3, 5), .normal(3, 1)) { try $0[0].maximum($0[1]) },
    OperationCase("minimum", .normal(1), .normal(7)) { try $0[0].minimum($0[1]) },
    OperationCase("power", .positive(3, 5), .normal(3, 1)) { try $0[0].power($0[1]) },
    OperationCase("select", .normal(5), .normal(5), .normal(2, 5)) {
      try $0[0].isGreater(than: .fill(0)).selecting($0[1], otherwise: $0[2])
    },
  ]

  private static let unary: [OperationCase] = [
    OperationCase("negate", .normal(3)) { try -$0[0] },
    OperationCase("absolute", .normal(7)) { try $0[0].absolute() },
    OperationCase("square", .normal(2, 3)) { try $0[0].squared() },
    OperationCase("square root", .positive(2, 3)) { try $0[0].squareRoot() },
    OperationCase("reciprocal square root", .positive(5)) { try $0[0].reciprocalSquareRoot() },
    OperationCase("reciprocal", .positive(5)) { try $0[0].reciprocal() },
    OperationCase("power 2.5", .positive(5)) { try $0[0].power(2.5) },
    OperationCase("power -1", .positive(1)) { try $0[0].power(-1) },
    OperationCase("exponential", .normal(2, 3)) { try $0[0].exp() },
    OperationCase("logarithm", .positive(2, 3)) { try $0[0].log() },
    OperationCase("tanh", .normal(7)) { try $0[0].tanh() },
    OperationCase("arctangent", .normal(7)) { try $0[0].arctangent() },
    OperationCase("sine", .normal(7)) { try $0[0].sine() },
    OperationCase("cosine", .normal(7)) { try $0[0].cosine() },
    OperationCase("sigmoid", .normal(7)) { try $0[0].sigmoid() },
    OperationCase("error function", .normal(7)) { try $0[0].errorFunction() },
    OperationCase("clip", .normal(11)) { try $0[0].clipped(to: -0.5...0.75) },
    OperationCase("sign", .normal(5)) { try $0[0].sign() },
    OperationCase("floor", .normal(5)) { try $0[0].floor() },
    OperationCase("stop gradient", .normal(5)) { try $0[0] * $0[0].sign().stoppingGradient() },
  ]

  private static let activations: [OperationCase] = [
    OperationCase("gelu tanh", .normal(11)) { try $0[0].gelu(.tanh) },
    OperationCase("gelu erf", .normal(11)) { try $0[0].gelu(.erf) },
    OperationCase("silu", .normal(11)) { try $0[0].silu() },
    OperationCase("hard sigmoid", .normal(11)) { try $0[0].hardSigmoid(slope: 0.7, offset: 0.4) },
    OperationCase("hard swish", .normal(11)) { try ($0[0] * 3).hardSwish() },
    OperationCase("relu", .normal(2, 3, 1, 5)) { try $0[0].relu() },
    OperationCase("leaky relu", .normal(11)) { try $0[0].leakyReLU(slope: 0.1) },
    OperationCase("parametric relu", .normal(2, 3, 1, 5), .normal(3, 1, 1)) {
      try $0[0].parametricReLU(slope: $0[1])
    },
  ]
}
