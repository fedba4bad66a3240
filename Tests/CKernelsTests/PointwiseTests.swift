import CKernels
import Foundation
import Testing

/// Runs one instruction over the arrays, each of the same count.
private func apply(
  _ opcode: ck_pointwise_opcode, _ a: [Float], _ b: [Float]? = nil, _ c: [Float]? = nil,
  low: Float = 0, high: Float = 0
) throws -> [Float] {
  let inputs = [a, b, c].compactMap(\.self)
  var instructions: [ck_pointwise_instruction] = []
  for index in inputs.indices {
    instructions.append(.load(UInt8(index), Int32(index)))
  }
  var instruction = ck_pointwise_instruction()
  instruction.opcode = opcode
  instruction.destination = 3
  (instruction.b, instruction.c) = (1, 2)
  (instruction.low, instruction.high) = (low, high)
  instructions += [instruction, .store(3, Int32(inputs.count))]
  let operands = [ck_pointwise_operand](repeating: .contiguous(), count: inputs.count + 1)
  return try PointwiseProgram(instructions, operands, outer: [1, 1, 1, 1], inner: a.count)
    .run(inputs + [[Float](repeating: 0, count: a.count)])[inputs.count]
}

extension ck_pointwise_instruction {
  static func load(_ register: UInt8, _ operand: Int32) -> Self {
    var instruction = Self()
    (instruction.opcode, instruction.destination, instruction.operand) = (
      CK_LOAD, register, operand
    )
    return instruction
  }

  static func store(_ register: UInt8, _ operand: Int32) -> Self {
    var instruction = Self()
    (instruction.opcode, instruction.a, instruction.operand) = (CK_STORE, register, operand)
    return instruction
  }

  static func compute(
    _ opcode: ck_pointwise_opcode, _ destination: UInt8, _ a: UInt8, _ b: UInt8 = 0,
    _ c: UInt8 = 0, low: Float = 0
  ) -> Self {
    var instruction = Self()
    (instruction.opcode, instruction.destination) = (opcode, destination)
    (instruction.a, instruction.b, instruction.c, instruction.low) = (a, b, c, low)
    return instruction
  }
}

extension ck_pointwise_operand {
  static func contiguous() -> Self {
    var operand = Self()
    operand.inner_stride = 1
    return operand
  }

  static func strided(_ strides: [Int64], inner: Int64, period: Int32 = 0) -> Self {
    var operand = Self()
    operand.stride = (strides[0], strides[1], strides[2], strides[3])
    (operand.inner_stride, operand.period) = (inner, period)
    return operand
  }
}

/// Owns a planned program.
final class PointwiseProgram {
  private let handle: OpaquePointer

  init(
    _ instructions: [ck_pointwise_instruction], _ operands: [ck_pointwise_operand], outer: [Int],
    inner: Int
  ) throws {
    handle = try #require(
      ck_pointwise_create(
        instructions, Int32(instructions.count), operands, Int32(operands.count),
        outer.map(Int64.init), Int64(inner)))
  }

  deinit { ck_pointwise_destroy(handle) }

  /// Runs on copies of the arrays and returns them; `sharing` maps operands to the operand whose
  /// memory they use.
  func run(_ arrays: [[Float]], sharing: [Int: Int] = [:]) -> [[Float]] {
    let memory = arrays.map { array in
      let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: max(array.count, 1))
      _ = buffer.initialize(from: array)
      return buffer
    }
    defer { memory.forEach { $0.deallocate() } }
    let pointers = arrays.indices.compactMap { index in
      UnsafeMutableRawPointer(memory[sharing[index] ?? index].baseAddress)
    }
    ck_pointwise_run(handle, pointers)
    return zip(memory, arrays).map { Array($0.prefix($1.count)) }
  }
}

extension KernelTests {
  @Suite("Pointwise functions")
  struct PointwiseFunctionTests {
    /// Every 3001st float: all exponents, both signs, infinities and NaNs.
    static let sweep: [Float] =
      stride(from: UInt32(0), to: UInt32.max - 3001, by: 3001).map(Float.init(bitPattern:)) + [
        0, -0.0, 1, -1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude,
        .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 88.722_84, -103.972_08,
      ]

    struct Case: Sendable, CustomTestStringConvertible {
      let testDescription: String
      let opcode: ck_pointwise_opcode
      let bound: Double
      let reference: @Sendable (Double) -> Double
      var range: ClosedRange<Float> = -.infinity ... .infinity
    }

