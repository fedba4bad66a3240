import PlumbGraph

extension ONNXBuilder {
  /// Parts of values, and values put together.
  static let selectionOperators: [String: Compute] = [
    "Concat": { operation, builder in
      let values = try operation.inputs.indices.map { try operation.value($0) }
      let rank = values.first?.shape?.count ?? 0
      let axis = try operation.axis(operation.integer("axis", default: 1), rank: rank)
      let known = values.compactMap { value -> KnownNumbers? in
        if case .known(let numbers) = value { numbers } else { nil }
      }
      if known.count == values.count, rank == 1 {
        let whole = known.compactMap(\.integers)
        return [
          .known(
            whole.count == known.count
              ? KnownNumbers(whole.flatMap(\.self)) : KnownNumbers(known.flatMap(\.reals)))
        ]
      }
      let parts = values.map { builder.node($0) }
      return [.node(try .concatenated(parts, axis: axis))]
    },
    "Split": { operation, builder in
      let x = try operation.tensor(0, &builder)
      let axis = try operation.axis(operation.integer("axis", default: 0), rank: x.shape.rank)
      let parts = operation.node.outputs.count
      // The last part is smaller if the size cannot be divided.
      let even = (x.shape[axis] + parts - 1) / parts
      let sizes =
        try operation.integers("split", orOperand: 1)
        ?? (0..<parts).map { min(even, x.shape[axis] - $0 * even) }
      guard sizes.reduce(0, +) == x.shape[axis], sizes.count == parts,
        sizes.allSatisfy({ $0 > 0 })
      else {
        throw ONNXOperation.Problem("parts of \(sizes) do not make up an axis of \(x.shape[axis])")
      }
      var start = 0
      return try sizes.map { size in
        defer { start += size }
        return .node(try x.sliced(axis: axis, start..<(start + size)))
      }
    },
    "Slice": { operation, builder in try sliced(operation, &builder) },
    "Gather": { operation, builder in
      let value = try operation.value(0)
      let sizes = value.shape ?? []
      guard let numbers = try operation.known(1), let given = numbers.integers else {
        throw ONNXOperation.Problem("its indices must be whole numbers")
      }
      let axis = try operation.axis(operation.integer("axis", default: 0), rank: sizes.count)
      guard !sizes.isEmpty, given.count <= 1 << 16 else {
        throw ONNXOperation.Problem("it takes \(given.count) elements")
      }
      let indices = given.map { $0 < 0 ? $0 + sizes[axis] : $0 }
      guard indices.allSatisfy({ (0..<sizes[axis]).contains($0) }), !indices.isEmpty else {
        throw ONNXOperation.Problem("its indices \(given) lie outside an axis of \(sizes[axis])")
      }
      let shape = Array(sizes[..<axis]) + numbers.shape + Array(sizes[(axis + 1)...])
      if case .known(let table) = value {
        let places = KnownNumbers.places(in: sizes, axis: axis, indices: indices)
        return [.known(table.picking(places, shape: shape))]
      }
      let x = builder.node(value)
      var parts: [Node] = []
      var start = 0
      // Neighbors are taken together.
      while start < indices.count {
        var end = start + 1
        while end < indices.count, indices[end] == indices[end - 1] + 1 { end += 1 }
        parts.append(try x.sliced(axis: axis, indices[start]..<(indices[end - 1] + 1)))
        start = end
      }
      let joined = parts.count == 1 ? parts[0] : try .concatenated(parts, axis: axis)
      return [.node(try joined.reshaped(Shape(shape)))]
    },
    "Range": { operation, builder in
      let bounds = try (0..<3).map { try operation.known($0)?.integers?.first ?? 0 }
        .map(ONNXOperation.limited)
      let (start, limit, step) = (bounds[0], bounds[1], bounds[2])
      guard step != 0, abs((limit - start) / step) <= 1 << 20 else {
        throw ONNXOperation.Problem("only ranges of whole numbers are known")
      }
      return [.known(KnownNumbers(Array(stride(from: start, to: limit, by: step))))]
    },
    "Pad": { operation, builder in try padded(operation, &builder) },
  ]

