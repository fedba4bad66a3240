import PlumbGraph

/// Random graphs of the operations that simplification knows, with zeros and ones among them.
public struct RandomGraph {
  private var generator: SeededGenerator
  private var values: [Node] = []
  /// Normal numbers for the inputs of the graph.
  public private(set) var inputs: [String: [Double]] = [:]

  private let batch: Int

  /// Creates a source of graphs of `batch` images; equal seeds give equal graphs.
  public init(seed: UInt64, batch: Int = 1) {
    self.batch = batch
    generator = SeededGenerator(seed: seed)
  }

  /// A graph of about thirty operations on `[batch, channel, height, width]` values.
  public mutating func graph() throws -> Graph {
    for number in 0..<3 {
      let shape = Shape([batch, pick(2...4), pick(1...3), pick(1...3)])
      values.append(.input("x\(number)", shape))
      inputs["x\(number)"] = generator.normals(shape.count)
    }
    for _ in 0..<30 { values.append(try next()) }
    return Graph(values.suffix(4).enumerated().map { .init("\($0)", $1) })
  }

  private mutating func pick(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &generator)
  }

  private mutating func next() throws -> Node {
    // Late values more often, so that chains grow.
    let x = values[max(pick(0...values.count - 1), pick(0...values.count - 1))]
    switch pick(0...16) {
    case 0: return .fill(Float(pick(0...2)), x.shape)
    case 1: return try x + .fill(Float(pick(0...1)))
    case 2: return try x * .fill(Float(pick(0...1)))
    case 3: return try -x
    case 4: return try x.relu()
    case 5: return try x.tanh()
    case 6: return try x.transposed()
    case 7: return try x.reshaped([x.shape[0], x.shape[1], x.shape[3], x.shape[2]])
    case 8: return try x + .constant((0..<x.shape[1]).map { Float($0) }, [x.shape[1], 1, 1])
    case 9: return try convolved(x)
    case 10: return try x.maxPooled(.init(window: [1, 1], strides: [1, 1]))
    case 11: return try padded(x)
    case 12: return try x.shape.count < 200 ? embedded(x) : x
    case 13: return try joined(x)
    default: return try sliced(x)
    }
  }

  private mutating func sliced(_ x: Node) throws -> Node {
    var (starts, sizes, steps): ([Int], [Int], [Int]) = ([], [], [])
    for size in x.shape.sizes {
      let start = pick(0...max(0, size - 2))
      let step = pick(1...2)
      starts.append(start)
      steps.append(step)
      sizes.append(pick(1...(size - start + step - 1) / step))
    }
    return try x.sliced(starts: starts, sizes: sizes, steps: steps)
  }

  private mutating func padded(_ x: Node) throws -> Node {
    let before = x.shape.sizes.map { $0 > 5 ? 0 : pick(0...min(1, $0 - 1)) }
    let after = x.shape.sizes.map { $0 > 5 ? 0 : pick(0...min(1, $0 - 1)) }
    return try x.padded(
      before: before, after: after, pick(0...1) == 0 ? .reflect : .constant(Float(pick(0...1))))
  }

  private mutating func embedded(_ x: Node) throws -> Node {
    let axis = pick(1...3)
    let step = pick(1...2)
    var (starts, steps) = ([0, 0, 0, 0], [1, 1, 1, 1])
    starts[axis] = pick(0...1)
    steps[axis] = step
    let size = starts[axis] + (x.shape[axis] - 1) * step + 1 + pick(0...1)
    return try x.embedded(
      in: x.shape.replacing(axis: axis, with: size), starts: starts, steps: steps)
  }

  private mutating func joined(_ x: Node) throws -> Node {
    let axis = pick(1...3)
    guard x.shape.count < 200 else { return x }
    let others = values.filter {
      $0.shape.count < 200
        && $0.shape.replacing(axis: axis, with: 1) == x.shape.replacing(axis: axis, with: 1)
    }
    return try Node.concatenated([x, others[pick(0...others.count - 1)], x], axis: axis)
  }

  private mutating func convolved(_ x: Node) throws -> Node {
    let grouped = pick(0...2) == 0
    let groups = grouped ? x.shape[1] : 1
    let outputs = grouped ? x.shape[1] * 2 : 3
    let shape = Shape([outputs, x.shape[1] / groups, 1, 1])
    let weights = generator.normals(shape.count).map { Float($0) }
    return try x.convolved(
      with: .constant(weights, shape),
      bias: .constant((0..<outputs).map { Float($0) }, [outputs]),
      geometry: .init(groups: groups)
    ).tanh()
  }
}
