import CKernels

/// One instruction of a ``PointwiseProgram``; registers are numbered 0 to 31.
public struct PointwiseInstruction: Sendable, Hashable {
  /// The operations, as `ck_pointwise.h` defines them.
  public enum Code: Sendable, Hashable {
    case load, store, constant, add, subtract, multiply, divide, minimum, maximum, power
    case powerConstant, multiplyAdd, greater, greaterEqual, less, lessEqual, equal, select, mask
    case negate, absolute, sign, square, squareRoot, reciprocal, reciprocalRoot, exponential
    case logarithm, tanh, sigmoid, erf, sine, cosine, arctangent, relu, leakyReLU, silu, geluTanh
    case geluErf, floor, clamp, scale, roundBFloat16

    var opcode: ck_pointwise_opcode {
      switch self {
      case .load: CK_LOAD
      case .store: CK_STORE
      case .constant: CK_CONSTANT
      case .add: CK_ADD
      case .subtract: CK_SUBTRACT
      case .multiply: CK_MULTIPLY
      case .divide: CK_DIVIDE
      case .minimum: CK_MINIMUM
      case .maximum: CK_MAXIMUM
      case .power: CK_POWER
      case .powerConstant: CK_POWER_CONSTANT
      case .multiplyAdd: CK_MULTIPLY_ADD
      case .greater: CK_GREATER
      case .greaterEqual: CK_GREATER_EQUAL
      case .less: CK_LESS
      case .lessEqual: CK_LESS_EQUAL
      case .equal: CK_EQUAL
      case .select: CK_SELECT
      case .mask: CK_MASK
      case .negate: CK_NEGATE
      case .absolute: CK_ABSOLUTE
      case .sign: CK_SIGN
      case .square: CK_SQUARE
      case .squareRoot: CK_SQUARE_ROOT
      case .reciprocal: CK_RECIPROCAL
      case .reciprocalRoot: CK_RECIPROCAL_ROOT
      case .exponential: CK_EXPONENTIAL
      case .logarithm: CK_LOGARITHM
      case .tanh: CK_TANH
      case .sigmoid: CK_SIGMOID
      case .erf: CK_ERF
      case .sine: CK_SINE
      case .cosine: CK_COSINE
      case .arctangent: CK_ARCTANGENT
      case .relu: CK_RELU
      case .leakyReLU: CK_LEAKY_RELU
      case .silu: CK_SILU
      case .geluTanh: CK_GELU_TANH
      case .geluErf: CK_GELU_ERF
      case .floor: CK_FLOOR
      case .clamp: CK_CLAMP
      case .scale: CK_SCALE
      case .roundBFloat16: CK_ROUND_BFLOAT16
      }
    }
  }

  /// What happens.
  public let code: Code
  /// The register that receives the result.
  public var destination: Int
  /// The registers that are read.
  public var sources: [Int]
  /// For load and store: which operand.
  public var operand: Int
  /// Constants of the instruction.
  public let low: Float
  /// Constants of the instruction.
  public let high: Float

  /// Creates an instruction.
  public init(
    _ code: Code, into destination: Int = 0, from sources: [Int] = [], operand: Int = 0,
    low: Float = 0, high: Float = 0
  ) {
    self.code = code
    self.destination = destination
    self.sources = sources
    self.operand = operand
    self.low = low
    self.high = high
  }
}

/// How a ``PointwiseProgram`` addresses one operand: elements per step of each of four outer
/// dimensions, and along the inner one.
public struct PointwiseOperand: Sendable, Hashable {
  /// Elements per step of each of the four outer dimensions; 0 repeats.
  public var strides: [Int]
  /// 1, or 0 where one value serves the whole inner dimension.
  public var innerStride: Int
  /// 0, or the block after which the operand repeats along the inner dimension.
  public var period: Int
  /// Whether the memory holds bfloat16 instead of float32.
  public var isBFloat16: Bool

  /// Creates an addressing.
  public init(strides: [Int], innerStride: Int, period: Int = 0, isBFloat16: Bool = false) {
    self.strides = strides
    self.innerStride = innerStride
    self.period = period
    self.isBFloat16 = isBFloat16
  }
}

/// A planned chain of element-wise operations that runs in one pass over memory.
///
/// `@unchecked Sendable`: the C program is immutable once planned.
public final class PointwiseProgram: @unchecked Sendable {
  private let handle: OpaquePointer
  private let operandCount: Int

  /// Plans a program over `outer[0] x .. x outer[3] x inner` elements.
  ///
  /// Stops if an instruction is malformed: the compiler that made it is wrong.
  public init(
    _ instructions: [PointwiseInstruction], operands: [PointwiseOperand], outer: [Int], inner: Int
  ) {
    let list = instructions.map { instruction in
      ck_pointwise_instruction(
        opcode: instruction.code.opcode, destination: UInt8(instruction.destination),
        a: UInt8(instruction.sources.first ?? 0),
        b: UInt8(instruction.sources.dropFirst().first ?? 0),
        c: UInt8(instruction.sources.dropFirst(2).first ?? 0),
        operand: Int32(instruction.operand), low: instruction.low, high: instruction.high)
    }
    let addressing = operands.map { operand in
      ck_pointwise_operand(
        stride: (
          Int64(operand.strides[0]), Int64(operand.strides[1]), Int64(operand.strides[2]),
          Int64(operand.strides[3])
        ),
        inner_stride: Int64(operand.innerStride), period: Int32(operand.period),
        type: operand.isBFloat16 ? CK_BFLOAT16 : CK_FLOAT32)
    }
    guard
      let handle = ck_pointwise_create(
        list, Int32(list.count), addressing, Int32(addressing.count), outer.map(Int64.init),
        Int64(inner))
    else { preconditionFailure("malformed pointwise program: \(instructions)") }
    self.handle = handle
    self.operandCount = operands.count
  }

  deinit { ck_pointwise_destroy(handle) }

  /// A call on these operands, one slice each.
  public func call(_ operands: [BufferSlice]) -> KernelCall {
    precondition(operands.count == operandCount, "one slice per operand")
    let pointers: [UnsafeMutableRawPointer] = operands.map(\.rawPointer)
    return KernelCall("plumb:pointwise") { [self] in
      withExtendedLifetime(operands) { ck_pointwise_run(handle, pointers) }
    }
  }
}
