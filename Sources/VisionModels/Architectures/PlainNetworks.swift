import PlumbGraph

/// AlexNet as torchvision has it.
///
/// Source: Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014.
struct AlexNet: Sendable {
  func network(
    on x: Node, classCount: Int, rule: ReLUGradientRule
  ) throws(GraphError) -> VisionNetwork {
    var builder = TorchvisionBuilder(rule: rule)
    var y = try builder.convolution(
      x, "features.0", outputs: 64, kernel: 11, stride: 4, padding: 2, hasBias: true)
    y = try builder.relu(y, "features.1")
    y = try builder.maxPool(y, "features.2", window: 3, stride: 2)
    y = try builder.convolution(
      y, "features.3", outputs: 192, kernel: 5, padding: 2, hasBias: true)
    y = try builder.relu(y, "features.4")
    y = try builder.maxPool(y, "features.5", window: 3, stride: 2)
    for (index, outputs) in [(6, 384), (8, 256), (10, 256)] {
      y = try builder.convolution(
        y, "features.\(index)", outputs: outputs, kernel: 3, padding: 1, hasBias: true)
      y = try builder.relu(y, "features.\(index + 1)")
    }
    y = try builder.maxPool(y, "features.12", window: 3, stride: 2)
    y = try builder.adaptiveAveragePool(y, "avgpool", size: 6)
    y = try builder.linear(builder.flattened(y), "classifier.1", outputs: 4096)
    y = try builder.relu(y, "classifier.2")
    y = try builder.linear(y, "classifier.4", outputs: 4096)
    y = try builder.relu(y, "classifier.5")
    let logits = try builder.linear(y, "classifier.6", outputs: classCount)
    return VisionNetwork(input: x, layers: builder.layers, logits: logits)
  }
}

/// The networks of the Visual Geometry Group as torchvision has them.
///
/// Source: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
/// Recognition", 2015.
struct VGG: Sendable {
  /// The channels of each convolution; 0 for a pool.
  let plan: [Int]
  /// Whether each convolution is followed by batch normalization.
  let isNormalized: Bool
  /// Rows and columns before the classifier.
  var pooledSize = 7
  /// The widths of the classifier's hidden layers.
  var hidden = [4096, 4096]

  /// The published plans by their number of weighted layers.
  static let plans: [Int: [Int]] = [
    11: [64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0],
    13: [64, 64, 0, 128, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0],
    16: [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0],
    19: [
      64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512, 512, 512, 512, 0,
    ],
  ]

  func network(
    on x: Node, classCount: Int, rule: ReLUGradientRule
  ) throws(GraphError) -> VisionNetwork {
    var builder = TorchvisionBuilder(rule: rule)
    var y = x
    var index = 0
    func next() -> String {
      defer { index += 1 }
      return "features.\(index)"
    }
    for outputs in plan {
      if outputs == 0 {
        y = try builder.maxPool(y, next(), window: 2, stride: 2)
        continue
      }
      y = try builder.convolution(
        y, next(), outputs: outputs, kernel: 3, padding: 1, hasBias: true)
      if isNormalized { y = try builder.normalization(y, next()) }
      y = try builder.relu(y, next())
    }
    y = try builder.adaptiveAveragePool(y, "avgpool", size: pooledSize)
    y = try builder.linear(builder.flattened(y), "classifier.0", outputs: hidden[0])
    y = try builder.relu(y, "classifier.1")
    y = try builder.linear(y, "classifier.3", outputs: hidden[1])
    y = try builder.relu(y, "classifier.4")
    let logits = try builder.linear(y, "classifier.6", outputs: classCount)
    return VisionNetwork(input: x, layers: builder.layers, logits: logits)
  }
}

extension VisionArchitecture {
  /// AlexNet and the VGG networks.
  static let plain: [VisionArchitecture] =
    [
      torchvision("alexnet", classTensor: "classifier.6.weight") { x, settings throws(GraphError) in
        try AlexNet().network(on: x, classCount: settings.classCount, rule: settings.rule)
      }
    ]
    + VGG.plans.keys.sorted().flatMap { depth in
      [false, true].map { isNormalized in
        let network = VGG(plan: VGG.plans[depth, default: []], isNormalized: isNormalized)
        return torchvision(
          "vgg\(depth)" + (isNormalized ? "_bn" : ""), classTensor: "classifier.6.weight"
        ) { x, settings throws(GraphError) in
          try network.network(on: x, classCount: settings.classCount, rule: settings.rule)
        }
      }
    }
}
