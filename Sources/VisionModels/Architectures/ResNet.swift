import PlumbGraph
import PlumbModels

/// The residual networks of torchvision.
///
/// Source: He et al., "Deep Residual Learning for Image Recognition", 2016; the stride of a
/// bottleneck is in its 3 x 3 convolution, as torchvision has it.
struct ResNet: Sendable {
  /// What a block is made of.
  enum Block: Sendable {
    /// Two 3 x 3 convolutions.
    case basic
    /// 1 x 1, 3 x 3 and 1 x 1 to four times as many channels.
    case bottleneck

    var expansion: Int { self == .basic ? 1 : 4 }
  }

  let block: Block
  /// How many blocks each of the four layers has.
  let counts: [Int]
  /// The channels of each layer before expansion.
  var widths = [64, 128, 256, 512]
  /// The channels behind the first convolution.
  var stem = 64
  /// How many groups the 3 x 3 convolutions of bottlenecks have.
  var groups = 1
  /// The channels of the 3 x 3 convolutions of bottlenecks in units of the layer's, by 64.
  var widthPerGroup = 64

  func network(
    on x: Node, classCount: Int, rule: ReLUGradientRule
  ) throws(GraphError) -> VisionNetwork {
    var builder = TorchvisionBuilder(rule: rule)
    var y = try builder.convolution(x, "conv1", outputs: stem, kernel: 7, stride: 2, padding: 3)
    y = try builder.relu(builder.normalization(y, "bn1"), "relu")
    y = try builder.maxPool(y, "maxpool", window: 3, stride: 2, padding: 1)
    for (layer, count) in counts.enumerated() {
      for index in 0..<count {
        let stride = layer > 0 && index == 0 ? 2 : 1
        y = try blockOutput(
          &builder, y, "layer\(layer + 1).\(index)", width: widths[layer], stride: stride)
      }
      y = builder.named(y, "layer\(layer + 1)")
    }
    y = try builder.adaptiveAveragePool(y, "avgpool", size: 1)
    let logits = try builder.linear(builder.flattened(y), "fc", outputs: classCount)
    return VisionNetwork(input: x, layers: builder.layers, logits: logits)
  }

  private func blockOutput(
    _ builder: inout TorchvisionBuilder, _ x: Node, _ name: String, width: Int, stride: Int
  ) throws(GraphError) -> Node {
    let outputs = width * block.expansion
    var y = x
    switch block {
    case .basic:
      y = try builder.convolution(
        y, "\(name).conv1", outputs: width, kernel: 3, stride: stride, padding: 1)
      y = try builder.relu(builder.normalization(y, "\(name).bn1"), "\(name).relu")
      y = try builder.convolution(y, "\(name).conv2", outputs: width, kernel: 3, padding: 1)
      y = try builder.normalization(y, "\(name).bn2")
    case .bottleneck:
      let inner = width * widthPerGroup / 64 * groups
      y = try builder.convolution(y, "\(name).conv1", outputs: inner, kernel: 1)
      y = try builder.relu(builder.normalization(y, "\(name).bn1"), "\(name).relu")
      y = try builder.convolution(
        y, "\(name).conv2", outputs: inner, kernel: 3, stride: stride, padding: 1, groups: groups)
      y = try builder.relu(builder.normalization(y, "\(name).bn2"), "\(name).relu_1")
      y = try builder.convolution(y, "\(name).conv3", outputs: outputs, kernel: 1)
      y = try builder.normalization(y, "\(name).bn3")
    }
    var shortcut = x
    if stride != 1 || x.shape[1] != outputs {
      shortcut = try builder.convolution(
        x, "\(name).downsample.0", outputs: outputs, kernel: 1, stride: stride)
      shortcut = try builder.normalization(shortcut, "\(name).downsample.1")
      shortcut = builder.named(shortcut, "\(name).downsample")
    }
    let last = block == .basic ? "\(name).relu_1" : "\(name).relu_2"
    return try builder.relu(builder.named(y + shortcut, "\(name).add"), last, name)
  }
}

extension VisionArchitecture {
  /// The residual networks.
  static let residual: [VisionArchitecture] = [
    residual("resnet18", ResNet(block: .basic, counts: [2, 2, 2, 2])),
    residual("resnet34", ResNet(block: .basic, counts: [3, 4, 6, 3])),
    residual("resnet50", ResNet(block: .bottleneck, counts: [3, 4, 6, 3])),
    residual("resnet101", ResNet(block: .bottleneck, counts: [3, 4, 23, 3])),
    residual("resnet152", ResNet(block: .bottleneck, counts: [3, 8, 36, 3])),
    residual(
      "resnext50_32x4d",
      ResNet(block: .bottleneck, counts: [3, 4, 6, 3], groups: 32, widthPerGroup: 4)),
    residual(
      "wide_resnet50_2", ResNet(block: .bottleneck, counts: [3, 4, 6, 3], widthPerGroup: 128)),
  ]

  private static func residual(_ name: String, _ network: ResNet) -> VisionArchitecture {
    torchvision(name, classTensor: "fc.weight") { x, settings throws(GraphError) in
      try network.network(on: x, classCount: settings.classCount, rule: settings.rule)
    }
  }

  /// An architecture of torchvision, whose weights were trained on ImageNet.
  static func torchvision(
    _ name: String, input: InputDescription = .torchvision, classTensor: String,
    isIgnored: @escaping @Sendable (String) -> Bool = { _ in false },
    build: @escaping @Sendable (Node, Settings) throws(GraphError) -> VisionNetwork
  ) -> VisionArchitecture {
    VisionArchitecture(
      name, input: input, labels: "imagenet1000", classTensor: classTensor,
      isIgnored: { $0.hasSuffix(".num_batches_tracked") || isIgnored($0) }, build: build)
  }
}
