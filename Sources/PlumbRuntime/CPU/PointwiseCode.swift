import PlumbGraph
import PlumbKernels

/// Turns the steps of a ``FusedPointwise`` into instructions for ``PointwiseProgram``.
///
/// Operand `i` of the program is the node's input `i`; the result is stored as the operand after
/// the last input.
struct PointwiseCode {
  private(set) var instructions: [PointwiseInstruction] = []
  private var lastUse: [FusedPointwise.Operand: Int] = [:]
  private var registers: [FusedPointwise.Operand: Int] = [:]
  private var free = Array((0..<32).reversed())

  init(_ operation: FusedPointwise, inputCount: Int) {
    // A comparison with zero that only masks a product needs no instruction of its own.
    var uses = Array(repeating: 0, count: operation.steps.count)
    for step in operation.steps {
      for case .step(let index) in step.operands { uses[index] += 1 }
    }
    var masks: [Int: FusedPointwise.Operand] = [:]
    for (index, step) in operation.steps.enumerated()
    where step.formula == .greater && step.operands[1] == .number(0) && uses[index] == 1 {
      masks[index] = step.operands[0]
    }
    var masked: Set<Int> = []
    let steps = operation.steps.map { step -> (FusedPointwise.Step, isMask: Bool) in
      guard step.formula == .multiply else { return (step, false) }
      for (side, operand) in step.operands.enumerated() {
        if case .step(let index) = operand, let tested = masks[index] {
          masked.insert(index)
          return (
            .init(formula: .multiply, operands: [step.operands[1 - side], tested]), true
          )
        }
      }
      return (step, false)
    }

    for (index, (step, _)) in steps.enumerated() where !masked.contains(index) {
      for operand in step.operands { lastUse[operand] = index }
    }
    for (index, (step, isMask)) in steps.enumerated() where !masked.contains(index) {
      let sources = step.operands.map { load($0) }
      release(step.operands, after: index)
      let destination = take()
      emit(step.formula, isMask: isMask, into: destination, from: sources)
      registers[.step(index)] = destination
    }
    let result = registers[.step(steps.count - 1), default: 0]
    instructions.append(.init(.store, from: [result], operand: inputCount))
  }

  private mutating func take() -> Int {
    guard let register = free.popLast() else {
      preconditionFailure("a pointwise chain needs more than 32 registers")
    }
    return register
  }

  private mutating func load(_ operand: FusedPointwise.Operand) -> Int {
    if let register = registers[operand] { return register }
    let register = take()
    registers[operand] = register
    switch operand {
    case .input(let index): instructions.append(.init(.load, into: register, operand: index))
    case .number(let value): instructions.append(.init(.constant, into: register, low: value))
    case .step: preconditionFailure("a pointwise step is read before it is computed")
    }
    return register
  }

  private mutating func release(_ operands: [FusedPointwise.Operand], after step: Int) {
    for operand in Set(operands) where lastUse[operand] == step {
      if let register = registers.removeValue(forKey: operand) { free.append(register) }
    }
  }

  private mutating func emit(
    _ formula: PointwiseFormula, isMask: Bool, into destination: Int, from sources: [Int]
  ) {
    func one(
      _ code: PointwiseInstruction.Code, low: Float = 0, high: Float = 0
    ) -> PointwiseInstruction {
      .init(code, into: destination, from: sources, low: low, high: high)
    }
    switch formula {
    case .add: instructions.append(one(.add))
    case .subtract: instructions.append(one(.subtract))
    case .multiply: instructions.append(one(isMask ? .mask : .multiply))
    case .divide: instructions.append(one(.divide))
    case .maximum: instructions.append(one(.maximum))
    case .minimum: instructions.append(one(.minimum))
    case .power: instructions.append(one(.power))
    case .greater: instructions.append(one(.greater))
    case .greaterOrEqual: instructions.append(one(.greaterEqual))
    case .less: instructions.append(one(.less))
    case .lessOrEqual: instructions.append(one(.lessEqual))
    case .equal: instructions.append(one(.equal))
    case .select: instructions.append(one(.select))
    case .negate: instructions.append(one(.negate))
    case .absolute: instructions.append(one(.absolute))
    case .square: instructions.append(one(.square))
    case .squareRoot: instructions.append(one(.squareRoot))
    case .reciprocalSquareRoot: instructions.append(one(.reciprocalRoot))
    case .reciprocal: instructions.append(one(.reciprocal))
    case .powerOfConstant(let exponent): instructions.append(one(.powerConstant, low: exponent))
    case .exponential: instructions.append(one(.exponential))
    case .logarithm: instructions.append(one(.logarithm))
    case .hyperbolicTangent: instructions.append(one(.tanh))
    case .arctangent: instructions.append(one(.arctangent))
    case .sine: instructions.append(one(.sine))
    case .cosine: instructions.append(one(.cosine))
    case .sigmoid: instructions.append(one(.sigmoid))
    case .errorFunction: instructions.append(one(.erf))
    case .geluTanh: instructions.append(one(.geluTanh))
    case .geluErf: instructions.append(one(.geluErf))
    case .silu: instructions.append(one(.silu))
    case .relu: instructions.append(one(.relu))
    case .leakyReLU(let slope): instructions.append(one(.leakyReLU, low: slope))
    case .clip(let lower, let upper): instructions.append(one(.clamp, low: lower, high: upper))
    case .sign: instructions.append(one(.sign))
    case .floor: instructions.append(one(.floor))
    case .roundToBFloat16: instructions.append(one(.roundBFloat16))
    case .hardSigmoid(let slope, let offset):
      instructions.append(one(.scale, low: slope, high: offset))
      instructions.append(.init(.clamp, into: destination, from: [destination], low: 0, high: 1))
    case .hardSwish:
      // x · clip(x / 6 + 1/2, 0, 1): the gate needs a register beside x, which may share
      // `destination`.
      let gate = take()
      instructions.append(.init(.scale, into: gate, from: sources, low: 1 / 6, high: 0.5))
      instructions.append(.init(.clamp, into: gate, from: [gate], low: 0, high: 1))
      instructions.append(.init(.multiply, into: destination, from: [sources[0], gate]))
      free.append(gate)
    }
  }
}
