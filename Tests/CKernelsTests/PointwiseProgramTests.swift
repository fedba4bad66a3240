import CKernels
import Testing

/// What a program means, one element at a time.
private struct Interpreter {
  let instructions: [ck_pointwise_instruction]
  let operands: [ck_pointwise_operand]
  let outer: [Int]
  let inner: Int

  func index(_ operand: ck_pointwise_operand, _ at: [Int], _ j: Int) -> Int {
    let s = operand.stride
    let start =
      at[0] * Int(s.0) + at[1] * Int(s.1) + at[2] * Int(s.2) + at[3] * Int(s.3)
    return start
      + (operand.period > 0 ? j % Int(operand.period) : j * Int(operand.inner_stride))
  }

  func run(_ input: [[Float]], sharing: [Int: Int]) -> [[Float]] {
    var memory = input
    for flat in 0..<outer.reduce(1, *) {
      var at = [0, 0, 0, 0]
      var rest = flat
      for d in (0..<4).reversed() {
        at[d] = rest % outer[d]
        rest /= outer[d]
      }
      for j in 0..<inner { step(at, j, &memory, sharing) }
    }
    return memory
  }

  func step(_ at: [Int], _ j: Int, _ memory: inout [[Float]], _ sharing: [Int: Int]) {
    var registers = [Float](repeating: 0, count: 32)
    for instruction in instructions {
      let a = registers[Int(instruction.a)]
      let b = registers[Int(instruction.b)]
      let c = registers[Int(instruction.c)]
      let which = Int(instruction.operand)
      switch instruction.opcode {
      case CK_LOAD:
        registers[Int(instruction.destination)] =
          memory[sharing[which] ?? which][index(operands[which], at, j)]
      case CK_STORE: memory[sharing[which] ?? which][index(operands[which], at, j)] = a
      case CK_CONSTANT: registers[Int(instruction.destination)] = instruction.low
      case CK_ADD: registers[Int(instruction.destination)] = a + b
      case CK_MULTIPLY: registers[Int(instruction.destination)] = a * b
      case CK_SUBTRACT: registers[Int(instruction.destination)] = a - b
      case CK_MASK: registers[Int(instruction.destination)] = b > 0 ? a : 0
      case CK_SELECT: registers[Int(instruction.destination)] = a != 0 ? b : c
      case CK_RELU: registers[Int(instruction.destination)] = a < 0 ? 0 : a
      default: Issue.record("The interpreter lacks \(instruction.opcode).")
      }
    }
  }
}

/// A random program over a random space.
private struct RandomCase {
  var instructions: [ck_pointwise_instruction] = []
  var operands: [ck_pointwise_operand] = []
  var arrays: [[Float]] = []
  var sharing: [Int: Int] = [:]
  var outer: [Int]
  var inner: Int

  init(seed: UInt64) {
    var random = TestGenerator(seed: seed)
    let sizes = [1, 1, 1, 2, 3, 5, 8]
    outer = (0..<4).map { _ in sizes.randomElement(using: &random) ?? 1 }
    inner =
      [1, 1, 2, 3, 5, 7, 8, 16, 16, 32, 49, 64, 100, 511, 512, 513, 700, 1025, 3000]
      .randomElement(using: &random) ?? 1
    if inner > 500 { outer = outer.map { min($0, 3) } }
    for _ in 0..<Int.random(in: 1...5, using: &random) { addInput(&random) }
    for (index, _) in operands.enumerated() {
      instructions.append(.load(UInt8(index), Int32(index)))
    }
    let inputs = operands.count
    instructions.append(.compute(CK_CONSTANT, UInt8(inputs), 0, low: 0.75))
    var defined = inputs + 1
    let opcodes = [CK_ADD, CK_MULTIPLY, CK_SUBTRACT, CK_MASK, CK_SELECT, CK_RELU]
    let outputs = Int.random(in: 1...3, using: &random)
    for output in 0..<outputs {
      for _ in 0..<Int.random(in: 0...6, using: &random) {
        let source = { UInt8(Int.random(in: 0..<defined, using: &random)) }
        let overwrite = defined >= 32 || Bool.random(using: &random)
        let destination =
          overwrite ? UInt8(Int.random(in: 0..<defined, using: &random)) : UInt8(defined)
        let opcode = opcodes.randomElement(using: &random) ?? CK_ADD
        instructions.append(.compute(opcode, destination, source(), source(), source()))
        if !overwrite { defined += 1 }
      }
      addOutput(output, &random)
      let register = UInt8(Int.random(in: 0..<defined, using: &random))
      instructions.append(.store(register, Int32(operands.count - 1)))
    }
  }

  private var dense: [Int64] {
    let (b, c, d) = (outer[1], outer[2], outer[3])
    return [b * c * d * inner, c * d * inner, d * inner, inner].map(Int64.init)
  }

