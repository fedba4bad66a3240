import PlumbGraph
import PlumbModels
import PlumbRuntime

/// A network with the blocks and layer names of ``InceptionV1``, narrower, for small pictures.
///
/// `conv2d0` halves the picture and `maxpool0` halves it again; there is no `maxpool1` and no local
/// response normalization, so that `mixed3a` has 16 x 16 positions at 64 x 64 pixels. Global average
/// pooling lets pictures have any size.
///
/// A trained network has a weight and a bias per convolution, named as in ``InceptionV1``. While it
/// is trained it has batch normalization in place of the bias; ``folded(_:)`` goes from one to the
/// other.
public struct InceptionTiny: Sendable, Hashable, Codable {
  /// The names of the inception modules, in order.
  public static let moduleNames = InceptionV1.modules.map(\.name)

  /// The number of classes.
  public let classes: Int
  /// Channels of `conv2d0`, `conv2d1` and `conv2d2`.
  public let stem: [Int]
  /// The side of `conv2d0`'s kernel, in pixels.
  public let stemKernel: Int
  /// Channels of each module of ``moduleNames``: `1x1`, `3x3_bottleneck`, `3x3`, `5x5_bottleneck`,
  /// `5x5`, `pool_reduce`.
  public let modules: [[Int]]

  /// Creates a description of a network.
  ///
  /// - Throws: ``InceptionTinyError/malformedWidths(_:)`` if channels are missing or not positive.
  public init(
    classes: Int, stem: [Int], stemKernel: Int, modules: [[Int]]
  ) throws(InceptionTinyError) {
    (self.classes, self.stem, self.stemKernel, self.modules) = (classes, stem, stemKernel, modules)
    try validate()
  }

  /// Checks a description that was decoded.
  ///
  /// - Throws: ``InceptionTinyError/malformedWidths(_:)`` if channels are missing or not positive.
  public func validate() throws(InceptionTinyError) {
    func require(_ holds: Bool, _ sentence: String) throws(InceptionTinyError) {
      guard holds else { throw .malformedWidths(sentence) }
    }
    try require(classes > 0, "it has \(classes) classes")
    try require(stemKernel > 0, "the kernel of conv2d0 is \(stemKernel) pixels wide")
    try require(
      stem.count == 3 && stem.allSatisfy { $0 > 0 },
      "'stem' must be 3 numbers of channels, not \(stem)")
    try require(
      modules.count == Self.moduleNames.count,
      "'modules' must have \(Self.moduleNames.count) rows, not \(modules.count)")
    for (name, channels) in zip(Self.moduleNames, modules) {
      try require(
        channels.count == 6 && channels.allSatisfy { $0 > 0 },
        "\(name) must have 6 numbers of channels, not \(channels)")
    }
  }

  /// The network to which folded weights belong.
  ///
  /// - Parameter weights: The shape of each weight by name.
  /// - Throws: ``InceptionTinyError/missingWeight(_:)`` if one that the network needs is not there or
  ///   has another rank.
  public init(weights: [String: Shape]) throws(InceptionTinyError) {
    func shape(_ name: String, rank: Int) throws(InceptionTinyError) -> Shape {
      guard let shape = weights[name], shape.rank == rank else { throw .missingWeight(name) }
      return shape
    }
    func outputs(_ name: String) throws(InceptionTinyError) -> Int {
      try shape("\(name)_pre_relu_conv.weight", rank: 4)[0]
    }
    let classifier = try shape("softmax2_pre_activation_matmul.weight", rank: 2)
    let first = try shape("conv2d0_pre_relu_conv.weight", rank: 4)
    var stem: [Int] = []
    for name in ["conv2d0", "conv2d1", "conv2d2"] { stem.append(try outputs(name)) }
    var modules: [[Int]] = []
    for name in Self.moduleNames {
      var channels: [Int] = []
      for branch in Self.branches { channels.append(try outputs("\(name)_\(branch)")) }
      modules.append(channels)
    }
    try self.init(
      classes: classifier[0], stem: stem, stemKernel: first[2], modules: modules)
  }

  static let branches = [
    "1x1", "3x3_bottleneck", "3x3", "5x5_bottleneck", "5x5", "pool_reduce",
  ]

  /// The network whose weights come with Plumbline.
  public static let usual = InceptionTiny(
    checked: 200, stem: [24, 24, 48],
    modules: [
      [16, 16, 24, 8, 8, 8], [24, 24, 40, 8, 16, 16], [64, 32, 64, 8, 16, 24],
      [56, 40, 72, 8, 24, 24], [40, 40, 88, 8, 24, 24], [40, 48, 96, 8, 24, 24],
      [88, 56, 104, 8, 40, 40], [168, 104, 208, 32, 88, 88], [256, 128, 256, 32, 88, 88],
    ])

