import PlumbGraph

extension ONNXBuilder {
  /// Pooling.
  static let poolingOperators: [String: Compute] = [
    "MaxPool": { operation, builder in
      if operation.node.outputs.count > 1, !operation.node.outputs[1].isEmpty {
        throw ONNXOperation.Problem("the places of the maxima are asked for")
      }
      return [.node(try pooled(operation, operation.tensor(0, &builder), .maximum))]
    },
    "AveragePool": { operation, builder in
      let counts = try operation.integer("count_include_pad", default: 0) != 0
      return [
        .node(try pooled(operation, operation.tensor(0, &builder), .mean(countsPadding: counts)))
      ]
    },
    "GlobalAveragePool": { operation, builder in
      let x = try operation.tensor(0, &builder)
      return [.node(try x.mean(over: Array(2..<x.shape.rank)))]
    },
    "GlobalMaxPool": { operation, builder in
      let x = try operation.tensor(0, &builder)
      return [.node(try x.maximum(over: Array(2..<x.shape.rank)))]
    },
  ]

  private enum PoolKind {
    case maximum
    case mean(countsPadding: Bool)
  }

  private static func pooled(
    _ operation: ONNXOperation, _ x: Node, _ kind: PoolKind
  ) throws -> Node {
    let rank = x.shape.rank - 2
    guard let window = try operation.integers("kernel_shape"), window.count == rank else {
      throw ONNXOperation.Problem("its attribute 'kernel_shape' must have \(rank) numbers")
    }
    let strides = try operation.pair("strides", default: 1, count: rank)
    let pads = try operation.pair("pads", default: 0, count: 2 * rank)
    guard try operation.pair("dilations", default: 1, count: rank).allSatisfy({ $0 == 1 }) else {
      throw ONNXOperation.Problem("pooling with dilation is not known")
    }
    guard (window + strides).allSatisfy({ $0 > 0 }) else {
      throw ONNXOperation.Problem("window and strides must be above 0")
    }
    // Pooling along one axis of many, as exporters write normalization over channels, is pooling of
    // a picture whose width are all axes behind it.
    if rank == 3 {
      let alone = { (axis: Int) in
        window[axis] == 1 && strides[axis] == 1 && pads[axis] == 0 && pads[rank + axis] == 0
      }
      guard alone(1), alone(2) else {
        throw ONNXOperation.Problem("pooling over three axes at once is not known")
      }
      let sizes = x.shape.sizes
      let picture = try x.reshaped([sizes[0], sizes[1], sizes[2], sizes[3] * sizes[4]])
      let result = try pooled(
        operation, picture, kind, window: [window[0], 1], strides: [strides[0], 1],
        before: [pads[0], 0], after: [pads[rank], 0])
      return try result.reshaped([sizes[0], sizes[1], result.shape[2], sizes[3], sizes[4]])
    }
    guard rank == 2 else {
      throw ONNXOperation.Problem("only pooling over height and width is known")
    }
    return try pooled(
      operation, x, kind, window: window, strides: strides, before: Array(pads[..<2]),
      after: Array(pads[2...]))
  }

  private static func pooled(
    _ operation: ONNXOperation, _ x: Node, _ kind: PoolKind, window: [Int], strides: [Int],
    before: [Int], after: [Int]
  ) throws -> Node {
    let size = Array(x.shape.sizes[2...])
    let geometry: PoolingGeometry
    switch try operation.string("auto_pad", default: "NOTSET") {
    case "SAME_UPPER": geometry = .same(.upper, input: size, window: window, strides: strides)
    case "SAME_LOWER": geometry = .same(.lower, input: size, window: window, strides: strides)
    case "VALID": geometry = PoolingGeometry(window: window, strides: strides)
    default:
      geometry = PoolingGeometry(window: window, strides: strides, before: before, after: after)
    }
    let rounded =
      try operation.integer("ceil_mode", default: 0) != 0
      ? geometry.roundedUp(input: size) : geometry
    switch kind {
    case .maximum: return try x.maxPooled(rounded)
    case .mean(let countsPadding):
      guard countsPadding, rounded != geometry else {
        return try x.averagePooled(rounded, countsPadding: countsPadding)
      }
      // What rounding up adds is not counted, even where padding is.
      let padded = try x.padded(before: [0, 0] + geometry.before, after: [0, 0] + geometry.after)
      let rest = PoolingGeometry(
        window: window, strides: strides,
        after: zip(rounded.after, geometry.after).map { $0 - $1 })
      return try padded.averagePooled(rest, countsPadding: false)
    }
  }
}