  private static func sliced(
    _ operation: ONNXOperation, _ builder: inout ONNXBuilder
  ) throws -> [GraphValue] {
    let value = try operation.value(0)
    let sizes = value.shape ?? []
    guard let starts = try operation.integers("starts", orOperand: 1),
      let ends = try operation.integers("ends", orOperand: 2), starts.count == ends.count
    else { throw ONNXOperation.Problem("it needs as many starts as ends") }
    let axes = try operation.integers("axes", orOperand: 3) ?? Array(starts.indices)
    let steps = try operation.integers("steps", orOperand: 4) ?? starts.map { _ in 1 }
    guard axes.count == starts.count, steps.count == starts.count else {
      throw ONNXOperation.Problem("it needs as many axes and steps as starts")
    }
    var first = sizes.map { _ in 0 }
    var count = sizes
    var distance = sizes.map { _ in 1 }
    for (number, given) in axes.enumerated() {
      let axis = try operation.axis(given, rank: sizes.count)
      guard steps[number] > 0 else {
        throw ONNXOperation.Problem("steps backwards are not known")
      }
      func clamped(_ index: Int) -> Int {
        min(max(index < 0 ? index + sizes[axis] : index, 0), sizes[axis])
      }
      let (start, end) = (clamped(starts[number]), clamped(ends[number]))
      first[axis] = start
      distance[axis] = steps[number]
      count[axis] = max((end - start + steps[number] - 1) / steps[number], 0)
    }
    if case .known(let numbers) = value, sizes.count == 1 {
      let places = (0..<count[0]).map { first[0] + $0 * distance[0] }
      return [.known(numbers.picking(places, shape: count))]
    }
    return [.node(try builder.node(value).sliced(starts: first, sizes: count, steps: distance))]
  }

  private static func padded(
    _ operation: ONNXOperation, _ builder: inout ONNXBuilder
  ) throws -> [GraphValue] {
    let x = try operation.tensor(0, &builder)
    let rank = x.shape.rank
    guard let pads = try operation.integers("pads", orOperand: 1) else {
      throw ONNXOperation.Problem("it says no padding")
    }
    let axes = try operation.known(3)?.integers?.map(ONNXOperation.limited) ?? Array(0..<rank)
    guard pads.count == 2 * axes.count else {
      throw ONNXOperation.Problem("its padding has \(pads.count) numbers, not \(2 * axes.count)")
    }
    var before = Array(repeating: 0, count: rank)
    var after = before
    for (number, given) in axes.enumerated() {
      let axis = try operation.axis(given, rank: rank)
      before[axis] = pads[number]
      after[axis] = pads[number + axes.count]
    }
    guard (before + after).allSatisfy({ $0 >= 0 }) else {
      throw ONNXOperation.Problem("negative padding is not known")
    }
    try ONNXOperation.check(size: (0..<rank).map { x.shape[$0] + before[$0] + after[$0] })
    switch try operation.string("mode", default: "constant") {
    case "constant":
      let fill = try operation.known(2)?.scalar ?? operation.float("value", default: 0)
      return [.node(try x.padded(before: before, after: after, .constant(fill)))]
    case "reflect": return [.node(try x.padded(before: before, after: after, .reflect))]
    case "edge":
      var result = x
      for axis in 0..<rank {
        let last = result.shape[axis] - 1
        func edge(_ index: Int, _ count: Int) throws -> [Node] {
          guard count > 0 else { return [] }
          let shape = result.shape.replacing(axis: axis, with: count)
          return [try result.sliced(axis: axis, index..<(index + 1)).broadcasted(to: shape)]
        }
        let parts = try edge(0, before[axis]) + [result] + edge(last, after[axis])
        if parts.count > 1 { result = try .concatenated(parts, axis: axis) }
      }
      return [.node(result)]
    case let mode: throw ONNXOperation.Problem("the mode '\(mode)' is not known")
    }
  }
}
