import PlumbGraph
import PlumbModels

/// GoogLeNet as torchvision has it: with batch normalization instead of local response
/// normalization, and 3 x 3 convolutions where the paper has 5 x 5.
///
/// Source: Szegedy et al., "Going Deeper with Convolutions", 2015.
struct GoogLeNet: Sendable {
  /// The channels of a module: 1x1, 3x3 reduced, 3x3, 5x5 reduced, 5x5, pool.
  struct Module: Sendable {
    let name: String
    let widths: [Int]

    init(_ name: String, _ widths: Int...) {
      self.name = name
      self.widths = widths
    }
  }

  static let modules = [
    Module("inception3a", 64, 96, 128, 16, 32, 32),
    Module("inception3b", 128, 128, 192, 32, 96, 64),
    Module("inception4a", 192, 96, 208, 16, 48, 64),
    Module("inception4b", 160, 112, 224, 24, 64, 64),
    Module("inception4c", 128, 128, 256, 24, 64, 64),
    Module("inception4d", 112, 144, 288, 32, 64, 64),
    Module("inception4e", 256, 160, 320, 32, 128, 128),
    Module("inception5a", 256, 160, 320, 32, 128, 128),
    Module("inception5b", 384, 192, 384, 48, 128, 128),
  ]

  func network(
    on x: Node, classCount: Int, rule: ReLUGradientRule
  ) throws(GraphError) -> VisionNetwork {
    var builder = TorchvisionBuilder(rule: rule)
    var y = try basic(&builder, x, "conv1", outputs: 64, kernel: 7, stride: 2, padding: 3)
    y = try builder.maxPool(y, "maxpool1", window: 3, stride: 2, roundsUp: true)
    y = try basic(&builder, y, "conv2", outputs: 64, kernel: 1)
    y = try basic(&builder, y, "conv3", outputs: 192, kernel: 3, padding: 1)
    y = try builder.maxPool(y, "maxpool2", window: 3, stride: 2, roundsUp: true)
    for module in Self.modules {
      y = try self.module(&builder, y, module)
      if module.name == "inception3b" {
        y = try builder.maxPool(y, "maxpool3", window: 3, stride: 2, roundsUp: true)
      } else if module.name == "inception4e" {
        y = try builder.maxPool(y, "maxpool4", window: 2, stride: 2, roundsUp: true)
      }
    }
    y = try builder.adaptiveAveragePool(y, "avgpool", size: 1)
    let logits = try builder.linear(builder.flattened(y), "fc", outputs: classCount)
    return VisionNetwork(input: x, layers: builder.layers, logits: logits)
  }

  private func module(
    _ builder: inout TorchvisionBuilder, _ x: Node, _ module: Module
  ) throws(GraphError) -> Node {
    let (name, widths) = (module.name, module.widths)
    let one = try basic(&builder, x, "\(name).branch1", outputs: widths[0], kernel: 1)
    var two = try basic(&builder, x, "\(name).branch2.0", outputs: widths[1], kernel: 1)
    two = try basic(&builder, two, "\(name).branch2.1", outputs: widths[2], kernel: 3, padding: 1)
    var three = try basic(&builder, x, "\(name).branch3.0", outputs: widths[3], kernel: 1)
    three = try basic(
      &builder, three, "\(name).branch3.1", outputs: widths[4], kernel: 3, padding: 1)
    var four = try builder.maxPool(
      x, "\(name).branch4.0", window: 3, stride: 1, padding: 1, roundsUp: true)
    four = try basic(&builder, four, "\(name).branch4.1", outputs: widths[5], kernel: 1)
    return builder.named(try .concatenated([one, two, three, four], axis: 1), name)
  }

  /// Convolution, batch normalization and ReLU.
  private func basic(
    _ builder: inout TorchvisionBuilder, _ x: Node, _ name: String, outputs: Int, kernel: Int,
    stride: Int = 1, padding: Int = 0
  ) throws(GraphError) -> Node {
    let y = try builder.convolution(
      x, "\(name).conv", outputs: outputs, kernel: kernel, stride: stride, padding: padding)
    return try builder.relu(builder.normalization(y, "\(name).bn", epsilon: 0.001), name)
  }
}

extension VisionArchitecture {
  /// torchvision's GoogLeNet.
  static let googLeNet = torchvision(
    "googlenet",
    // The published weights want -1...1; torchvision turns its usual input into that by itself.
    input: InputDescription(height: 224, width: 224, mean: [0.5], standardDeviation: [0.5]),
    classTensor: "fc.weight",
    isIgnored: { $0.hasPrefix("aux1.") || $0.hasPrefix("aux2.") }
  ) { x, settings throws(GraphError) in
    try GoogLeNet().network(on: x, classCount: settings.classCount, rule: settings.rule)
  }
}
