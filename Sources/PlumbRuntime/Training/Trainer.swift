import Foundation
import PlumbGraph
import PlumbKernels
import PlumbText

func _cosine(_ x: Double) -> Double { cos(x) }

/// Minimizes a graph's loss by gradient descent on its parameters.
///
/// The forward pass, the gradients and the loss are one program; the optimizer then goes over each
/// parameter once, with its moments, in place.
public final class Trainer {
  /// What one step reports.
  public struct Report: Sendable {
    /// The step, counted from 1.
    public let step: Int
    /// The graph's scalar outputs before the update, such as `loss`.
    public let metrics: [String: Float]
    /// The L2 norm of all gradients together, before clipping.
    public let gradientNorm: Double
    /// The learning rate that was used.
    public let learningRate: Double
  }

  /// Settings of a training.
  public struct Options: Sendable {
    /// How gradients become steps.
    public var optimizer: Optimizer
    /// How the learning rate depends on the step.
    public var schedule: LearningRateSchedule
    /// The L2 norm to which longer gradients are shortened, or `nil`.
    public var clippingNorm: Double?
    /// The precision of the arithmetic; parameters and moments are always fp32.
    public var precision: Precision
    /// The seed of random nodes, such as dropout.
    public var seed: UInt64
    /// Whether weight decay spares vectors: biases and the scales of normalizations.
    public var decaysOnlyMatrices: Bool
    /// The parameters that ``Optimizer/muon(momentum:weightDecay:)`` takes for hidden matrices.
    public var hiddenMatrices: Set<String>

    /// Creates settings.
    public init(
      optimizer: Optimizer, schedule: LearningRateSchedule, clippingNorm: Double? = nil,
      precision: Precision = .fp32, seed: UInt64 = 0, decaysOnlyMatrices: Bool = false,
      hiddenMatrices: Set<String> = []
    ) {
      self.optimizer = optimizer
      self.schedule = schedule
      self.clippingNorm = clippingNorm
      self.precision = precision
      self.seed = seed
      self.decaysOnlyMatrices = decaysOnlyMatrices
      self.hiddenMatrices = hiddenMatrices
    }
  }

  private struct Trained {
    let name: String
    let count: Int
    let isMatrix: Bool
    let memory: BufferSlice
    /// The gradient, or the step in its place that the program computed from it.
    let gradient: BufferSlice
    /// The sum of the squares of the gradient, where `gradient` is a step.
    let squaredGradient: BufferSlice?
    let moments: [AlignedBuffer]
  }

  /// The compiled forward and backward pass.
  public let program: Program
  /// The weights.
  public let parameters: ParameterStore
  /// The settings.
  public let options: Options
  /// The floating-point operations of one step, without the optimizer's.
  public let floatingPointOperations: Double
  /// How many steps have been taken.
  public private(set) var step = 0

  private let trained: [Trained]
  private let updates: [(memory: BufferSlice, output: BufferSlice, count: Int)]
  private let metricNames: [String]

  /// Compiles a training.
  ///
  /// - Parameters:
  ///   - graph: Its output `loss` is minimized; other outputs with one element are metrics.
  ///   - parameters: Where the weights are and stay.
  ///   - trained: The names of the parameters to train; all of the graph's if `nil`.
  ///   - updates: Parameters that take the value of an output after each step, such as running
  ///     averages: parameter name to output name.
  ///   - options: Optimizer, schedule, clipping, precision, seed.
  /// - Throws: ``RuntimeError`` or `GraphError` if a parameter is missing or the loss
  ///   cannot be differentiated.
  public init(
    _ graph: Graph, parameters: ParameterStore, trained: [String]? = nil,
    updates: [String: String] = [:], options: Options
  ) throws {
    let nodes = graph.nodes.filter { node in
      guard let parameter = node.operation as? Parameter else { return false }
      return trained?.contains(parameter.label) ?? (updates[parameter.label] == nil)
    }
    let names = nodes.compactMap { ($0.operation as? Parameter)?.label }
    if let missing = trained?.first(where: { !names.contains($0) }) {
      throw RuntimeError.missingParameter(
        name: missing, nearest: graph.parameters.map(\.label).nearest(to: missing))
    }
    let gradients = try gradient(of: graph.output("loss"), for: nodes)
    var outputs = graph.outputs
    var updates = updates
    var orthogonalized: Set<String> = []
    for (name, gradient) in zip(names, gradients) {
      guard case .muon(let momentum, _) = options.optimizer, options.hiddenMatrices.contains(name)
      else {
        outputs.append(Graph.Output("gradient of \(name)", gradient))
        continue
      }
      let step = try OrthogonalizedMomentum(of: gradient, for: name, momentum: Float(momentum))
      outputs += [
        Graph.Output("gradient of \(name)", step.direction),
        Graph.Output("squared gradient of \(name)", step.squaredGradient),
        Graph.Output(step.label, step.momentum),
      ]
      updates[step.label] = step.label
      orthogonalized.insert(name)
      if parameters.type(of: step.label) == nil {
        try parameters.set(step.label, Tensor(gradient.shape, filledWith: 0))
      }
    }
    let program = try Program(
      Graph(outputs), parameters: parameters,
      options: .init(
        precision: options.precision, updated: Set(names + updates.keys), seed: options.seed))
    self.program = program
    self.parameters = parameters
    self.options = options
    self.floatingPointOperations = try Graph(outputs).withoutNames().simplified()
      .floatingPointOperations
    self.metricNames = graph.outputs.filter { $0.node.shape.count == 1 }.map(\.name)
    self.trained = try zip(names, nodes).map { name, node in
      guard let parameter = node.operation as? Parameter else {
        preconditionFailure("\(node) is not a parameter")
      }
      let count = node.shape.count
      let isOrthogonalized = orthogonalized.contains(name)
      return Trained(
        name: name, count: count, isMatrix: node.shape.rank > 1,
        memory: try parameters.memory(of: parameter, freezing: false),
        gradient: try program.outputSlice("gradient of \(name)").slice,
        squaredGradient: isOrthogonalized
          ? try program.outputSlice("squared gradient of \(name)").slice : nil,
        moments: try (0..<(isOrthogonalized ? 0 : options.optimizer.momentCount)).map { _ in
          try AlignedBuffer(byteCount: max(count * 4, 4), zeroed: true)
        })
    }
    self.updates = try updates.sorted { $0.key < $1.key }.map { name, output in
      let (type, slice) = try program.outputSlice(output)
      let memory = try parameters.memory(
        of: Parameter(label: name, type: type), freezing: false)
      return (memory, slice, type.shape.count)
    }
  }

