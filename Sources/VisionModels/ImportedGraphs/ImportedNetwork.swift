import PlumbGraph
import PlumbModels
import PlumbRuntime

/// A network whose graph came from a file.
protocol ImportedNetwork: Sendable {
  /// Height and width of the images that the file was written for.
  var inputSize: [Int] { get }
  /// What enters the network, where the graph is one that is known.
  var knownInput: InputDescription? { get }
  /// The built-in table of its labels, where the graph is one that is known.
  var knownLabels: String? { get }
  /// The number of classes.
  var classCount: Int { get }
  /// Whether there are class scores at one size alone.
  var needsItsSize: Bool { get }
  /// The weights by the names in the graph.
  var parameters: ParameterStore { get }

  /// Returns the network on what enters it.
  func network(on x: Node, rule: ReLUGradientRule) throws -> VisionNetwork
}

extension ImportedNetwork {
  /// Whether a network has no class scores for images a third larger than it was made for.
  func lacksScores(at size: [Int]) throws -> Bool {
    // So much larger that no rounding of pools hides it.
    let larger = size.map { $0 * 2 }
    let x = Node.input(
      "image", .images(batch: 1, channels: 3, height: larger[0], width: larger[1]))
    return try network(on: x, rule: .plain).logits == nil
  }
}

extension Node {
  /// These values as class scores, `[batch, class]`, without the axes of size 1 behind; `nil` if
  /// they are none.
  func classScores(batch: Int) throws(GraphError) -> Node? {
    guard shape.rank >= 2, shape[0] == batch, shape.sizes[2...].allSatisfy({ $0 == 1 }) else {
      return nil
    }
    return try reshaped([shape[0], shape[1]])
  }
}
