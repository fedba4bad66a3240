import PlumbGraph
import PlumbKernels
import PlumbText

/// Adam for parameters whose gradients several programs compute in turn.
///
/// Unlike a ``Trainer`` it is not bound to one program: another may compute the gradients at each
/// step, such as one per image size. Gradients are read where the program left them, and parameters
/// change in place.
///
/// Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015.
public final class SharedAdam {
  /// A parameter with its moments.
  private struct Optimized {
    let name: String
    let count: Int
    let memory: BufferSlice
    let moments: [AlignedBuffer]
  }

  /// How many steps have been taken.
  public private(set) var step = 0

  private let parameters: ParameterStore
  private let optimized: [Optimized]
  private let beta1: Double
  private let beta2: Double
  private let epsilon: Double

  /// Prepares an optimizer; the constants are those of the paper.
  ///
  /// - Parameters:
  ///   - names: The parameters to optimize; programs must be compiled with them as updated.
  ///   - parameters: Where they are and stay.
  ///   - beta1: The decay of the first moment per step.
  ///   - beta2: The decay of the second moment per step.
  ///   - epsilon: Added to the root of the second moment.
  /// - Throws: ``RuntimeError/missingParameter(name:nearest:)``.
  public init(
    _ names: [String], in parameters: ParameterStore, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8
  ) throws {
    self.parameters = parameters
    (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
    self.optimized = try names.sorted().map { name in
      guard let type = parameters.type(of: name) else {
        throw RuntimeError.missingParameter(
          name: name, nearest: parameters.names.nearest(to: name))
      }
      return Optimized(
        name: name, count: type.shape.count,
        memory: try parameters.memory(of: Parameter(label: name, type: type), freezing: false),
        moments: try (0..<2).map { _ in
          try AlignedBuffer(byteCount: max(type.shape.count * 4, 4), zeroed: true)
        })
    }
  }

  /// The name of the output in which a program leaves the gradient for a parameter.
  public static func outputName(of parameter: String) -> String { "gradient of \(parameter)" }

  /// Takes a step along the gradients of the latest run of a program.
  ///
  /// - Parameters:
  ///   - program: A program with an output ``outputName(of:)`` for each parameter.
  ///   - learningRate: The step size.
  ///   - ascends: Whether the step goes uphill.
  /// - Throws: ``RuntimeError/unknownOutput(name:nearest:)``.
  public func step(_ program: Program, learningRate: Double, ascends: Bool = false) throws {
    let gradients = try optimized.map {
      try program.outputSlice(Self.outputName(of: $0.name)).slice
    }
    step += 1
    try ComputeThread.shared().run {
      for (parameter, gradient) in zip(optimized, gradients) {
        update(parameter, gradient, learningRate, scale: ascends ? -1 : 1)
      }
    }
  }

  private func update(
    _ parameter: Optimized, _ gradient: BufferSlice, _ rate: Double, scale: Double
  ) {
    OptimizerKernels.adamW(
      .init(
        learningRate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: 0,
        gradientScale: scale, step: step),
      parameters: parameter.memory, firstMoment: BufferSlice(parameter.moments[0]),
      secondMoment: BufferSlice(parameter.moments[1]), gradient: gradient, count: parameter.count)
  }

  // MARK: State

  /// Parameters and moments by name.
  public func state() throws -> [String: Tensor] {
    var state: [String: Tensor] = [:]
    for parameter in optimized {
      state["parameter.\(parameter.name)"] = try parameters.value(parameter.name)
      for (index, moment) in parameter.moments.enumerated() {
        state["moment\(index).\(parameter.name)"] = Tensor(
          unchecked: [parameter.count], BufferSlice(moment).read(parameter.count), .float)
      }
    }
    return state
  }

  /// Continues where ``state()`` was taken after `step` steps.
  ///
  /// - Throws: ``RuntimeError`` if the state is of other parameters; nothing has changed then.
  public func restore(_ state: [String: Tensor], step: Int) throws {
    func saved(_ name: String, _ count: Int) throws -> Tensor {
      guard let tensor = state[name] else {
        throw RuntimeError.missingParameter(
          name: name, nearest: state.keys.sorted().nearest(to: name))
      }
      guard tensor.elements.count == count else {
        throw RuntimeError.wrongCount(shape: [count], got: tensor.elements.count)
      }
      return tensor
    }
    let values = try optimized.map { parameter in
      (
        try saved("parameter.\(parameter.name)", parameter.count),
        try parameter.moments.indices.map {
          try saved("moment\($0).\(parameter.name)", parameter.count)
        }
      )
    }
    for (parameter, (value, moments)) in zip(optimized, values) {
      parameter.memory.write(value.elements)
      for (memory, moment) in zip(parameter.moments, moments) {
        BufferSlice(memory).write(moment.elements)
      }
    }
    self.step = step
  }
}
