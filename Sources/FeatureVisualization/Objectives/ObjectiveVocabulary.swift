import PlumbFiles
import PlumbText
import VisionModels

/// What an objective may speak of: the layers of a network with their sizes, and its labels.
public struct ObjectiveVocabulary: Sendable {
  /// A layer.
  public struct Layer: Sendable {
    /// The name, such as `mixed4a`.
    public let name: String
    /// The number of channels.
    public let channels: Int
    /// The height of the layer in positions; 1 for class scores.
    public let height: Int
    /// The width of the layer in positions; 1 for class scores.
    public let width: Int
  }

  /// The layers in the order of computation.
  public let layers: [Layer]
  /// The number of classes; 0 if the network's input does not allow scores.
  public let classCount: Int
  /// The layer that holds the class scores, if one does.
  public let scoreLayer: String?
  /// The labels of the classes, in the order of the outputs; empty if unknown.
  public let labels: [String]
  /// The WordNet ids of the classes, likewise.
  public let wordNetIDs: [String]

  /// Creates the vocabulary of a network.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - labels: The labels of its classes, in the order of the outputs; empty if unknown.
  ///   - wordNetIDs: The WordNet ids of its classes, likewise.
  public init(_ network: VisionNetwork, labels: [String] = [], wordNetIDs: [String] = []) {
    self.layers = network.layers.filter { $0.node.shape.rank >= 2 }.map { layer in
      let sizes = layer.node.shape.sizes
      return Layer(
        name: layer.name, channels: sizes[1], height: sizes.count > 2 ? sizes[2] : 1,
        width: sizes.count > 3 ? sizes[3] : 1)
    }
    self.classCount = network.logits?.shape[1] ?? 0
    self.scoreLayer = network.layers.first { $0.node == network.logits }?.name
    self.labels = labels
    self.wordNetIDs = wordNetIDs
  }
}

extension ObjectiveVocabulary {
  /// Returns the unit that an objective is about: a channel, or the score of a class.
  ///
  /// - Parameter objective: The objective.
  /// - Returns: The unit.
  /// - Throws: ``ObjectiveError`` if it names none, or the network does not have it.
  public func unit(of objective: Objective) throws(ObjectiveError) -> Objective.Unit {
    do throws(ObjectiveProblem) {
      switch objective.target {
      case .unit(let unit):
        _ = try layer(unit.layer, channels: unit.channel...unit.channel)
        return unit
      case .classScore(let name):
        guard let scoreLayer else { throw .noClassScores }
        return .init(scoreLayer, try index(of: name))
      case nil:
        throw .noUnit(objective: objective.description)
      }
    } catch {
      throw ObjectiveError(error)
    }
  }

  /// The layer with a name.
  func layer(_ name: String) throws(ObjectiveProblem) -> Layer {
    if let layer = layers.first(where: { $0.name == name }) { return layer }
    throw .unknownLayer(name: name, nearest: layers.map(\.name).nearest(to: name))
  }

  /// The layer with a name, if it has these channels.
  func layer(_ name: String, channels: ClosedRange<Int>) throws(ObjectiveProblem) -> Layer {
    let layer = try layer(name)
    for channel in [channels.lowerBound, channels.upperBound] {
      guard (0..<layer.channels).contains(channel) else {
        throw .noSuchChannel(layer: name, channel: channel, count: layer.channels)
      }
    }
    return layer
  }

  /// The place of a class among the outputs.
  func index(of name: Objective.ClassName) throws(ObjectiveProblem) -> Int {
    guard classCount > 0 else { throw .noClassScores }
    switch name {
    case .index(let index):
      guard (0..<classCount).contains(index) else {
        throw .noSuchClass(index: index, count: classCount)
      }
      return index
    case .label(let label):
      if let index = wordNetIDs.prefix(classCount).firstIndex(of: label) { return index }
      let matches = labels.prefix(classCount).indices.filter {
        LabelTable.isName(label, of: labels[$0])
      }
      guard let match = matches.first else {
        throw .unknownLabel(label: label, nearest: labels.nearest(to: label))
      }
      guard matches.count == 1 else {
        throw .ambiguousLabel(label: label, classes: Array(matches))
      }
      return match
    }
  }
}
