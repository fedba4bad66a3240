import CKernels
import Foundation
import Testing

extension KernelTests {
  @Suite("Optimizer steps")
  struct OptimizerTests {
    @Test("AdamW follows its recurrence", arguments: [1, 7, 30_001])
    func adamW(count: Int) {
      let start = randomArray(count, seed: 1)
      let gradients = (0..<5).map { randomArray(count, seed: UInt64(2 + $0), in: -3...3) }
      let compute: () -> [Float] = {
        var parameters = start
        var first = [Float](repeating: 0, count: count)
        var second = first
        for (step, gradient) in gradients.enumerated() {
          var options = ck_adamw(
            learning_rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.1,
            gradient_scale: 0.5, step: Int64(step + 1))
          ck_adamw_step(&options, &parameters, &first, &second, gradient, Int64(count))
        }
        return parameters
      }
      var truth = start.map(Double.init)
      for i in 0..<count {
        var (m, v) = (0.0, 0.0)
        for (step, gradient) in gradients.enumerated() {
          let g = 0.5 * Double(gradient[i])
          m += (g - m) * 0.1
          v = 0.999 * v + 0.001 * g * g
          let t = Double(step + 1)
          let denominator = v.squareRoot() / (1 - pow(0.999, t)).squareRoot() + 1e-8
          truth[i] -= 0.01 * 0.1 * truth[i]
          truth[i] -= 0.01 / (1 - pow(0.9, t)) * m / denominator
        }
      }
      #expect(relativeDifference(compute(), truth) < 2e-6)
      #expect(isIndependentOfThreads(compute))
    }

    @Test("SGD follows torch's conventions", arguments: [(0.0, false), (0.9, false), (0.9, true)])
    func sgd(momentum: Double, nesterov: Bool) {
      let count = 20_003
      let start = randomArray(count, seed: 1)
      let gradients = (0..<4).map { randomArray(count, seed: UInt64(2 + $0)) }
      let dampening = nesterov ? 0 : 0.25
      let compute: () -> [Float] = {
        var parameters = start
        var velocity = [Float](repeating: .nan, count: count)
        for (step, gradient) in gradients.enumerated() {
          var options = ck_sgd(
            learning_rate: 0.1, momentum: momentum, dampening: dampening, weight_decay: 0.01,
            gradient_scale: 2, nesterov: nesterov, first_step: step == 0)
          if momentum == 0 {
            ck_sgd_step(&options, &parameters, nil, gradient, Int64(count))
          } else {
            ck_sgd_step(&options, &parameters, &velocity, gradient, Int64(count))
          }
        }
        return parameters
      }
      var truth = start.map(Double.init)
      for i in 0..<count {
        var velocity = 0.0
        for (step, gradient) in gradients.enumerated() {
          let g = 2 * Double(gradient[i]) + 0.01 * truth[i]
          velocity = step == 0 ? g : momentum * velocity + (1 - dampening) * g
          let direction = momentum == 0 ? g : (nesterov ? g + momentum * velocity : velocity)
          truth[i] -= 0.1 * direction
        }
      }
      #expect(relativeDifference(compute(), truth) < 1e-6)
      #expect(isIndependentOfThreads(compute))
    }
  }
}
