import Foundation
import PlumbFiles
import PlumbGraph
import PlumbModels
import PlumbRuntime

/// A vision model with what it needs to be used: its weights, its preprocessing, its labels.
public struct VisionModel: Sendable {
  /// The model's name.
  public let name: String
  /// Where it was found.
  public let location: ModelLocation
  /// What it is, as its `plumb.json` says or as its file lets one know.
  public let description: ModelDescription
  /// What enters the network, and how pixels become that.
  public let input: InputDescription
  /// Whether the preprocessing was told, and not merely assumed.
  public let isPreprocessingKnown: Bool
  /// What the outputs are called, if that is known.
  public let labels: LabelTable?
  /// The weights; programs of any size share them, packed once.
  public let parameters: ParameterStore
  /// The number of classes.
  public let classCount: Int
  /// Whether there are class scores at the size of ``input`` alone.
  public let needsItsSize: Bool
  /// What tells its weights from all others.
  public let digest: WeightsDigest

  private let build: @Sendable (_ x: Node, _ rule: ReLUGradientRule) throws -> VisionNetwork

  init(
    _ location: ModelLocation, description: ModelDescription, input: InputDescription,
    isPreprocessingKnown: Bool, labels: LabelTable?, parameters: ParameterStore, classCount: Int,
    needsItsSize: Bool,
    build: @escaping @Sendable (_ x: Node, _ rule: ReLUGradientRule) throws -> VisionNetwork
  ) {
    name = description.name
    self.location = location
    self.description = description
    self.input = input
    self.isPreprocessingKnown = isPreprocessingKnown
    self.labels = labels
    self.parameters = parameters
    self.classCount = classCount
    self.needsItsSize = needsItsSize
    digest = WeightsDigest(files: location.weightFiles)
    self.build = build
  }

  /// Returns the network on images.
  ///
  /// - Parameters:
  ///   - image: RGB between 0 and 1, `[batch, 3, height, width]`; preprocessing is part of the
  ///     network.
  ///   - rule: How gradients pass ReLUs.
  /// - Returns: The network with all its named layers.
  /// - Throws: `GraphError` if the images do not fit.
  public func network(
    on image: Node, rule: ReLUGradientRule = .plain
  ) throws -> VisionNetwork {
    let network = try build(input.preprocessed(image), rule)
    return VisionNetwork(
      input: image, layers: network.layers, logits: network.logits, output: network.output)
  }

  /// Returns the network on what enters it, preprocessing already done.
  ///
  /// - Parameters:
  ///   - x: The network's input, `[batch, 3, height, width]`.
  ///   - rule: How gradients pass ReLUs.
  /// - Returns: The network with all its named layers.
  /// - Throws: `GraphError` if the input does not fit.
  public func network(
    onPreprocessed x: Node, rule: ReLUGradientRule = .plain
  ) throws -> VisionNetwork {
    try build(x, rule)
  }

  /// The names of the outputs in their order, empty where an output has none; no names at all if
  /// they are unknown.
  public var labelNames: [String] {
    guard let labels else { return [] }
    return (0..<classCount).map { labels[$0]?.name ?? "" }
  }
}

extension VisionModel {
  /// How a model without `plumb.json` is to be understood, or one with it otherwise than that says.
  public struct Options: Sendable, Hashable {
    /// The built-in architecture of a file of weights.
    public var architecture: String?
    /// Which form of the architecture.
    public var variant: String?

    /// Creates options.
    public init(architecture: String? = nil, variant: String? = nil) {
      self.architecture = architecture
      self.variant = variant
    }
  }

  /// Loads the model that an argument means.
  ///
  /// - Parameters:
  ///   - argument: A path or a name.
  ///   - library: Where names are looked for.
  ///   - options: How a file without a description is to be understood.
  /// - Returns: The model.
  /// - Throws: `ModelError` if there is no such model or it is not a vision model; the errors of
  ///   its file's format if that is damaged.
  public static func load(
    _ argument: String, from library: ModelLibrary = ModelLibrary(), options: Options = Options()
  ) throws -> VisionModel {
    try VisionModel(library.find(argument), options: options)
  }

