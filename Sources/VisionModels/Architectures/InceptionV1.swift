import PlumbGraph

/// InceptionV1, the network of Lucid and OpenAI Microscope, with their layer names.
///
/// Weights are parameters named as in the converted checkpoint `inception5h.pth`:
/// `mixed3a_1x1_pre_relu_conv.weight`, `[output channel, channel, height, width]`.
///
/// Source: Szegedy et al., "Going Deeper with Convolutions", 2015; layer names and constants from
/// Lucid's `tensorflow_inception_graph.pb`.
public struct InceptionV1: Sendable {
  /// Which local response normalization the network has; the weights' names cannot tell.
  public enum Variant: String, Sendable, CaseIterable, Codable {
    /// Lucid's, the truth for the inception5h weights.
    case lucid
    /// Lucent's, which differs: 9 channels instead of 11, alpha divided by 9, bias 1 instead of 2.
    case lucent
  }

  /// Channels of one inception module.
  struct Module: Sendable {
    let name: String
    let oneByOne: Int
    let threeReduced: Int
    let three: Int
    let fiveReduced: Int
    let five: Int
    let pool: Int

    var channels: Int { oneByOne + three + five + pool }

    init(_ name: String, _ a: Int, _ b: Int, _ c: Int, _ d: Int, _ e: Int, _ f: Int) {
      self.name = name
      (oneByOne, threeReduced, three, fiveReduced, five, pool) = (a, b, c, d, e, f)
    }
  }

  static let modules = [
    Module("mixed3a", 64, 96, 128, 16, 32, 32),
    Module("mixed3b", 128, 128, 192, 32, 96, 64),
    Module("mixed4a", 192, 96, 204, 16, 48, 64),
    Module("mixed4b", 160, 112, 224, 24, 64, 64),
    Module("mixed4c", 128, 128, 256, 24, 64, 64),
    Module("mixed4d", 112, 144, 288, 32, 64, 64),
    Module("mixed4e", 256, 160, 320, 32, 128, 128),
    Module("mixed5a", 256, 160, 320, 48, 128, 128),
    Module("mixed5b", 384, 192, 384, 48, 128, 128),
  ]

  /// The number of outputs; 1000 classes of ILSVRC-2012, a dummy and unused ones.
  public static let classCount = 1008

  /// Which local response normalization.
  public let variant: Variant
  /// How gradients pass ReLUs.
  public let rule: ReLUGradientRule

  /// Creates a description of the network.
  public init(variant: Variant = .lucid, rule: ReLUGradientRule = .plain) {
    self.variant = variant
    self.rule = rule
  }

  /// Returns the network on images with values in 0...1.
  ///
  /// - Parameter image: `[batch, 3, height, width]`, RGB. Class scores need 224 x 224.
  /// - Returns: The network with all its named layers.
  /// - Throws: `GraphError` if the image is too small or has other channels.
  public func network(on image: Node) throws(GraphError) -> VisionNetwork {
    // RGB in 0...255 minus 117, without any reordering of channels.
    let network = try network(onPreprocessed: image * 255 + -117)
    return VisionNetwork(input: image, layers: network.layers, logits: network.logits)
  }

  /// Returns the network on what enters it: RGB in 0...255 minus 117.
  ///
  /// - Parameters:
  ///   - input: `[batch, 3, height, width]`. Class scores need 224 x 224.
  ///   - classCount: The number of outputs.
  /// - Returns: The network with all its named layers.
  /// - Throws: `GraphError` if the image is too small or has other channels.
  public func network(
    onPreprocessed input: Node, classCount: Int = Self.classCount
  ) throws(GraphError) -> VisionNetwork {
    var builder = Builder(rule: rule)
    var x = try builder.convolution(input, "conv2d0", outputs: 64, kernel: 7, stride: 2)
    x = try builder.pool(x, "maxpool0", window: 3, stride: 2)
    x = builder.named(try normalized(x), "localresponsenorm0")
    x = try builder.convolution(x, "conv2d1", outputs: 64, kernel: 1)
    x = try builder.convolution(x, "conv2d2", outputs: 192, kernel: 3)
    x = builder.named(try normalized(x), "localresponsenorm1")
    x = try builder.pool(x, "maxpool1", window: 3, stride: 2)
    for module in Self.modules {
      x = try builder.module(x, module)
      if module.name == "mixed3b" {
        x = try builder.pool(x, "maxpool4", window: 3, stride: 2)
      } else if module.name == "mixed4e" {
        x = try builder.pool(x, "maxpool10", window: 3, stride: 2)
      }
    }
    var logits: Node?
    if x.shape[2] == 7, x.shape[3] == 7 {
      let pooled = builder.named(
        try x.mean(over: [2, 3]).reshaped([x.shape[0], x.shape[1]]), "avgpool0")
      let weight = Node.parameter(
        "softmax2_pre_activation_matmul.weight", [classCount, x.shape[1]])
      let bias = Node.parameter("softmax2_pre_activation_matmul.bias", [classCount])
      let scores = builder.named(
        try pooled.matrixProduct(weight, transposesRight: true) + bias, "softmax2_pre_activation")
      _ = builder.named(try scores.softmax(), "softmax2")
      logits = scores
    }
    return VisionNetwork(input: input, layers: builder.layers, logits: logits)
  }

