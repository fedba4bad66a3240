import Foundation
import PlumbGraph
import Testing

@testable import PlumbRuntime

@Suite("Checkpoints of a training")
struct CheckpointTests {
  private func trainer(_ optimizer: Optimizer) throws -> Trainer {
    let x = Node.input("x", [4, 3])
    let hidden = try x.matrixProduct(.parameter("w1", [3, 5])).tanh()
    let kept = try hidden.dropout(rate: 0.25, stream: "noise")
    let loss = try kept.matrixProduct(.parameter("w2", [5, 1])).squared().mean()
    var stream = RandomStream(seed: 7, name: "weights")
    return try Trainer(
      Graph(["loss": loss]),
      parameters: ParameterStore([
        "w1": Tensor([3, 5], stream.normal(15)), "w2": Tensor([5, 1], stream.normal(5)),
      ]),
      options: .init(
        optimizer: optimizer, schedule: .cosine(peak: 0.05, warmup: 3, total: 20),
        clippingNorm: 0.5))
  }

  private func inputs(_ step: Int) throws -> [String: Tensor] {
    var stream = RandomStream(seed: 1, name: "data").substream(step)
    return ["x": try Tensor([4, 3], stream.normal(12))]
  }

  static let optimizers: [Optimizer] = [
    .adamW(weightDecay: 0.1), .sgd(momentum: 0.9, nesterov: true),
  ]

  @Test("A resumed training goes on bit for bit", arguments: optimizers)
  func resumes(_ optimizer: Optimizer) throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }

    let whole = try trainer(optimizer)
    var expected: [Float] = []
    for step in 0..<8 {
      if step == 4 { try whole.save(to: path, notes: ["recipe": "test"]) }
      expected.append(try #require(whole.step(inputs(step)).metrics["loss"]))
    }

    let resumed = try trainer(optimizer)
    let notes = try resumed.resume(from: path)
    #expect(notes == ["recipe": "test"])
    #expect(resumed.step == 4)
    for step in 4..<8 {
      let loss = try #require(resumed.step(inputs(step)).metrics["loss"])
      #expect(loss.bitPattern == expected[step].bitPattern)
    }
    for name in ["w1", "w2"] {
      #expect(try resumed.parameters.value(name) == whole.parameters.value(name))
    }
  }

  @Test("A loss that is not a number stops the training before the weights change")
  func stops() throws {
    let trainer = try trainer(.sgd())
    let before = try trainer.parameters.value("w1")
    #expect(throws: RuntimeError.nonFinite(node: "The loss at step 1", index: 0)) {
      _ = try trainer.step(["x": Tensor([4, 3], filledWith: .nan)])
    }
    #expect(try trainer.parameters.value("w1") == before)
  }

  @Test("The learning rate warms up, falls along a cosine and stays at its floor")
  func schedule() {
    let schedule = LearningRateSchedule.cosine(peak: 1, warmup: 10, total: 110, floor: 0.1)
    #expect(schedule.rate(at: 5) == 0.5)
    #expect(schedule.rate(at: 10) == 1)
    #expect(abs(schedule.rate(at: 60) - 0.55) < 1e-12)
    #expect(abs(schedule.rate(at: 110) - 0.1) < 1e-12)
    #expect(abs(schedule.rate(at: 500) - 0.1) < 1e-12)
  }
}