    static let cases: [Case] = [
      Case(testDescription: "exp", opcode: CK_EXPONENTIAL, bound: 1.1) { exp($0) },
      Case(testDescription: "log", opcode: CK_LOGARITHM, bound: 1.1) { log($0) },
      Case(testDescription: "tanh", opcode: CK_TANH, bound: 2) { tanh($0) },
      Case(testDescription: "sigmoid", opcode: CK_SIGMOID, bound: 2.5) { 1 / (1 + exp(-$0)) },
      Case(testDescription: "erf", opcode: CK_ERF, bound: 1.5) { erf($0) },
      Case(testDescription: "atan", opcode: CK_ARCTANGENT, bound: 2) { atan($0) },
      Case(
        testDescription: "sin", opcode: CK_SINE, bound: 1.6, reference: { sin($0) },
        range: -2e8...2e8
      ),
      Case(
        testDescription: "cos", opcode: CK_COSINE, bound: 1.6, reference: { cos($0) },
        range: -2e8...2e8),
      Case(testDescription: "sqrt", opcode: CK_SQUARE_ROOT, bound: 0.5001) { $0.squareRoot() },
      Case(testDescription: "1/x", opcode: CK_RECIPROCAL, bound: 0.5001) { 1 / $0 },
      Case(testDescription: "rsqrt", opcode: CK_RECIPROCAL_ROOT, bound: 1.6) {
        1 / $0.squareRoot()
      },
      Case(testDescription: "softplus", opcode: CK_SOFTPLUS, bound: 2.5) {
        max($0, 0) + log1p(exp(-abs($0)))
      },
      Case(
        testDescription: "silu", opcode: CK_SILU, bound: 3, reference: { $0 / (1 + exp(-$0)) },
        range: -80 ... .greatestFiniteMagnitude),
      Case(testDescription: "floor", opcode: CK_FLOOR, bound: 0) { $0.rounded(.down) },
      Case(testDescription: "ceil", opcode: CK_CEILING, bound: 0) { $0.rounded(.up) },
      Case(testDescription: "round", opcode: CK_ROUND, bound: 0) { $0.rounded(.toNearestOrEven) },
      Case(testDescription: "abs", opcode: CK_ABSOLUTE, bound: 0) { abs($0) },
      Case(testDescription: "negate", opcode: CK_NEGATE, bound: 0) { -$0 },
      Case(testDescription: "relu", opcode: CK_RELU, bound: 0) { $0 < 0 ? 0 : $0 },
      Case(testDescription: "sign", opcode: CK_SIGN, bound: 0) { $0 > 0 ? 1 : ($0 < 0 ? -1 : $0) },
    ]

    @Test("Stay within a few units of the last place everywhere", arguments: cases)
    func accuracy(_ testCase: Case) throws {
      let x = Self.sweep.filter { testCase.range.contains($0) || ($0.isNaN && testCase.bound != 3) }
      let y = try apply(testCase.opcode, x)
      var worst = (error: 0.0, x: Float(0), y: Float(0))
      for (x, y) in zip(x, y) {
        let error = ulps(y, from: testCase.reference(Double(x)))
        if error > worst.error { worst = (error, x, y) }
      }
      #expect(
        worst.error <= testCase.bound, "\(testCase.testDescription) at \(worst.x): \(worst.y)")
    }

