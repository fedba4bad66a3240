import Foundation
import PlumbFiles
import PlumbGraph
import PlumbModels
import PlumbRuntime
import PlumbText

/// A kind of network that is built in, so that a file of weights alone can be used.
public struct VisionArchitecture: Sendable {
  /// What decides a network of an architecture besides its input.
  public struct Settings: Sendable, Hashable {
    /// Which form of the architecture; `nil` for the first.
    public var variant: String?
    /// The number of classes.
    public var classCount: Int
    /// How gradients pass ReLUs.
    public var rule: ReLUGradientRule
    /// The shapes of the weights, for an architecture whose widths they decide.
    public var shapes: [String: Shape]

    /// Creates settings.
    public init(
      variant: String? = nil, classCount: Int, rule: ReLUGradientRule = .plain,
      shapes: [String: Shape] = [:]
    ) {
      self.variant = variant
      self.classCount = classCount
      self.rule = rule
      self.shapes = shapes
    }
  }

  /// The name, such as `inceptionv1`.
  public let name: String
  /// The forms it has, the usual one first; empty if there is one alone.
  public let variants: [String]
  /// What the published weights were trained with.
  public let input: InputDescription
  /// The built-in table of labels of the published weights.
  public let labels: String?
  /// The number of classes of the published weights.
  public let classCount: Int
  /// Whether there are class scores at the size of ``input`` alone.
  public let needsItsSize: Bool

  /// The tensor whose first size is the number of classes.
  private let classTensor: String
  /// Whether checkpoints hold a tensor that is not needed, such as a count of training steps.
  private let isIgnored: @Sendable (String) -> Bool
  private let build: @Sendable (_ x: Node, _ settings: Settings) throws(GraphError) -> VisionNetwork

  /// Creates an architecture.
  ///
  /// - Parameters:
  ///   - name: The name.
  ///   - variants: The forms it has, the usual one first.
  ///   - input: What the published weights were trained with.
  ///   - labels: The built-in table of labels of the published weights.
  ///   - classCount: The number of classes of the published weights.
  ///   - needsItsSize: Whether there are class scores at the size of `input` alone.
  ///   - classTensor: The tensor whose first size is the number of classes.
  ///   - isIgnored: Whether checkpoints hold a tensor that is not needed.
  ///   - build: Returns the network on preprocessed images `[batch, 3, height, width]`; its
  ///     parameters have the names of the checkpoints.
  init(
    _ name: String, variants: [String] = [], input: InputDescription, labels: String?,
    classCount: Int = 1000, needsItsSize: Bool = false, classTensor: String,
    isIgnored: @escaping @Sendable (String) -> Bool = { _ in false },
    build: @escaping @Sendable (Node, Settings) throws(GraphError) -> VisionNetwork
  ) {
    self.name = name
    self.variants = variants
    self.input = input
    self.labels = labels
    self.classCount = classCount
    self.needsItsSize = needsItsSize
    self.classTensor = classTensor
    self.isIgnored = isIgnored
    self.build = build
  }

  /// Returns the network on preprocessed images, `[batch, 3, height, width]`.
  ///
  /// - Throws: `GraphError` if the images do not fit.
  public func network(on x: Node, _ settings: Settings) throws(GraphError) -> VisionNetwork {
    try build(x, settings)
  }
}

extension VisionArchitecture {
  /// Every architecture that is built in.
  public static let all: [VisionArchitecture] =
    [.inceptionV1, .inceptionTiny, .googLeNet] + plain + residual

  /// The architecture of a name.
  ///
  /// - Throws: ``VisionModelError/unknownArchitecture(name:nearest:)``.
  public static func named(_ name: String) throws(VisionModelError) -> VisionArchitecture {
    if let match = all.first(where: { $0.name == name.lowercased() }) { return match }
    throw .unknownArchitecture(name: name, nearest: all.map(\.name).nearest(to: name))
  }

  /// The names for messages.
  static var summary: String { all.map(\.name).joined(separator: ", ") }

  /// Whether there is such a variant.
  func check(variant: String?) throws(VisionModelError) {
    guard let variant, !variants.contains(variant) else { return }
    throw .unknownVariant(architecture: name, variant: variant, known: variants)
  }