  private var count: Int { outer.reduce(inner, *) }

  private mutating func addInput(_ random: inout TestGenerator) {
    let periods = [1, 2, 4, 8, 16].filter { inner % $0 == 0 }
    let kind = Int.random(in: 0..<6, using: &random)
    var strides = dense
    if kind >= 2 {
      // Some dimensions repeat.
      strides = strides.map { Bool.random(using: &random) ? $0 : 0 }
    }
    switch kind {
    case 3: operands.append(.strided(strides, inner: 0))
    case 4:
      operands.append(.strided(strides, inner: 1, period: Int32(periods.last ?? 1)))
    case 5: operands.append(.strided(strides.map { $0 * 3 }, inner: 3))
    default: operands.append(.strided(strides, inner: 1))
    }
    arrays.append(randomArray(count * 3, seed: random.next()))
  }

  private mutating func addOutput(_ output: Int, _ random: inout TestGenerator) {
    operands.append(.strided(dense, inner: 1))
    arrays.append([Float](repeating: 0, count: count))
    // Sometimes in place, on an input that is addressed alike.
    let alike = operands.indices.dropLast().filter { index in
      let s = operands[index].stride
      let same = [s.0, s.1, s.2, s.3] == dense && operands[index].inner_stride == 1
      return same && operands[index].period == 0 && !sharing.values.contains(index)
        && index < operands.count - 1 - output
    }
    if let partner = alike.randomElement(using: &random), Bool.random(using: &random) {
      sharing[operands.count - 1] = partner
    }
  }
}

extension KernelTests {
  @Suite("Pointwise programs")
  struct PointwiseProgramTests {
    @Test("Mean what their instructions say, element by element", arguments: 0..<400)
    func meaning(seed: UInt64) throws {
      let random = RandomCase(seed: seed)
      let program = try PointwiseProgram(
        random.instructions, random.operands, outer: random.outer, inner: random.inner)
      let reference = Interpreter(
        instructions: random.instructions, operands: random.operands, outer: random.outer,
        inner: random.inner
      ).run(random.arrays, sharing: random.sharing)
      for threads: Int32 in [1, 3] {
        let result = withThreads(threads) { program.run(random.arrays, sharing: random.sharing) }
        #expect(result == reference, "outer \(random.outer) inner \(random.inner)")
      }
    }

    @Test("Read and write bfloat16")
    func bfloat16() throws {
      var half = ck_pointwise_operand.contiguous()
      half.type = CK_BFLOAT16
      let program = try PointwiseProgram(
        [.load(0, 0), .compute(CK_ADD, 1, 0, 0), .store(1, 1)], [half, half],
        outer: [1, 1, 1, 1], inner: 3)
      // 1, -2.5 and 3 as bfloat16 in the first halves of two floats.
      let bits: [UInt32] = [0xc020_3f80, 0x0000_4040]
      let result = program.run([bits.map(Float.init(bitPattern:)), [0, 0]])[1].map(\.bitPattern)
      #expect(result == [0xc0a0_4000, 0x0000_40c0])
    }

    @Test("Do nothing over an empty space")
    func empty() throws {
      let program = try PointwiseProgram(
        [.load(0, 0), .store(0, 1)], [.contiguous(), .contiguous()], outer: [1, 0, 1, 1], inner: 4)
      #expect(program.run([[1], [2]])[1] == [2])
    }

    @Test("Are refused if they read a register too early or name what is not there")
    func malformed() {
      func create(_ instructions: [ck_pointwise_instruction]) -> OpaquePointer? {
        ck_pointwise_create(
          instructions, Int32(instructions.count), [.contiguous()], 1, [1, 1, 1, 1], 4)
      }
      #expect(create([.store(0, 0)]) == nil)
      #expect(create([.load(0, 1)]) == nil)
      #expect(create([.load(40, 0)]) == nil)
      #expect(create([.load(0, 0), .compute(CK_ADD, 1, 0, 2)]) == nil)
    }

    @Test("ReLU gradients pass where the output is positive", arguments: [1, 7, 40_000])
    func reluGradients(count: Int) {
      let dy = randomArray(count, seed: 1)
      let other = randomArray(count, seed: 2)
      let y = randomArray(count, seed: 3).map { $0 < 0 ? 0 : $0 }
      let compute: () -> [Float] = {
        var single = [Float](repeating: 9, count: count)
        var sum = [Float](repeating: 9, count: count)
        ck_relu_gradient(&single, dy, y, Int64(count))
        ck_relu_gradient_sum(&sum, dy, other, y, Int64(count))
        return single + sum
      }
      let expected =
        dy.indices.map { y[$0] > 0 ? dy[$0] : 0 }
        + dy.indices.map { y[$0] > 0 ? dy[$0] + other[$0] : 0 }
      #expect(compute() == expected)
      #expect(isIndependentOfThreads(compute))
    }
  }
}