    @Test("GELUs and their derivatives are right to a few parts in 10^7")
    func gelu() throws {
      let x = stride(from: Float(-30), through: 30, by: 0.001).map(\.self)
      let root = (2 / Double.pi).squareRoot()
      func tanhForm(_ x: Double) -> Double { x / (1 + exp(-2 * root * (x + 0.044715 * x * x * x))) }
      func erfForm(_ x: Double) -> Double { 0.5 * x * erfc(-x / 2.0.squareRoot()) }
      func silu(_ x: Double) -> Double { x / (1 + exp(-x)) }
      let forms: [(ck_pointwise_opcode, ck_pointwise_opcode, (Double) -> Double)] = [
        (CK_GELU_TANH, CK_GELU_TANH_GRADIENT, tanhForm),
        (CK_GELU_ERF, CK_GELU_ERF_GRADIENT, erfForm),
        (CK_SILU, CK_SILU_GRADIENT, silu),
      ]
      for (forward, gradient, reference) in forms {
        for (x, y) in zip(x, try apply(forward, x)) {
          #expect(abs(Double(y) - reference(Double(x))) <= 3e-7 * max(1, abs(Double(x))))
        }
        // Central differences in double are good to about h^2.
        for (x, y) in zip(x, try apply(gradient, x)) {
          let h = 1e-4
          let slope = (reference(Double(x) + h) - reference(Double(x) - h)) / (2 * h)
          #expect(abs(Double(y) - slope) <= 2e-6)
        }
        for y in try apply(gradient, [-1e30, -300, 300, 1e30]) { #expect(y == 0 || y == 1) }
      }
    }

    @Test("pow agrees with C's, special cases included")
    func power() throws {
      let special: [Float] = [
        0, -0.0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, .infinity, -.infinity, .nan, 1e30, 1e-37, -1e30,
        7, -7, 16_777_216, 1.000_000_1,
      ]
      var x: [Float] = []
      var y: [Float] = []
      for a in special {
        for b in special {
          x.append(a)
          y.append(b)
        }
      }
      x += randomArray(20_000, seed: 5, in: 0...10)
      y += randomArray(20_000, seed: 6, in: -40...40)
      for ((x, y), z) in zip(zip(x, y), try apply(CK_POWER, x, y)) {
        let truth = pow(Double(x), Double(y))
        #expect(ulps(z, from: truth) <= 0.6, "pow(\(x), \(y)) = \(z)")
        if z == 0 { #expect(z.sign == Float(truth).sign) }
      }
    }

    @Test(
      "Powers by a constant", arguments: [2, 3, -1, -2, 0.5, -0.5, 1, 0, 5, 16, -16, 2.5, 0.75])
    func constantPower(exponent: Float) throws {
      let x = randomArray(1000, seed: 7, in: 0.1...4)
      for (x, y) in zip(x, try apply(CK_POWER_CONSTANT, x, low: exponent)) {
        #expect(ulps(y, from: pow(Double(x), Double(exponent))) <= 6)
      }
    }

    @Test("Functions of two and three arguments, NaN included")
    func binary() throws {
      let values: [Float] = [0, -0.0, 1, -1, 2.5, -3, .infinity, -.infinity, .nan]
      let a = values.flatMap { value in values.map { _ in value } }
      let b = values.flatMap { _ in values }
      let c = a.map { $0 + 0.5 }
      let forms: [(ck_pointwise_opcode, (Float, Float, Float) -> Float)] = [
        (CK_ADD, { a, b, _ in a + b }), (CK_SUBTRACT, { a, b, _ in a - b }),
        (CK_MULTIPLY, { a, b, _ in a * b }), (CK_DIVIDE, { a, b, _ in a / b }),
        (CK_MINIMUM, { a, b, _ in a.isNaN || b.isNaN ? .nan : (a < b ? a : b) }),
        (CK_MAXIMUM, { a, b, _ in a.isNaN || b.isNaN ? .nan : (a > b ? a : b) }),
        (CK_MULTIPLY_ADD, { a, b, c in c.addingProduct(a, b) }),
        (CK_GREATER, { a, b, _ in a > b ? 1 : 0 }),
        (CK_GREATER_EQUAL, { a, b, _ in a >= b ? 1 : 0 }),
        (CK_LESS, { a, b, _ in a < b ? 1 : 0 }), (CK_LESS_EQUAL, { a, b, _ in a <= b ? 1 : 0 }),
        (CK_EQUAL, { a, b, _ in a == b ? 1 : 0 }), (CK_SELECT, { a, b, c in a != 0 ? b : c }),
        (CK_MASK, { a, b, _ in b > 0 ? a : 0 }),
      ]
      for (opcode, reference) in forms {
        let y = try apply(opcode, a, b, c)
        for i in a.indices {
          let truth = reference(a[i], b[i], c[i])
          #expect(y[i] == truth || (y[i].isNaN && truth.isNaN), "\(opcode) \(a[i]) \(b[i]) \(c[i])")
        }
      }
    }

    @Test("Constants of an instruction: clamp, scale, leaky ReLU, bfloat16 rounding")
    func constants() throws {
      let x: [Float] = [-3, -0.5, 0, 0.25, 7, .nan, 1.001_953_1, 1.003_906_2]
      let clamped = try apply(CK_CLAMP, x, low: -1, high: 2)
      #expect(clamped[..<5] == [-1, -0.5, 0, 0.25, 2] && clamped[5].isNaN)
      #expect(try apply(CK_SCALE, [1, 2], low: 3, high: -1) == [2, 5])
      #expect(try apply(CK_LEAKY_RELU, [-2, 4], low: 0.25) == [-0.5, 4])
      // bfloat16 has 8 bits: 1 + 2^-9 rounds to 1, 1 + 2^-8 is a tie that goes to the even 1.
      let rounded = try apply(CK_ROUND_BFLOAT16, x)
      #expect(rounded[6] == 1 && rounded[7] == 1 && rounded[5].isNaN)
    }
  }
}
