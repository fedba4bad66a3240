import PlumbGraph
import PlumbRuntime
import VisionModels

@testable import FeatureVisualization

/// A small random network with two layers and, at 16 x 16 pixels, five classes.
enum SmallNetwork {
  static let labels = ["chain", "kit fox", "teddy, teddy bear", "door", "lamp"]

  /// The network with weights from a seed.
  static func network(seed: UInt64 = 1) throws -> VisualizedNetwork {
    var random = RandomStream(seed: seed, name: "small network")
    func weights(_ shape: Shape, _ scale: Float) throws -> Tensor {
      try Tensor(shape, random.normal(shape.count).map { $0 * scale })
    }
    let parameters = try ParameterStore([
      "first.weight": weights([8, 3, 3, 3], 0.4), "first.bias": weights([8], 0.1),
      "second.weight": weights([12, 8, 3, 3], 0.2), "second.bias": weights([12], 0.1),
      "head.weight": weights([5, 12], 0.5),
    ])
    return VisualizedNetwork(parameters: parameters, labels: labels, classSize: [16, 16]) {
      try build($0, $1)
    }
  }

  private static func build(_ image: Node, _ rule: ReLUGradientRule) throws -> VisionNetwork {
    let first = try (image * 2 + -1).convolved(
      with: .parameter("first.weight", [8, 3, 3, 3]), bias: .parameter("first.bias", [8]),
      geometry: .init(padding: [1, 1])
    ).relu(rule: rule).named("first")
    let second = try first.convolved(
      with: .parameter("second.weight", [12, 8, 3, 3]), bias: .parameter("second.bias", [12]),
      geometry: .init(strides: [2, 2], padding: [1, 1])
    ).relu(rule: rule).named("second")
    var logits: Node?
    if second.shape[2] == 8, second.shape[3] == 8 {
      let pooled = try second.mean(over: [2, 3]).reshaped([image.shape[0], 12])
      logits = try pooled.matrixProduct(.parameter("head.weight", [5, 12]), transposesRight: true)
        .named("scores")
    }
    let layers = [("first", first), ("second", second)].map {
      VisionNetwork.Layer(name: $0.0, node: $0.1)
    }
    return VisionNetwork(
      input: image, layers: layers + (logits.map { [.init(name: "scores", node: $0)] } ?? []),
      logits: logits)
  }
}
