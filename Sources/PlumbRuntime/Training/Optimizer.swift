import PlumbKernels

/// How gradients become steps.
public enum Optimizer: Sendable, Hashable, Codable {
  /// Adam with decoupled weight decay.
  ///
  /// Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019; operations in the
  /// order of `torch.optim.AdamW`.
  case adamW(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0)

  /// Gradient descent with momentum; weight decay is added to the gradient, as in `torch.optim.SGD`.
  case sgd(momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0)

  /// How many numbers of state each parameter needs.
  var momentCount: Int {
    switch self {
    case .adamW: 2
    case .sgd(let momentum, _, _): momentum == 0 ? 0 : 1
    }
  }
}

/// How the learning rate depends on the step.
public enum LearningRateSchedule: Sendable, Hashable, Codable {
  /// The same at every step.
  case constant(Double)
  /// Linear from 0 over `warmup` steps to `peak`, then half a cosine down to `floor` at `total`.
  case cosine(peak: Double, warmup: Int, total: Int, floor: Double = 0)
  /// Linear from 0 over `warmup` steps to `peak`, then linear down to `floor` at `total`.
  case linear(peak: Double, warmup: Int, total: Int, floor: Double = 0)

  /// The learning rate of step `step`, counted from 1.
  public func rate(at step: Int) -> Double {
    switch self {
    case .constant(let rate): return rate
    case .cosine(let peak, let warmup, let total, let floor):
      if step <= warmup { return peak * Double(step) / Double(max(warmup, 1)) }
      let progress = min(Double(step - warmup) / Double(max(total - warmup, 1)), 1)
      return floor + (peak - floor) * 0.5 * (1 + _cosine(.pi * progress))
    case .linear(let peak, let warmup, let total, let floor):
      if step <= warmup { return peak * Double(step) / Double(max(warmup, 1)) }
      let progress = min(Double(step - warmup) / Double(max(total - warmup, 1)), 1)
      return peak + (floor - peak) * progress
    }
  }
}
