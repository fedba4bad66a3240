import PlumbGraph
import PlumbRuntime
import VisionModels

/// A vision network with its weights, as a visualization needs it.
public struct VisualizedNetwork: Sendable {
  /// The weights; every visualization of the network shares them, packed once.
  public let parameters: ParameterStore
  /// The labels of the classes, in the order of the outputs; empty if unknown.
  public let labels: [String]
  /// The WordNet ids of the classes, in the order of the outputs; empty if unknown.
  public let wordNetIDs: [String]
  /// Height and width in pixels at which the network gives class scores; `nil` if at any.
  public let classSize: [Int]?

  private let build: @Sendable (Node, ReLUGradientRule) throws -> VisionNetwork

  /// Creates a network from a function that builds its graph.
  ///
  /// - Parameters:
  ///   - parameters: The weights, by the names in the graph.
  ///   - labels: The labels of the classes, in the order of the outputs.
  ///   - wordNetIDs: The WordNet ids of the classes, in the order of the outputs.
  ///   - classSize: Height and width in pixels at which the network gives class scores.
  ///   - build: Returns the network on images `[batch, 3, height, width]` between 0 and 1, whose
  ///     ReLUs follow a rule. Preprocessing is part of it.
  public init(
    parameters: ParameterStore, labels: [String] = [], wordNetIDs: [String] = [],
    classSize: [Int]? = nil,
    build: @escaping @Sendable (_ image: Node, _ rule: ReLUGradientRule) throws -> VisionNetwork
  ) {
    self.parameters = parameters
    self.labels = labels
    self.wordNetIDs = wordNetIDs
    self.classSize = classSize
    self.build = build
  }

  /// InceptionV1, which gives class scores at 224 x 224 pixels.
  public static func inceptionV1(
    _ variant: InceptionV1.Variant = .lucid, parameters: ParameterStore, labels: [String] = []
  ) -> VisualizedNetwork {
    VisualizedNetwork(parameters: parameters, labels: labels, classSize: [224, 224]) {
      try InceptionV1(variant: variant, rule: $1).network(on: $0)
    }
  }

  /// Returns the network on some images.
  public func network(
    on image: Node, rule: ReLUGradientRule = .plain
  ) throws -> VisionNetwork {
    try build(image, rule)
  }

  /// Returns what an objective for images of a size may speak of.
  ///
  /// - Parameters:
  ///   - height: Height of the images that the network gets, in pixels.
  ///   - width: Width of them.
  /// - Returns: The layers and labels.
  /// - Throws: `GraphError` if the network does not take images of that size.
  public func vocabulary(height: Int, width: Int) throws -> ObjectiveVocabulary {
    let image = Node.input("image", .images(batch: 1, channels: 3, height: height, width: width))
    return ObjectiveVocabulary(
      try network(on: image), labels: labels, wordNetIDs: wordNetIDs)
  }
}
