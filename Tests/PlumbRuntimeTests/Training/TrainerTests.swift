import Foundation
import PlumbGraph
import Testing

@testable import PlumbRuntime

@Suite("Training")
struct TrainerTests {
  /// A small classifier with dropout and batch normalization, whose running mean is updated.
  private func trainer(
    _ optimizer: Optimizer, rate: Double = 0.02, clippingNorm: Double? = nil
  ) throws -> Trainer {
    let x = Node.input("x", [4, 3, 4, 4])
    let a = try x.convolved(
      with: .parameter("a", [12, 3, 3, 3]), geometry: .init(padding: [1, 1]))
    let moments = try a.channelMoments()
    let b = try a.batchNormalized(
      moments: moments, gamma: .parameter("gamma", [12]), beta: .parameter("beta", [12]),
      epsilon: 1e-3
    ).relu().globalAveragePooled().reshaped([4, 12]).dropout(rate: 0.2, stream: "dropout")
    let logits = try b.matrixProduct(.parameter("w", [12, 5])) + .parameter("b", [5])
    let targets = Node.input("targets", [4], .index)
    let mean = try moments.sliced(axis: 0, 0..<1).reshaped([12])
    let running = Node.parameter("running mean", [12])
    let graph = try Graph([
      "loss": logits.crossEntropy(targets: targets).mean(),
      "next mean": running * 0.9 + mean * 0.1,
    ])
    let shapes: KeyValuePairs<String, Shape> = [
      "a": [12, 3, 3, 3], "gamma": [12], "beta": [12], "w": [12, 5], "b": [5],
      "running mean": [12],
    ]
    let store = ParameterStore()
    for (index, (name, shape)) in shapes.enumerated() {
      let values = normals(shape.count, seed: index).map { Float($0) * 0.3 }
      try store.set(name, Tensor(shape, values))
    }
    return try Trainer(
      graph, parameters: store, updates: ["running mean": "next mean"],
      options: .init(
        optimizer: optimizer, schedule: .constant(rate), clippingNorm: clippingNorm, seed: 3,
        hiddenMatrices: ["a"]))
  }

  private func batch(_ step: Int) throws -> [String: Tensor] {
    [
      "x": try Tensor([4, 3, 4, 4], normals(192, seed: step % 3 + 20).map { Float($0) }),
      "targets": try Tensor(indices: (0..<4).map { ($0 + step % 3) % 5 }, [4]),
    ]
  }

  static let optimizers: [Optimizer] = [
    .adamW(weightDecay: 0.01), .sgd(), .sgd(momentum: 0.9), .sgd(momentum: 0.9, nesterov: true),
    .muon(weightDecay: 0.01),
  ]

  @Test(
    "Learns a few examples by heart", arguments: zip(optimizers, [0.02, 0.3, 0.05, 0.05, 0.02]))
  func learns(optimizer: Optimizer, rate: Double) throws {
    let trainer = try trainer(optimizer, rate: rate)
    let losses = try (0..<300).map { try trainer.step(batch($0)).metrics["loss"] ?? .nan }
    let first: Float = losses.prefix(6).reduce(0, +)
    let last: Float = losses.suffix(6).reduce(0, +)
    #expect(last < 0.7 * first, "\(first / 6) to \(last / 6)")
  }

  @Test("Continues from its state bit for bit", arguments: optimizers)
  func resumes(optimizer: Optimizer) throws {
    let first = try trainer(optimizer, clippingNorm: 0.5)
    for step in 0..<4 { _ = try first.step(batch(step)) }
    let state = try first.state()
    let second = try trainer(optimizer, clippingNorm: 0.5)
    try second.restore(state, step: 4)
    #expect(second.step == 4)
    for step in 4..<9 {
      let (a, b) = (try first.step(batch(step)), try second.step(batch(step)))
      #expect(a.metrics["loss"]?.bitPattern == b.metrics["loss"]?.bitPattern)
      #expect(a.gradientNorm == b.gradientNorm)
    }
    #expect(try first.state() == second.state())
  }

