import PlumbFiles

/// Numbers of a graph file that are known while the graph is built: shapes, axes, bounds.
struct KnownNumbers: Sendable, Hashable {
  /// The elements in row-major order.
  enum Elements: Sendable, Hashable {
    case integers([Int])
    case reals([Float])
  }

  let shape: [Int]
  let elements: Elements

  init(_ integers: [Int], shape: [Int]? = nil) {
    self.shape = shape ?? [integers.count]
    elements = .integers(integers)
  }

  init(_ reals: [Float], shape: [Int]? = nil) {
    self.shape = shape ?? [reals.count]
    elements = .reals(reals)
  }

  private init(shape: [Int], _ elements: Elements) {
    self.shape = shape
    self.elements = elements
  }

  init(_ tensor: StoredTensor) {
    shape = tensor.shape
    elements = tensor.integers().map { .integers($0) } ?? .reals(tensor.floats())
  }

  var count: Int {
    switch elements {
    case .integers(let values): values.count
    case .reals(let values): values.count
    }
  }

  /// The elements as whole numbers, or `nil` if one is not whole.
  var integers: [Int]? {
    switch elements {
    case .integers(let values): return values
    case .reals(let values):
      let whole = values.compactMap { Int(exactly: $0) }
      return whole.count == values.count ? whole : nil
    }
  }

  /// The elements as real numbers.
  var reals: [Float] {
    switch elements {
    case .integers(let values): values.map { Float($0) }
    case .reals(let values): values
    }
  }

  /// The only element.
  var scalar: Float? { count == 1 ? reals[0] : nil }

  /// The same elements under another shape, which has as many.
  func reshaped(_ shape: [Int]) -> KnownNumbers { KnownNumbers(shape: shape, elements) }

  /// The elements at some places, under a shape that has as many.
  func picking(_ places: [Int], shape: [Int]) -> KnownNumbers {
    switch elements {
    case .integers(let values): KnownNumbers(places.map { values[$0] }, shape: shape)
    case .reals(let values): KnownNumbers(places.map { values[$0] }, shape: shape)
    }
  }

  /// Each element changed; whole numbers stay whole numbers.
  func mapped(_ integer: (Int) -> Int, _ real: (Float) -> Float) -> KnownNumbers {
    switch elements {
    case .integers(let values): KnownNumbers(values.map(integer), shape: shape)
    case .reals(let values): KnownNumbers(values.map(real), shape: shape)
    }
  }

  /// As whole numbers, fractions cut off.
  var truncated: KnownNumbers {
    switch elements {
    case .integers: self
    case .reals(let values):
      KnownNumbers(values.map { Int(exactly: $0.rounded(.towardZero)) ?? 0 }, shape: shape)
    }
  }

  /// As real numbers.
  var real: KnownNumbers { KnownNumbers(reals, shape: shape) }

  /// Element by element with another, with broadcasting; `nil` if the shapes do not fit.
  func combined(
    with other: KnownNumbers, _ integer: (Int, Int) -> Int, _ real: (Float, Float) -> Float
  ) -> KnownNumbers? {
    guard let (shape, left, right) = Self.broadcast(shape, other.shape) else { return nil }
    if case .integers(let a) = elements, case .integers(let b) = other.elements {
      return KnownNumbers(zip(left, right).map { integer(a[$0], b[$1]) }, shape: shape)
    }
    let (a, b) = (reals, other.reals)
    return KnownNumbers(zip(left, right).map { real(a[$0], b[$1]) }, shape: shape)
  }

  /// The joint shape of two, and for each of its elements the places in both.
  static func broadcast(
    _ a: [Int], _ b: [Int]
  ) -> (shape: [Int], left: [Int], right: [Int])? {
    let rank = max(a.count, b.count)
    let first = Array(repeating: 1, count: rank - a.count) + a
    let second = Array(repeating: 1, count: rank - b.count) + b
    guard zip(first, second).allSatisfy({ $0 == $1 || $0 == 1 || $1 == 1 }) else { return nil }
    let shape = zip(first, second).map { $0 == 1 ? $1 : $0 }
    // Tables that decide shapes are small; anything else is hostile.
    guard shape.reduce(1.0, { $0 * Double($1) }) <= 1_048_576 else { return nil }
    var (left, right) = ([0], [0])
    for axis in 0..<rank {
      let (x, y) = (first[axis], second[axis])
      left = left.flatMap { base in (0..<shape[axis]).map { base * x + (x == 1 ? 0 : $0) } }
      right = right.flatMap { base in (0..<shape[axis]).map { base * y + (y == 1 ? 0 : $0) } }
    }
    return (shape, left, right)
  }

  /// The places, in row-major order, that have one of these indices along an axis.
  static func places(in shape: [Int], axis: Int, indices: [Int]) -> [Int] {
    let inner = shape[(axis + 1)...].reduce(1, *)
    let outer = shape[..<axis].reduce(1, *)
    return (0..<outer).flatMap { block in
      indices.flatMap { index in
        (0..<inner).map { (block * shape[axis] + index) * inner + $0 }
      }
    }
  }
}