  /// Lucid's InceptionV1.
  static let inceptionV1 = VisionArchitecture(
    "inceptionv1", variants: InceptionV1.Variant.allCases.map(\.rawValue), input: .inceptionV1,
    labels: "inception5h", classCount: InceptionV1.classCount, needsItsSize: true,
    classTensor: "softmax2_pre_activation_matmul.weight"
  ) { x, settings throws(GraphError) in
    let variant = settings.variant.flatMap(InceptionV1.Variant.init) ?? .lucid
    return try InceptionV1(variant: variant, rule: settings.rule)
      .network(onPreprocessed: x, classCount: settings.classCount)
  }

  /// Our own small network, with the widths that the weights have.
  static let inceptionTiny = VisionArchitecture(
    "inception-tiny", input: .inceptionTiny, labels: nil, classCount: 200,
    classTensor: "softmax2_pre_activation_matmul.weight"
  ) { x, settings throws(GraphError) in
    // Without widths that make sense, the usual ones lead to a message about what is missing.
    let network = (try? InceptionTiny(weights: settings.shapes)) ?? .usual
    return try network.network(onPreprocessed: x, rule: settings.rule)
  }
}

extension VisionArchitecture {
  /// Reads the weights of a network of this architecture.
  ///
  /// - Parameters:
  ///   - checkpoint: Where the tensors are, perhaps all behind a prefix such as `module.`.
  ///   - variant: Which form.
  /// - Returns: The weights by the names in the graph, and the number of classes.
  /// - Throws: ``VisionModelError`` if tensors are missing, extra or of other shapes; what the checkpoint
  ///   throws if it is damaged.
  public func load(
    from checkpoint: any Checkpoint, variant: String? = nil
  ) throws -> (parameters: ParameterStore, classCount: Int) {
    let present = Set(checkpoint.names)
    let prefix = Self.prefixes.first { present.contains($0 + classTensor) } ?? ""
    var count = classCount
    if present.contains(prefix + classTensor) {
      // A number that cannot be right is found out when the shapes are compared.
      count = min(max(try checkpoint.tensor(prefix + classTensor).shape.first ?? 0, 1), 1 << 20)
    }
    var settings = Settings(variant: variant, classCount: count)
    for name in present where name.hasPrefix(prefix) {
      settings.shapes[String(name.dropFirst(prefix.count))] = Shape(
        try checkpoint.tensor(name).shape)
    }
    let needed = try parameterShapes(settings)
    let missing = needed.filter { !present.contains(prefix + $0.name) }
    let extra = present.subtracting(needed.map { prefix + $0.name })
      .filter { !isIgnored(String($0.dropFirst(prefix.count))) }.sorted()
    if let first = missing.first {
      throw VisionModelError.missingTensors(
        file: checkpoint.path, architecture: name, first: prefix + first.name,
        count: missing.count, nearest: extra.nearest(to: prefix + first.name))
    }
    if let first = extra.first {
      throw VisionModelError.extraTensors(
        file: checkpoint.path, architecture: name, first: first, count: extra.count)
    }
    let parameters = ParameterStore()
    for (label, shape) in needed {
      let stored = try checkpoint.tensor(prefix + label)
      guard stored.shape == shape.sizes else {
        throw VisionModelError.wrongShape(
          file: checkpoint.path, architecture: name, tensor: prefix + label,
          expected: shape.sizes, got: stored.shape)
      }
      guard stored.type.isFloatingPoint else {
        throw VisionModelError.notReal(
          file: checkpoint.path, tensor: prefix + label, type: stored.type.rawValue)
      }
      try parameters.set(label, try Tensor(shape, stored.floats()))
    }
    return (parameters, count)
  }

  // What trainers wrap a model's names in.
  private static let prefixes = ["", "module.", "state_dict.", "state_dict.module.", "model."]

  /// The names and shapes of all weights, in the order of the computation.
  func parameterShapes(_ settings: Settings) throws(GraphError) -> [(name: String, shape: Shape)] {
    let image = Node.input(
      "image", .images(batch: 1, channels: 3, height: input.height, width: input.width))
    let network = try network(on: image, settings)
    let values = network.layers.map { Graph.Output($0.name, $0.node) }
    return Graph(values).parameters.map { ($0.label, $0.type.shape) }
  }
}