  @Test("Takes the steps that the formulas say", arguments: [false, true])
  func formulas(isNesterov: Bool) throws {
    // loss = (w · v + 3 w) with w and v trained: each gradient holds the other's old value.
    let (w, v) = (Node.parameter("w", [1]), Node.parameter("v", [1]))
    let store = try ParameterStore(["w": Tensor([1], [2]), "v": Tensor([1], [5])])
    let trainer = try Trainer(
      Graph(["loss": (w * v + w * 3).sum()]), parameters: store,
      options: .init(
        optimizer: .sgd(momentum: 0.5, nesterov: isNesterov, weightDecay: 0.1),
        schedule: .constant(0.1)))
    var (x, y, velocities) = (2.0, 5.0, [0.0, 0.0])
    for step in 1...5 {
      let report = try trainer.step([:])
      #expect(report.step == step)
      #expect(abs(Double(report.metrics["loss"] ?? .nan) - (x * y + 3 * x)) < 1e-4)
      let slopes = [y + 3, x]
      let norm = (slopes[0] * slopes[0] + slopes[1] * slopes[1]).squareRoot()
      #expect(abs(report.gradientNorm - norm) < 1e-4 * norm)
      let gradients = [slopes[0] + 0.1 * x, slopes[1] + 0.1 * y]
      for index in 0..<2 {
        velocities[index] =
          step == 1 ? gradients[index] : 0.5 * velocities[index] + gradients[index]
      }
      let moves = (0..<2).map { isNesterov ? gradients[$0] + 0.5 * velocities[$0] : velocities[$0] }
      x -= 0.1 * moves[0]
      y -= 0.1 * moves[1]
      #expect(try abs(Double(store.value("w").scalar) - x) < 1e-4)
      #expect(try abs(Double(store.value("v").scalar) - y) < 1e-4)
    }
  }

  @Test("Shortens long gradients to the clipping norm")
  func clipping() throws {
    let w = Node.parameter("w", [2])
    func value(_ limit: Double?) throws -> [Float] {
      let store = try ParameterStore(["w": Tensor([2], [0, 0])])
      let trainer = try Trainer(
        Graph(["loss": (w * .constant([3, 4], [2])).sum()]), parameters: store,
        options: .init(optimizer: .sgd(), schedule: .constant(1), clippingNorm: limit))
      #expect(try trainer.step([:]).gradientNorm == 5)
      return try store.value("w").elements
    }
    #expect(try value(nil) == [-3, -4])
    #expect(try value(10) == [-3, -4])
    for (got, wanted) in zip(try value(1), [-0.6, -0.8] as [Float]) {
      // torch divides by the norm plus 1e-6.
      #expect(abs(got - wanted) < 1e-6)
    }
  }

  @Test("Trains only what is asked for, and says what it does not know")
  func trained() throws {
    let (w, v) = (Node.parameter("weight", [1]), Node.parameter("v", [1]))
    let store = try ParameterStore(["weight": Tensor([1], [1]), "v": Tensor([1], [1])])
    let graph = try Graph(["loss": (w * v).sum()])
    let options = Trainer.Options(optimizer: .sgd(), schedule: .constant(0.5))
    let trainer = try Trainer(graph, parameters: store, trained: ["weight"], options: options)
    _ = try trainer.step([:])
    #expect(try store.value("weight").elements == [0.5])
    #expect(try store.value("v").elements == [1])
    #expect(throws: RuntimeError.missingParameter(name: "weigth", nearest: "weight")) {
      try Trainer(graph, parameters: store, trained: ["weigth"], options: options)
    }
  }

  @Test("Stops before it changes anything if the loss is not a number")
  func nonFinite() throws {
    let store = try ParameterStore(["w": Tensor([1], [-1])])
    let trainer = try Trainer(
      Graph(["loss": Node.parameter("w", [1]).log().sum()]), parameters: store,
      options: .init(optimizer: .sgd(), schedule: .constant(1)))
    #expect(throws: RuntimeError.nonFinite(node: "The loss at step 1", index: 0)) {
      try trainer.step([:])
    }
    #expect(try store.value("w").elements == [-1])
    #expect(trainer.step == 0)
  }

  @Test("Learning rates rise over the warmup and fall to the floor")
  func schedules() {
    #expect(LearningRateSchedule.constant(0.3).rate(at: 7) == 0.3)
    let cosine = LearningRateSchedule.cosine(peak: 1, warmup: 4, total: 12, floor: 0.2)
    let linear = LearningRateSchedule.linear(peak: 1, warmup: 4, total: 12, floor: 0.2)
    for schedule in [cosine, linear] {
      #expect(schedule.rate(at: 1) == 0.25)
      #expect(schedule.rate(at: 4) == 1)
      #expect(abs(schedule.rate(at: 8) - 0.6) < 1e-12)
      #expect(abs(schedule.rate(at: 12) - 0.2) < 1e-12)
      #expect(abs(schedule.rate(at: 99) - 0.2) < 1e-12)
    }
    #expect(abs(cosine.rate(at: 6) - (0.2 + 0.4 * (1 + 0.5.squareRoot()))) < 1e-12)
    #expect(abs(linear.rate(at: 6) - 0.8) < 1e-12)
    // No warmup: the first step has the peak's rate, but for one step of decay.
    #expect(LearningRateSchedule.linear(peak: 1, warmup: 0, total: 10).rate(at: 1) == 0.9)
  }
}
