import PlumbGraph

/// Numbers on the host, in row-major order.
public struct Tensor: Sendable, Equatable {
  /// The sizes of the axes.
  public let shape: Shape
  /// The elements in row-major order; indices are whole numbers.
  public var elements: [Float]
  /// What the elements mean.
  public let element: ElementType

  /// Creates a tensor of real numbers.
  ///
  /// - Throws: ``RuntimeError/wrongCount(shape:got:)`` if the count is not the shape's.
  public init(_ shape: Shape, _ elements: [Float]) throws(RuntimeError) {
    guard shape.count == elements.count else {
      throw .wrongCount(shape: shape, got: elements.count)
    }
    self.init(unchecked: shape, elements, .float)
  }

  /// Creates a tensor of indices.
  ///
  /// - Throws: ``RuntimeError/wrongCount(shape:got:)`` if the count is not the shape's.
  public init(indices: [Int], _ shape: Shape) throws(RuntimeError) {
    guard shape.count == indices.count else {
      throw .wrongCount(shape: shape, got: indices.count)
    }
    self.init(unchecked: shape, indices.map { Float($0) }, .index)
  }

  /// Creates a tensor with one number everywhere.
  public init(_ shape: Shape, filledWith value: Float) {
    self.init(unchecked: shape, Array(repeating: value, count: shape.count), .float)
  }

  init(unchecked shape: Shape, _ elements: [Float], _ element: ElementType) {
    self.shape = shape
    self.elements = elements
    self.element = element
  }

  /// The only element of a tensor that has one.
  public var scalar: Float { elements[0] }

  /// The element at a position, one index per axis.
  public subscript(position: Int...) -> Float {
    get { elements[offset(position)] }
    set { elements[offset(position)] = newValue }
  }

  private func offset(_ position: [Int]) -> Int {
    zip(position, shape.strides).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The index of the first element that is NaN or infinite, or `nil`.
  public var firstNonFinite: Int? { elements.firstIndex { !$0.isFinite } }
}
