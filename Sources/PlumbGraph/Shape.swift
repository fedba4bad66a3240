/// The sizes of a tensor's axes, outermost first, with the names that messages show.
///
/// Names explain and never decide: two shapes are equal when their sizes are.
public struct Shape: Sendable {
  /// One size per axis, outermost first; a scalar has none.
  public let sizes: [Int]
  /// One name per axis, empty strings where an axis has no name.
  public let names: [String]

  /// Creates a shape whose axes have no names.
  public init(_ sizes: [Int]) {
    self.sizes = sizes
    self.names = Array(repeating: "", count: sizes.count)
  }

  /// Creates a shape with axis names; missing names are empty.
  public init(_ sizes: [Int], names: [String]) {
    self.sizes = sizes
    self.names = sizes.indices.map { $0 < names.count ? names[$0] : "" }
  }

  /// A shape of images or their activations, `[batch, channel, height, width]`.
  public static func images(batch: Int, channels: Int, height: Int, width: Int) -> Shape {
    Shape([batch, channels, height, width], names: ["batch", "channel", "height", "width"])
  }

  /// The shape without axes, of one number.
  public static let scalar = Shape([])

  /// The number of axes.
  public var rank: Int { sizes.count }

  /// The number of elements; 1 for a scalar.
  public var count: Int { sizes.reduce(1, *) }

  /// The size of one axis.
  public subscript(axis: Int) -> Int { sizes[axis] }

  /// The distance in elements between neighbors along each axis, in row-major order.
  public var strides: [Int] {
    var strides = Array(repeating: 1, count: rank)
    for axis in sizes.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * sizes[axis + 1]
    }
    return strides
  }

  /// This shape with one axis resized.
  public func replacing(axis: Int, with size: Int) -> Shape {
    var sizes = self.sizes
    sizes[axis] = size
    return Shape(sizes, names: names)
  }

  /// The shape of an element-wise operation on two tensors, `nil` if their sizes do not fit.
  ///
  /// As NumPy broadcasts: axes are aligned at the end, and a size of 1 stretches.
  public func broadcast(with other: Shape) -> Shape? {
    if sizes == other.sizes { return self }
    let longer = rank >= other.rank ? self : other
    let shorter = rank >= other.rank ? other : self
    let offset = longer.rank - shorter.rank
    var result = longer.sizes
    for axis in shorter.sizes.indices {
      let (a, b) = (longer.sizes[axis + offset], shorter.sizes[axis])
      guard a == b || a == 1 || b == 1 else { return nil }
      result[axis + offset] = a == 1 ? b : a
    }
    return Shape(result, names: longer.names)
  }
}

extension Shape: Hashable {
  /// Whether the sizes are equal; names do not count.
  public static func == (left: Shape, right: Shape) -> Bool { left.sizes == right.sizes }

  /// Hashes the sizes alone.
  public func hash(into hasher: inout Hasher) { hasher.combine(sizes) }
}

extension Shape: ExpressibleByArrayLiteral {
  /// Creates a shape whose axes have no names.
  public init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Shape: CustomStringConvertible {
  /// The axes with their names, such as `[batch 1, channel 3, height 224, width 224]`.
  public var description: String {
    let axes = zip(names, sizes).map { name, size in name.isEmpty ? "\(size)" : "\(name) \(size)" }
    return "[" + axes.joined(separator: ", ") + "]"
  }
}
