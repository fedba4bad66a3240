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

  /// Steps of equal size in every direction: the momentum of a matrix is replaced by the nearest
  /// matrix whose singular values are all about 1. What is no hidden matrix (embeddings, biases,
  /// gains, the last layer) follows AdamW with beta 0.9 and 0.95.
  ///
  /// The steps are scaled so that one learning rate suits both. A filter bank `[output, ...]` counts
  /// as a matrix with a row per output.
  ///
  /// Source: Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024; the
  /// scale from Liu et al., "Muon is scalable for LLM training", 2025.
  case muon(momentum: Double = 0.95, weightDecay: Double = 0)

  /// How many numbers of state each parameter needs.
  public var momentCount: Int {
    switch self {
    case .adamW, .muon: 2
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
  /// Linear from 0 over `warmup` steps to `peak`, there until `decay` steps before `total`, then
  /// linear down to 0. Until the descent nothing depends on `total`, so a training can be prolonged.
  case trapezoid(peak: Double, warmup: Int, decay: Int, total: Int)

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
    case .trapezoid(let peak, let warmup, let decay, let total):
      let rise = Double(step) / Double(max(warmup, 1))
      let descent = Double(total - step) / Double(max(decay, 1))
      return peak * max(min(rise, descent, 1), 0)
    }
  }
}
