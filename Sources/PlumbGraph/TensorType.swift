/// What the elements of a tensor mean; how they are stored is the program's affair.
public enum ElementType: String, Sendable, Hashable {
  /// Real numbers.
  case float
  /// Indices, such as token ids and labels.
  case index
}

/// The shape and the element type of a value in a graph.
public struct TensorType: Hashable, Sendable, CustomStringConvertible {
  /// The sizes of the axes.
  public let shape: Shape
  /// What the elements mean.
  public let element: ElementType

  /// Creates the type of a tensor of real numbers, or of indices if said so.
  public init(_ shape: Shape, _ element: ElementType = .float) {
    self.shape = shape
    self.element = element
  }

  /// The shape, with the element type where it is not `float`.
  public var description: String {
    element == .float ? "\(shape)" : "\(shape) of \(element.rawValue)"
  }
}
