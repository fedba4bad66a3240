import PlumbGraph
import PlumbRuntime
import VisionModels

/// One training step of inception-tiny at its shipped widths: 64 images of 64 x 64 pixels, with
/// batch normalization and cross-entropy.
enum InceptionTinyTraining {
  static let batch = 64

  static func graph() throws -> Graph {
    let images = Node.input("images", .images(batch: batch, channels: 3, height: 64, width: 64))
    let (network, _) = try InceptionTiny.usual.trainingNetwork(on: images)
    guard let logits = network.logits else {
      preconditionFailure("an inception-tiny network has logits at every size")
    }
    let losses = try logits.crossEntropy(targets: .input("labels", [batch], .index))
    return Graph(["loss": try losses.mean()])
  }

  static func inputs() throws -> [String: Tensor] {
    [
      "images": try randomTensor(
        .images(batch: batch, channels: 3, height: 64, width: 64), seed: 3),
      "labels": try Tensor(indices: (0..<batch).map { $0 % 200 }, [batch]),
    ]
  }
}
