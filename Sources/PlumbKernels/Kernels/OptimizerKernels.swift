import CKernels

/// One optimizer step in one pass over memory.
public enum OptimizerKernels {
  /// The settings of one AdamW step.
  public struct AdamW: Sendable, Hashable {
    /// Step size.
    public var learningRate: Double
    /// Decay of the first moment.
    public var beta1: Double
    /// Decay of the second moment.
    public var beta2: Double
    /// Added to the root of the second moment.
    public var epsilon: Double
    /// Decoupled weight decay.
    public var weightDecay: Double
    /// Multiplies the gradient first.
    public var gradientScale: Double
    /// The number of this step, from 1.
    public var step: Int

    /// Creates the settings of one step.
    public init(
      learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double,
      gradientScale: Double, step: Int
    ) {
      self.learningRate = learningRate
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
      self.weightDecay = weightDecay
      self.gradientScale = gradientScale
      self.step = step
    }
  }

  /// Takes one AdamW step.
  public static func adamW(
    _ settings: AdamW, parameters: BufferSlice, firstMoment: BufferSlice,
    secondMoment: BufferSlice, gradient: BufferSlice, count: Int
  ) {
    let options = ck_adamw(
      learning_rate: settings.learningRate, beta1: settings.beta1, beta2: settings.beta2,
      epsilon: settings.epsilon, weight_decay: settings.weightDecay,
      gradient_scale: settings.gradientScale, step: Int64(settings.step))
    withExtendedLifetime((parameters, firstMoment, secondMoment, gradient)) {
      withUnsafePointer(to: options) {
        ck_adamw_step(
          $0, parameters.pointer(to: Float.self, count: count),
          firstMoment.pointer(to: Float.self, count: count),
          secondMoment.pointer(to: Float.self, count: count),
          gradient.pointer(to: Float.self, count: count), Int64(count))
      }
    }
  }

  /// The settings of one step of SGD with momentum.
  public struct SGD: Sendable, Hashable {
    /// Step size.
    public var learningRate: Double
    /// Decay of the velocity; 0 keeps none.
    public var momentum: Double
    /// Added to the gradient, times the parameter.
    public var weightDecay: Double
    /// Multiplies the gradient first.
    public var gradientScale: Double
    /// Whether the step looks ahead along the velocity.
    public var nesterov: Bool
    /// Whether the velocity starts with this step.
    public var isFirst: Bool

    /// Creates the settings of one step.
    public init(
      learningRate: Double, momentum: Double, weightDecay: Double, gradientScale: Double,
      nesterov: Bool, isFirst: Bool
    ) {
      self.learningRate = learningRate
      self.momentum = momentum
      self.weightDecay = weightDecay
      self.gradientScale = gradientScale
      self.nesterov = nesterov
      self.isFirst = isFirst
    }
  }

  /// Takes one step of SGD.
  public static func sgd(
    _ settings: SGD, parameters: BufferSlice, velocity: BufferSlice?, gradient: BufferSlice,
    count: Int
  ) {
    let options = ck_sgd(
      learning_rate: settings.learningRate, momentum: settings.momentum, dampening: 0,
      weight_decay: settings.weightDecay, gradient_scale: settings.gradientScale,
      nesterov: settings.nesterov, first_step: settings.isFirst)
    withExtendedLifetime((parameters, velocity, gradient)) {
      withUnsafePointer(to: options) {
        ck_sgd_step(
          $0, parameters.pointer(to: Float.self, count: count),
          velocity?.pointer(to: Float.self, count: count),
          gradient.pointer(to: Float.self, count: count), Int64(count))
      }
    }
  }
}
