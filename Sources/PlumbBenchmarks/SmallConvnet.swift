import PlumbGraph
import PlumbRuntime

/// Three convolutions with batch normalization on 32 x 32 images, ten classes, batch 32.
enum SmallConvnet {
  static let batch = 32

  static func graph() throws -> Graph {
    var x = Node.input("images", .images(batch: batch, channels: 3, height: 32, width: 32))
    for (index, channels) in [32, 64, 128].enumerated() {
      x = try x.convolved(
        with: .parameter("conv\(index).weight", [channels, x.shape[1], 3, 3]),
        geometry: .init(padding: [1, 1]))
      x = try x.batchNormalized(
        moments: x.channelMoments(), gamma: .parameter("norm\(index).gamma", [channels]),
        beta: .parameter("norm\(index).beta", [channels]), epsilon: 1e-5
      ).relu()
      x = try x.maxPooled(.init(window: [2, 2], strides: [2, 2]))
    }
    let pooled = try x.mean(over: [2, 3]).reshaped([batch, 128])
    let logits = try pooled.matrixProduct(.parameter("head.weight", [128, 10]))
    let losses = try logits.crossEntropy(targets: .input("labels", [batch], .index))
    return Graph(["loss": try losses.mean()])
  }

  static func inputs() throws -> [String: Tensor] {
    [
      "images": try randomTensor(
        .images(batch: batch, channels: 3, height: 32, width: 32), seed: 3),
      "labels": try Tensor(indices: (0..<batch).map { $0 % 10 }, [batch]),
    ]
  }
}
