extension Slice {
  /// A slice is taken as close to where the value is made as possible without computing anything
  /// twice: of the parts of a concatenation, of the operand of another slice, of a broadcast, of an
  /// embedding or of padding.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    let x = inputs[0]
    if x.type == type { return x }
    if let value = x.fillValue { return .fill(value, type.shape) }
    switch x.operation {
    case let inner as Slice:
      return try x.inputs[0].sliced(
        starts: zip(starts, zip(inner.starts, inner.steps)).map { $1.0 + $0 * $1.1 },
        sizes: sizes, steps: zip(steps, inner.steps).map { $0 * $1 })
    case let concatenation as Concatenate:
      return try slicedParts(of: x, axis: concatenation.axis)
    case is Broadcast:
      return try slicedBroadcast(of: x.inputs[0], type: type)
    case let embedding as Embed:
      return try slicedPlacement(
        of: x.inputs[0], starts: embedding.starts, steps: embedding.steps, outside: 0, type: type)
    case let padding as Pad:
      let outside: Float? = if case .constant(let value) = padding.mode { value } else { nil }
      return try slicedPlacement(
        of: x.inputs[0], starts: padding.before, steps: padding.before.map { _ in 1 },
        outside: outside, type: type)
    default:
      return nil
    }
  }

  /// The slice as a concatenation of slices of fewer parts; `nil` if it needs all of them.
  private func slicedParts(of concatenation: Node, axis: Int) throws(GraphError) -> Node? {
    var parts: [Node] = []
    var offset = 0
    for part in concatenation.inputs {
      let end = offset + part.shape[axis]
      let taken = (0..<sizes[axis]).filter {
        (offset..<end).contains(starts[axis] + $0 * steps[axis])
      }
      if let first = taken.first {
        var (starts, sizes) = (starts, sizes)
        starts[axis] += first * steps[axis] - offset
        sizes[axis] = taken.count
        parts.append(try part.sliced(starts: starts, sizes: sizes, steps: steps))
      }
      offset = end
    }
    guard parts.count < concatenation.inputs.count else { return nil }
    return try Node.concatenated(parts, axis: axis)
  }

  /// The slice of a broadcast as a broadcast of a slice.
  private func slicedBroadcast(of x: Node, type: TensorType) throws(GraphError) -> Node? {
    let offset = type.shape.rank - x.shape.rank
    var (starts, sizes) = (Array(starts[offset...]), Array(sizes[offset...]))
    var steps = Array(steps[offset...])
    for axis in sizes.indices where x.shape[axis] == 1 {
      (starts[axis], sizes[axis], steps[axis]) = (0, 1, 1)
    }
    return try x.sliced(starts: starts, sizes: sizes, steps: steps).broadcasted(to: type.shape)
  }

  /// The slice of an operand placed into something else, if it lies wholly inside the operand or,
  /// where `outside` fills the rest, wholly beside it.
  private func slicedPlacement(
    of x: Node, starts placedStarts: [Int], steps placedSteps: [Int], outside: Float?,
    type: TensorType
  ) throws(GraphError) -> Node? {
    var (innerStarts, innerSteps) = (starts, steps)
    var isInside = true
    for axis in sizes.indices {
      let distances = (0..<sizes[axis]).map { starts[axis] + $0 * steps[axis] - placedStarts[axis] }
      let step = placedSteps[axis]
      let hits = distances.filter {
        $0 >= 0 && $0 % step == 0 && $0 / step < x.shape[axis]
      }
      if hits.isEmpty, let outside { return .fill(outside, type.shape) }
      guard hits.count == distances.count else {
        isInside = false
        continue
      }
      innerStarts[axis] = distances[0] / step
      innerSteps[axis] = distances.count > 1 ? (distances[1] - distances[0]) / step : 1
    }
    guard isInside else { return nil }
    return try x.sliced(starts: innerStarts, sizes: sizes, steps: innerSteps)
  }
}
