import PlumbGraph
import PlumbText

/// A vision model as a graph: an input, and every value of it that people have a name for.
public struct VisionNetwork: Sendable {
  /// The image that enters, `[batch, channel, height, width]`.
  public let input: Node
  /// Every value with a name, in the order of computation.
  public let layers: [Layer]
  /// The class scores before softmax, `[batch, class]`; `nil` if the input's size does not allow
  /// them.
  public let logits: Node?
  /// What the network's own file calls its output; the class scores of a built-in architecture.
  public let output: Node?

  /// A value with a name.
  public struct Layer: Sendable {
    /// The name, such as `mixed4a`.
    public let name: String
    /// The value.
    public let node: Node

    /// Creates a named value.
    public init(name: String, node: Node) {
      self.name = name
      self.node = node
    }
  }

  /// Creates a network from its parts; the output is the class scores if it is not given.
  public init(input: Node, layers: [Layer], logits: Node?, output: Node? = nil) {
    self.input = input
    self.layers = layers
    self.logits = logits
    self.output = output ?? logits
  }

  /// The value with a name.
  ///
  /// - Throws: `GraphError.unknownName(name:nearest:)`.
  public func layer(_ name: String) throws(GraphError) -> Node {
    if let layer = layers.first(where: { $0.name == name }) { return layer.node }
    throw .unknownName(name: name, nearest: layers.map(\.name).nearest(to: name))
  }
}