  private func normalized(_ x: Node) throws(GraphError) -> Node {
    switch variant {
    case .lucid: try x.localResponseNormalized(size: 11, alpha: 1e-4, beta: 0.5, bias: 2)
    case .lucent:
      try x.localResponseNormalized(size: 9, alpha: 9.99999974738e-05 / 9, beta: 0.5, bias: 1)
    }
  }

  /// Builds layers and remembers their names.
  struct Builder {
    let rule: ReLUGradientRule
    /// How convolutions are normalized; they have a bias instead if `nil`.
    let normalization: ChannelNormalization?
    var layers: [VisionNetwork.Layer] = []
    /// The running averages of normalization after this batch, by parameter.
    var averages: [String: Node] = [:]

    init(rule: ReLUGradientRule, normalization: ChannelNormalization? = nil) {
      self.rule = rule
      self.normalization = normalization
    }

    mutating func named(_ x: Node, _ name: String) -> Node {
      let node = x.named(name)
      layers.append(.init(name: name, node: node))
      return node
    }

    /// Convolution, bias or normalization, and ReLU, padded as TensorFlow's SAME.
    mutating func convolution(
      _ x: Node, _ name: String, outputs: Int, kernel: Int, stride: Int = 1
    ) throws(GraphError) -> Node {
      let weight = Node.parameter(
        "\(name)_pre_relu_conv.weight", [outputs, x.shape[1], kernel, kernel])
      let geometry = ConvolutionGeometry.same(
        input: [x.shape[2], x.shape[3]], kernel: [kernel, kernel], strides: [stride, stride])
      let sums: Node
      if let normalization {
        sums = try normalization.normalized(
          x.convolved(with: weight, geometry: geometry), name, &averages)
      } else {
        let bias = Node.parameter("\(name)_pre_relu_conv.bias", [outputs])
        sums = try x.convolved(with: weight, bias: bias, geometry: geometry)
      }
      let before = named(sums, "\(name)_pre_relu")
      return named(try before.relu(rule: rule), name)
    }

    mutating func pool(
      _ x: Node, _ name: String, window: Int, stride: Int
    ) throws(GraphError) -> Node {
      named(
        try x.maxPooled(
          .same(
            input: [x.shape[2], x.shape[3]], window: [window, window], strides: [stride, stride])),
        name)
    }

    mutating func module(_ x: Node, _ module: Module) throws(GraphError) -> Node {
      let name = module.name
      let one = try convolution(x, "\(name)_1x1", outputs: module.oneByOne, kernel: 1)
      let threeReduced = try convolution(
        x, "\(name)_3x3_bottleneck", outputs: module.threeReduced, kernel: 1)
      let three = try convolution(
        threeReduced, "\(name)_3x3", outputs: module.three, kernel: 3)
      let fiveReduced = try convolution(
        x, "\(name)_5x5_bottleneck", outputs: module.fiveReduced, kernel: 1)
      let five = try convolution(fiveReduced, "\(name)_5x5", outputs: module.five, kernel: 5)
      let pooled = try pool(x, "\(name)_pool", window: 3, stride: 1)
      let reduced = try convolution(
        pooled, "\(name)_pool_reduce", outputs: module.pool, kernel: 1)

      // Lucid makes this one up: the branches before their ReLUs, side by side.
      let before = try ["1x1", "3x3", "5x5", "pool_reduce"].map { branch throws(GraphError) in
        try layer("\(name)_\(branch)_pre_relu")
      }
      _ = named(try .concatenated(before, axis: 1), "\(name)_pre_relu")
      return named(try .concatenated([one, three, five, reduced], axis: 1), name)
    }

    private func layer(_ name: String) throws(GraphError) -> Node {
      guard let layer = layers.first(where: { $0.name == name }) else {
        throw .unknownName(name: name, nearest: nil)
      }
      return layer.node
    }
  }
}
