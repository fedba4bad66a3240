import Foundation
import PlumbGraph
import PlumbModels
import PlumbRuntime
import Testing

@Suite("Scratch") struct ScratchTests {
  @Test("Speed") func speed() throws {
    let full: [[Double]] = [[64,96,128,16,32,32],[128,128,192,32,96,64],[192,96,204,16,48,64],[160,112,224,24,64,64],[128,128,256,24,64,64],[112,144,288,32,64,64],[256,160,320,32,128,128],[256,160,320,48,128,128],[384,192,384,48,128,128]]
    func net(_ stem: [Int], _ w: [Double]) throws -> InceptionTiny {
      try InceptionTiny(classes: 200, stem: stem, stemKernel: 5, modules: zip(full, w).map { m, w in m.map { max(8, Int(($0 * w / 8).rounded()) * 8) } })
    }
    let nets = [
      ("C", try net([32, 32, 64], [0.25,0.25,0.33,0.33,0.33,0.33,0.33,0.5,0.5])),
      ("E", try net([24, 24, 48], [0.2,0.2,0.33,0.33,0.33,0.33,0.33,0.66,0.66])),
    ]
    for (name, n) in nets {
      for size in [64, 40] {
        let batch = 128
        let images = Node.input("images", .images(batch: batch, channels: 3, height: size, width: size))
        let (network, averages) = try n.trainingNetwork(on: images)
        let loss = try network.logits!.crossEntropy(targets: .input("labels", [batch], .index)).mean()
        var outs = [Graph.Output("loss", loss)]
        for (k, v) in averages.sorted(by: { $0.key < $1.key }) { outs.append(.init("new " + k, v)) }
        let trainer = try Trainer(Graph(outs), parameters: ParameterStore(n.initialParameters(seed: 1)), updates: Dictionary(uniqueKeysWithValues: averages.keys.map { ($0, "new " + $0) }), options: .init(optimizer: .sgd(momentum: 0.9, nesterov: true), schedule: .constant(0.01)))
        let inputs = ["images": Tensor(images.shape, filledWith: 0.5), "labels": try Tensor(indices: (0..<batch).map { $0 % 200 }, [batch])]
        var s = RandomStream(seed: 1, name: "x")
        let x = try Tensor(images.shape, s.uniform(images.shape.count))
        _ = try trainer.step(["images": x, "labels": inputs["labels"]!])
        var times: [Double] = []
        for _ in 0..<6 {
          let t = Date()
          let r = try trainer.step(["images": x, "labels": inputs["labels"]!])
          times.append(Date().timeIntervalSince(t))
          _ = r
        }
        let t = times.sorted()[3]
        print(name, size, "ms/image", t * 1000 / Double(batch), "GFLOP/s", trainer.floatingPointOperations / t / 1e9, "MFLOP/image", trainer.floatingPointOperations / Double(batch) / 1e6, "MB", trainer.program.workingBytes >> 20)
        if size == 64 { print(try trainer.program.explanation(measuring: 3)) }
      }
    }
  }
}
