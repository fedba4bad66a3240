import PlumbKernels
import PlumbRuntime

/// Moves a policy's unembedding along its gradient.
final class HeadOptimizer {
  private let head: PolicyHead
  private let optimizer: Optimizer
  private let clippingNorm: Double?
  private let moments: [BufferSlice]

  /// Prepares the state of an optimizer for a head that is trained.
  init(_ head: PolicyHead, _ optimizer: Optimizer, clippingNorm: Double?) throws {
    self.head = head
    self.optimizer = optimizer
    self.clippingNorm = clippingNorm
    moments = try (0..<optimizer.momentCount).map { _ in
      BufferSlice(
        try AlignedBuffer(byteCount: head.vocabulary * head.width * 4, zeroed: true))
    }
  }

  private var count: Int { head.count }

  /// The L2 norm of the gradient.
  func gradientNorm() -> Double {
    head.compute {
      ReductionKernels.sumOfSquares(head.gradient, count: count).squareRoot()
    }
  }

  /// Takes one step, counted from 1, along a gradient whose norm is known.
  func step(_ step: Int, rate: Double, gradientNorm norm: Double) {
    var scale = 1.0
    if let limit = clippingNorm, norm > limit { scale = limit / (norm + 1e-6) }
    head.compute {
      func adamW(_ beta1: Double, _ beta2: Double, _ epsilon: Double, _ decay: Double) {
        OptimizerKernels.adamW(
          .init(
            learningRate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: decay,
            gradientScale: scale, step: step),
          parameters: head.weights, firstMoment: moments[0], secondMoment: moments[1],
          gradient: head.gradient, count: count)
      }
      switch optimizer {
      case .adamW(let beta1, let beta2, let epsilon, let decay):
        adamW(beta1, beta2, epsilon, decay)
      // The last layer is no hidden matrix, and follows AdamW there too.
      case .muon(_, let decay): adamW(0.9, 0.95, 1e-8, decay)
      case .sgd(let momentum, let nesterov, let decay):
        OptimizerKernels.sgd(
          .init(
            learningRate: rate, momentum: momentum, weightDecay: decay, gradientScale: scale,
            nesterov: nesterov, isFirst: step == 1),
          parameters: head.weights, velocity: moments.first, gradient: head.gradient,
          count: count)
      }
    }
    head.weightsChanged()
  }

  /// The moments, to resume from.
  var state: [[Float]] {
    get { moments.map { $0.read(count) } }
    set { for (moment, values) in zip(moments, newValue) { moment.write(values) } }
  }
}
