import PlumbGraph

/// Numbers in row-major order with a shape: what the reference computes with.
public struct ReferenceTensor: Sendable, Equatable {
  /// The sizes of the axes.
  public let shape: Shape
  /// The elements in row-major order; indices are whole numbers.
  public var values: [Double]

  /// Creates a tensor of these elements.
  public init(_ shape: Shape, _ values: [Double]) {
    precondition(values.count == shape.count, "\(values.count) values for the shape \(shape)")
    self.shape = shape
    self.values = values
  }

  /// Creates a tensor of zeros.
  public init(zeros shape: Shape) {
    self.init(shape, Array(repeating: 0, count: shape.count))
  }

  /// Creates a tensor by asking for every element in row-major order.
  public init(_ shape: Shape, _ element: (_ index: [Int]) -> Double) {
    self.init(shape, shape.allIndices.map(element))
  }

  /// The element at an index.
  public subscript(_ index: [Int]) -> Double {
    get { values[offset(of: index)] }
    set { values[offset(of: index)] = newValue }
  }

  /// The element at an index.
  public subscript(_ index: Int...) -> Double {
    get { values[offset(of: index)] }
    set { values[offset(of: index)] = newValue }
  }

  /// The elements as indices.
  public var indices: [Int] { values.map { Int($0) } }

  /// The rows of the last axis, one after another.
  public var rows: [ArraySlice<Double>] {
    let width = shape[shape.rank - 1]
    return stride(from: 0, to: values.count, by: width).map { values[$0..<$0 + width] }
  }

  private func offset(of index: [Int]) -> Int {
    precondition(index.count == shape.rank, "the index \(index) for the shape \(shape)")
    var offset = 0
    for (axis, place) in index.enumerated() {
      precondition(place >= 0 && place < shape[axis], "the index \(index) for the shape \(shape)")
      offset = offset * shape[axis] + place
    }
    return offset
  }
}

extension Shape {
  /// Every index of this shape in row-major order.
  var allIndices: [[Int]] {
    sizes.reduce([[]]) { prefixes, size in
      prefixes.flatMap { prefix in (0..<size).map { prefix + [$0] } }
    }
  }
}
