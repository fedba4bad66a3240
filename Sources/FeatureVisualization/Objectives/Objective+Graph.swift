import PlumbGraph
import PlumbText
import VisionModels

extension Objective {
  /// Returns the objective as one number of the graph.
  ///
  /// - Parameters:
  ///   - network: The network on the transformed images.
  ///   - image: The untransformed images, `[batch, channel, height, width]`, for measures of the
  ///     image such as `tv`; the fourth channel, if there is one, is opacity.
  ///   - labels: The labels of the network's classes, in the order of the outputs.
  ///   - wordNetIDs: The WordNet ids of the classes, likewise.
  ///   - picture: Returns the network on a transformed picture of the objective, by its name.
  /// - Returns: A node with a single element.
  /// - Throws: ``ObjectiveError`` if the network has no such layer, channel, position or class;
  ///   `GraphError` if an operation does not fit.
  public func node(
    on network: VisionNetwork, image: Node, labels: [String] = [], wordNetIDs: [String] = [],
    picture: ((String) throws -> VisionNetwork)? = nil
  ) throws -> Node {
    do {
      return try ObjectiveGraph(
        network: network, image: image, picture: picture,
        vocabulary: ObjectiveVocabulary(network, labels: labels, wordNetIDs: wordNetIDs)
      ).node(self).reshaped(.scalar)
    } catch let reason as ObjectiveProblem {
      throw ObjectiveError(reason)
    }
  }
}

/// Builds the nodes of objectives.
struct ObjectiveGraph {
  let network: VisionNetwork
  let image: Node
  let picture: ((String) throws -> VisionNetwork)?
  let vocabulary: ObjectiveVocabulary

  /// The objective as a node with one element.
  func node(_ objective: Objective) throws -> Node {
    switch objective {
    case .constant(let value): .fill(Float(value))
    case .channels(let layer, let range): try channels(layer, range)
    case .neuron(let layer, let channel, let position): try neuron(layer, channel, position)
    case .region(let layer, let channel, let region): try self.region(layer, channel, region)
    case .direction(let layer, let components, let power):
      try direction(layer, components, cosinePower: power)
    case .deepDream(let layer): try number(value(layer).squared().mean())
    case .classScore(let name): try classScore(name)
    case .diversity(let layer): try diversity(layer)
    case .interpolation(let first, let last): try interpolation(first, last)
    case .alignment(let layer, let ratio): try alignment(layer, ratio: ratio)
    case .inversion(let layer, let picture): try inversion(layer, picture)
    case .caricature(let layer, let picture, let power):
      try caricature(layer, picture, cosinePower: power)
    case .totalVariation: try number(totalVariation())
    case .l1(let center): try number((colors + Float(-center)).absolute().sum())
    // Lucid's 1e-6, which keeps the gradient finite at the center.
    case .l2(let center):
      try number(((colors + Float(-center)).squared().sum() + 1e-6).squareRoot())
    case .blur: try number(blur())
    case .boundary(let width): try number(boundary(width: width))
    case .alpha: try number(alpha())
    case .sum(let a, let b): try node(a) + node(b)
    case .difference(let a, let b): try node(a) - node(b)
    case .product(let a, let b): try node(a) * node(b)
    case .quotient(let a, let b): try node(a) / node(b)
    case .negation(let a): try node(a) * -1
    }
  }

  func number(_ node: Node) throws(GraphError) -> Node { try node.reshaped(.scalar) }

  func value(_ layer: String) throws -> Node {
    _ = try vocabulary.layer(layer)
    return try network.layer(layer)
  }

  private func channels(_ layer: String, _ range: ClosedRange<Int>) throws -> Node {
    _ = try vocabulary.layer(layer, channels: range)
    let wanted = try value(layer).sliced(axis: 1, range.lowerBound..<range.upperBound + 1)
    let mean = try number(wanted.mean())
    return range.count == 1 ? mean : try mean * Float(range.count)
  }

  private func neuron(
    _ layer: String, _ channel: Int, _ position: Objective.Position?
  ) throws -> Node {
    let size = try vocabulary.layer(layer, channels: channel...channel)
    // Of an even number of rows the lower of the two middle ones, as Lucid.
    let position = position ?? .init(x: size.width / 2, y: size.height / 2)
    guard (0..<size.width).contains(position.x), (0..<size.height).contains(position.y) else {
      throw ObjectiveProblem.noSuchPosition(
        layer: layer, x: position.x, y: position.y, width: size.width, height: size.height)
    }
    return try region(
      layer, channel, .init(x: position.x, y: position.y, width: 1, height: 1))
  }

  private func region(_ layer: String, _ channel: Int, _ region: Objective.Region) throws -> Node {
    let size = try vocabulary.layer(layer, channels: channel...channel)
    guard region.x >= 0, region.y >= 0, region.width >= 1, region.height >= 1,
      region.width <= size.width - region.x, region.height <= size.height - region.y
    else {
      throw ObjectiveProblem.noSuchRegion(
        layer: layer, region, width: size.width, height: size.height)
    }
    var x = try value(layer).sliced(axis: 1, channel..<channel + 1)
    if x.shape.rank == 4 {
      x = try x.sliced(
        starts: [0, 0, region.y, region.x],
        sizes: [x.shape[0], 1, region.height, region.width])
    }
    return try number(x.mean())
  }

  private func direction(
    _ layer: String, _ components: [Objective.Component], cosinePower: Double
  ) throws -> Node {
    let indices = components.map(\.channel)
    guard let first = indices.min(), let last = indices.max() else {
      throw ObjectiveProblem.emptyDirection(layer: layer)
    }
    let count = try vocabulary.layer(layer, channels: first...last).channels
    // The cosine is with the whole activation, the dot product needs only some channels.
    let range = cosinePower == 0 ? first..<last + 1 : 0..<count
    var vector = [Float](repeating: 0, count: range.count)
    for component in components {
      vector[component.channel - range.lowerBound] += Float(component.weight)
    }
    let x = try value(layer).sliced(axis: 1, range)
    let sizes = x.shape.sizes.indices.map { $0 == 1 ? range.count : 1 }
    let direction = try Node.constant(vector, Shape(sizes))
    let dot = try x.dotProduct(direction, over: [1])
    if cosinePower == 0 { return try number(dot.mean()) }
    // Lucid's constants: 1e-4 for each length, cosines of at least 0.1.
    let lengths =
      try (x.norm(over: [1], epsilon: 1e-12) + 1e-4) * (direction.norm(over: [1]) + 1e-4)
    let cosine = try (dot / lengths).maximum(.fill(0.1))
    return try number((dot * cosine.power(Float(cosinePower))).mean())
  }

  private func classScore(_ name: Objective.ClassName) throws -> Node {
    let index = try vocabulary.index(of: name)
    guard let logits = network.logits else { throw ObjectiveProblem.noClassScores }
    return try number(logits.sliced(axis: 1, index..<index + 1).mean())
  }
}
