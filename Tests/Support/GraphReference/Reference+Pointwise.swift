import Foundation
import PlumbGraph

extension ReferenceTensor {
  /// This tensor with its elements found by a function of the index, after broadcasting.
  func broadcast(to shape: Shape) -> ReferenceTensor {
    let offset = shape.rank - self.shape.rank
    return ReferenceTensor(shape) { index in
      self[self.shape.sizes.indices.map { self.shape[$0] == 1 ? 0 : index[$0 + offset] }]
    }
  }
}

extension PointwiseOperation {
  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> ReferenceTensor {
    let stretched = operands.map { $0.broadcast(to: shape).values }
    return ReferenceTensor(
      shape, (0..<shape.count).map { i in formula.value(stretched.map { $0[i] }) })
  }
}

extension PointwiseFormula {
  /// The value of the formula for one element of each operand.
  func value(_ operands: [Double]) -> Double {
    let x = operands[0]
    let y = operands.count > 1 ? operands[1] : .nan
    switch self {
    case .add: return x + y
    case .subtract: return x - y
    case .multiply: return x * y
    case .divide: return x / y
    case .maximum: return Swift.max(x, y)
    case .minimum: return Swift.min(x, y)
    case .power: return pow(x, y)
    case .greater: return x > y ? 1 : 0
    case .greaterOrEqual: return x >= y ? 1 : 0
    case .less: return x < y ? 1 : 0
    case .lessOrEqual: return x <= y ? 1 : 0
    case .equal: return x == y ? 1 : 0
    case .select: return x != 0 ? y : operands[2]
    case .negate: return -x
    case .absolute: return Swift.abs(x)
    case .square: return x * x
    case .squareRoot: return x.squareRoot()
    case .reciprocalSquareRoot: return 1 / x.squareRoot()
    case .reciprocal: return 1 / x
    case .powerOfConstant(let exponent): return pow(x, Double(exponent))
    case .exponential: return exp(x)
    case .logarithm: return log(x)
    case .hyperbolicTangent: return tanh(x)
    case .arctangent: return atan(x)
    case .sine: return sin(x)
    case .cosine: return cos(x)
    case .sigmoid: return 1 / (1 + exp(-x))
    case .errorFunction: return erf(x)
    case .geluTanh:
      return x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))) / 2
    case .geluErf: return x * (1 + erf(x / 2.0.squareRoot())) / 2
    case .silu: return x / (1 + exp(-x))
    case .hardSigmoid(let slope, let offset):
      return Swift.min(Swift.max(Double(slope) * x + Double(offset), 0), 1)
    case .hardSwish: return x * Swift.min(Swift.max(x / 6 + 0.5, 0), 1)
    case .relu: return Swift.max(x, 0)
    case .leakyReLU(let slope): return x > 0 ? x : Double(slope) * x
    case .clip(let lower, let upper): return Swift.min(Swift.max(x, Double(lower)), Double(upper))
    case .sign: return x > 0 ? 1 : x < 0 ? -1 : 0
    case .floor: return x.rounded(.down)
    case .roundToBFloat16: return Double(Float(x).roundedToBFloat16)
    }
  }
}

extension Add: ReferenceOperation {}
extension Subtract: ReferenceOperation {}
extension Multiply: ReferenceOperation {}
extension Divide: ReferenceOperation {}
extension Maximum: ReferenceOperation {}
extension Minimum: ReferenceOperation {}
extension Power: ReferenceOperation {}
extension Comparison: ReferenceOperation {}
extension Select: ReferenceOperation {}
extension Negate: ReferenceOperation {}
extension Absolute: ReferenceOperation {}
extension Square: ReferenceOperation {}
extension SquareRoot: ReferenceOperation {}
extension ReciprocalSquareRoot: ReferenceOperation {}
extension Reciprocal: ReferenceOperation {}
extension PowerOfConstant: ReferenceOperation {}
extension Exponential: ReferenceOperation {}
extension Logarithm: ReferenceOperation {}
extension HyperbolicTangent: ReferenceOperation {}
extension Arctangent: ReferenceOperation {}
extension Sine: ReferenceOperation {}
extension Cosine: ReferenceOperation {}
extension Sigmoid: ReferenceOperation {}
extension ErrorFunction: ReferenceOperation {}
extension GELU: ReferenceOperation {}
extension SiLU: ReferenceOperation {}
extension HardSigmoid: ReferenceOperation {}
extension HardSwish: ReferenceOperation {}
extension ReLU: ReferenceOperation {}
extension LeakyReLU: ReferenceOperation {}
extension Clip: ReferenceOperation {}
extension Sign: ReferenceOperation {}
extension Floor: ReferenceOperation {}