  /// Takes one step on these inputs.
  ///
  /// - Throws: ``RuntimeError/nonFinite(node:index:)`` if the loss is not a number; no parameter has
  ///   changed then.
  public func step(_ inputs: [String: Tensor]) throws -> Report {
    for (name, tensor) in inputs { try program.set(name, tensor) }
    program.setStep(step)
    try program.run()
    var metrics: [String: Float] = [:]
    for name in metricNames { metrics[name] = try program.output(name).scalar }
    guard let loss = metrics["loss"], loss.isFinite else {
      throw RuntimeError.nonFinite(node: "The loss at step \(step + 1)", index: 0)
    }
    step += 1
    let rate = options.schedule.rate(at: step)
    let norm = try ComputeThread.shared().run { update(rate) }
    return Report(step: step, metrics: metrics, gradientNorm: norm, learningRate: rate)
  }

  /// Updates every parameter and returns the norm of the gradients.
  private func update(_ rate: Double) -> Double {
    let squares = trained.reduce(0.0) { sum, parameter in
      if let known = parameter.squaredGradient { return sum + Double(known.read(1)[0]) }
      return sum + ReductionKernels.sumOfSquares(parameter.gradient, count: parameter.count)
    }
    let norm = squares.squareRoot()
    var scale = 1.0
    if let limit = options.clippingNorm, norm > limit { scale = limit / (norm + 1e-6) }
    for parameter in trained {
      let decays = parameter.isMatrix || !options.decaysOnlyMatrices
      switch options.optimizer {
      case .adamW(let beta1, let beta2, let epsilon, let decay):
        adamW(
          parameter,
          .init(
            learningRate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon,
            weightDecay: decays ? decay : 0, gradientScale: scale, step: step))
      case .muon(_, let decay) where parameter.squaredGradient != nil:
        // The direction has no momentum left to take, so that the decay is a decoupled one.
        OptimizerKernels.sgd(
          .init(
            learningRate: rate, momentum: 0, weightDecay: decay, gradientScale: 1,
            nesterov: false, isFirst: step == 1),
          parameters: parameter.memory, velocity: nil, gradient: parameter.gradient,
          count: parameter.count)
      case .muon(_, let decay):
        adamW(
          parameter,
          .init(
            learningRate: rate, beta1: 0.9, beta2: 0.95, epsilon: 1e-8,
            weightDecay: decays ? decay : 0, gradientScale: scale, step: step))
      case .sgd(let momentum, let nesterov, let decay):
        OptimizerKernels.sgd(
          .init(
            learningRate: rate, momentum: momentum, weightDecay: decays ? decay : 0,
            gradientScale: scale, nesterov: nesterov, isFirst: step == 1),
          parameters: parameter.memory, velocity: parameter.moments.first.map { BufferSlice($0) },
          gradient: parameter.gradient, count: parameter.count)
      }
    }
    for update in updates {
      MovementKernels.copyNow(
        sizes: [update.count], to: update.memory, strides: [1], from: update.output, strides: [1])
    }
    return norm
  }

  private func adamW(_ parameter: Trained, _ settings: OptimizerKernels.AdamW) {
    OptimizerKernels.adamW(
      settings, parameters: parameter.memory, firstMoment: BufferSlice(parameter.moments[0]),
      secondMoment: BufferSlice(parameter.moments[1]), gradient: parameter.gradient,
      count: parameter.count)
  }

  // MARK: State

  /// Everything that a resumed training needs, by name: parameters, moments and the step.
  public func state() throws -> [String: Tensor] {
    var state: [String: Tensor] = [:]
    for name in parameters.names { state["parameter.\(name)"] = try parameters.value(name) }
    for parameter in trained {
      for (index, moment) in parameter.moments.enumerated() {
        state["moment\(index).\(parameter.name)"] = Tensor(
          unchecked: [parameter.count], BufferSlice(moment).read(parameter.count), .float)
      }
    }
    return state
  }

  /// Continues where ``state()`` was taken after `step` steps.
  public func restore(_ state: [String: Tensor], step: Int) throws {
    for parameter in trained {
      for (index, moment) in parameter.moments.enumerated() {
        let name = "moment\(index).\(parameter.name)"
        guard let tensor = state[name] else {
          throw RuntimeError.missingParameter(
            name: name, nearest: state.keys.sorted().nearest(to: name))
        }
        guard tensor.elements.count == parameter.count else {
          throw RuntimeError.wrongCount(shape: [parameter.count], got: tensor.elements.count)
        }
        BufferSlice(moment).write(tensor.elements)
      }
    }
    for name in parameters.names {
      guard let tensor = state["parameter.\(name)"] else {
        throw RuntimeError.missingParameter(
          name: name, nearest: state.keys.sorted().nearest(to: name))
      }
      if try parameters.value(name) != tensor { try parameters.set(name, tensor) }
    }
    self.step = step
  }
}