  private init(checked classes: Int, stem: [Int], modules: [[Int]]) {
    (self.classes, self.stem, self.stemKernel, self.modules) = (classes, stem, 5, modules)
  }

  // MARK: Graphs

  /// Returns the network with folded weights on images with values in 0...1.
  ///
  /// - Parameters:
  ///   - image: `[batch, 3, height, width]`, RGB, at least 16 pixels high and wide.
  ///   - rule: How gradients pass ReLUs.
  /// - Returns: The network with all its named layers.
  /// - Throws: `GraphError` if the image has other channels.
  public func network(
    on image: Node, rule: ReLUGradientRule = .plain
  ) throws(GraphError) -> VisionNetwork {
    try built(on: image, .init(rule: rule)).network
  }

  /// Returns the network with folded weights on what enters it, `InputDescription.inceptionTiny`
  /// already applied.
  ///
  /// - Throws: `GraphError` if the input has other channels.
  public func network(
    onPreprocessed input: Node, rule: ReLUGradientRule = .plain
  ) throws(GraphError) -> VisionNetwork {
    try built(onPreprocessed: input, .init(rule: rule)).network
  }

  /// Returns the network as it is trained, with batch normalization.
  ///
  /// - Parameter images: `[batch, 3, height, width]`, RGB, values in 0...1.
  /// - Returns: The network, and the running averages after this batch, by parameter.
  /// - Throws: `GraphError` if the images have other channels.
  public func trainingNetwork(
    on images: Node
  ) throws(GraphError) -> (network: VisionNetwork, averages: [String: Node]) {
    try built(on: images, .init(rule: .plain, normalization: .batch))
  }

  /// Returns the network with the parameters of training, normalized by their running averages.
  ///
  /// ``folded(_:)`` makes weights for ``network(on:rule:)`` that compute the same.
  ///
  /// - Throws: `GraphError` if the images have other channels.
  public func evaluationNetwork(on images: Node) throws(GraphError) -> VisionNetwork {
    try built(on: images, .init(rule: .plain, normalization: .running)).network
  }

  private func built(
    on image: Node, _ start: InceptionV1.Builder
  ) throws(GraphError) -> (network: VisionNetwork, averages: [String: Node]) {
    let input = try InputDescription.inceptionTiny.preprocessed(image)
    let (network, averages) = try built(onPreprocessed: input, start)
    return (
      VisionNetwork(input: image, layers: network.layers, logits: network.logits), averages
    )
  }

  private func built(
    onPreprocessed input: Node, _ start: InceptionV1.Builder
  ) throws(GraphError) -> (network: VisionNetwork, averages: [String: Node]) {
    var builder = start
    var x = try builder.convolution(
      input, "conv2d0", outputs: stem[0], kernel: stemKernel, stride: 2)
    x = try builder.pool(x, "maxpool0", window: 3, stride: 2)
    x = try builder.convolution(x, "conv2d1", outputs: stem[1], kernel: 1)
    x = try builder.convolution(x, "conv2d2", outputs: stem[2], kernel: 3)
    for (name, c) in zip(Self.moduleNames, modules) {
      x = try builder.module(x, .init(name, c[0], c[1], c[2], c[3], c[4], c[5]))
      if name == "mixed3b" {
        x = try builder.pool(x, "maxpool4", window: 3, stride: 2)
      } else if name == "mixed4e" {
        x = try builder.pool(x, "maxpool10", window: 3, stride: 2)
      }
    }
    let pooled = builder.named(
      try x.globalAveragePooled().reshaped([x.shape[0], x.shape[1]]), "avgpool0")
    let weight = Node.parameter("softmax2_pre_activation_matmul.weight", [classes, x.shape[1]])
    let bias = Node.parameter("softmax2_pre_activation_matmul.bias", [classes])
    let logits = builder.named(
      try pooled.matrixProduct(weight, transposesRight: true) + bias, "softmax2_pre_activation")
    _ = builder.named(try logits.softmax(), "softmax2")
    return (
      VisionNetwork(input: input, layers: builder.layers, logits: logits), builder.averages
    )
  }
}

/// Why a network is none of this kind.
public enum InceptionTinyError: Error, Equatable, Sendable {
  /// The numbers of channels make no network.
  case malformedWidths(String)
  /// A weight that the network needs is not there, or has another rank.
  case missingWeight(String)
}

extension InceptionTinyError: CustomStringConvertible {
  /// What is wrong, with which values.
  public var description: String {
    switch self {
    case .malformedWidths(let sentence):
      return "These are no widths of an inception-tiny network: \(sentence)."
    case .missingWeight(let name):
      return "The weights are none of an inception-tiny network: '\(name)' is missing or has"
        + " another rank."
    }
  }
}