  /// Loads the model at a location.
  ///
  /// - Throws: See ``load(_:from:options:)``.
  public init(_ location: ModelLocation, options: Options = Options()) throws {
    guard location.kind == .vision else {
      throw ModelError.wrongKind(name: location.name, kind: location.kind, needed: .vision)
    }
    guard let file = location.weightFiles.first else {
      throw ModelError.notAModel(path: location.url.path)
    }
    switch file.pathExtension.lowercased() {
    case "onnx": try self.init(graph: ONNXNetwork(path: file.path), at: location, options: options)
    case "pb":
      try self.init(graph: GraphDefNetwork(path: file.path), at: location, options: options)
    default: try self.init(weightsAt: location, options: options)
    }
  }

  /// A model whose file holds its graph.
  private init(
    graph: some ImportedNetwork, at location: ModelLocation, options: Options
  ) throws {
    if let architecture = options.architecture ?? location.description?.architecture {
      throw VisionModelError.architectureOfGraph(
        file: location.weightFiles[0].path, architecture: architecture)
    }
    let description =
      location.description
      ?? ModelDescription(
        name: location.name, kind: .vision, weights: [location.url.lastPathComponent],
        input: graph.knownInput, labels: graph.knownLabels)
    self.init(
      location, description: description,
      input: description.input
        ?? InputDescription(height: graph.inputSize[0], width: graph.inputSize[1]),
      isPreprocessingKnown: description.input != nil,
      labels: try Self.labels(description, at: location), parameters: graph.parameters,
      classCount: graph.classCount, needsItsSize: graph.needsItsSize
    ) { x, rule in
      try graph.network(on: x, rule: rule)
    }
  }

  /// A model whose file holds weights alone.
  private init(weightsAt location: ModelLocation, options: Options) throws {
    let file = location.weightFiles[0].path
    guard let name = options.architecture ?? location.description?.architecture else {
      throw VisionModelError.needsArchitecture(file: file)
    }
    let architecture = try VisionArchitecture.named(name)
    let variant = options.variant ?? location.description?.variant
    try architecture.check(variant: variant)
    let checkpoint = try CheckpointFile.open(file)
    let (parameters, classCount) = try architecture.load(from: checkpoint, variant: variant)
    var shapes: [String: Shape] = [:]
    for name in parameters.names { shapes[name] = parameters.type(of: name)?.shape }
    var description =
      location.description
      ?? ModelDescription(
        name: location.name, kind: .vision, weights: [location.url.lastPathComponent],
        input: architecture.input,
        labels: classCount == architecture.classCount ? architecture.labels : nil)
    description.architecture = architecture.name
    description.variant = variant ?? architecture.variants.first
    self.init(
      location, description: description, input: description.input ?? architecture.input,
      isPreprocessingKnown: true, labels: try Self.labels(description, at: location),
      parameters: parameters, classCount: classCount, needsItsSize: architecture.needsItsSize
    ) { [shapes] x, rule in
      try architecture.network(
        on: x, .init(variant: variant, classCount: classCount, rule: rule, shapes: shapes))
    }
  }

  /// The labels that a description names.
  static func labels(
    _ description: ModelDescription, at location: ModelLocation
  ) throws -> LabelTable? {
    guard let name = description.labels else { return nil }
    let file = location.url.appendingPathComponent(name)
    if !FileManager.default.fileExists(atPath: file.path), let table = LabelTable.builtIn(name) {
      return table
    }
    return try LabelTable(path: file.path)
  }
}

extension VisionModel {
  /// The reference to this model.
  ///
  /// - Returns: The argument's name and the digest of the weights.
  /// - Throws: `SafetensorsError` if the weights cannot be read.
  public func reference() throws -> ModelReference {
    ModelReference(name: location.argument, digest: try digest.value())
  }
}
