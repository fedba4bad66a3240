import PlumbGraph

extension ONNXBuilder {
  /// Convolutions and their transposes.
  static let convolutionOperators: [String: Compute] = [
    "Conv": { operation, builder in
      let x = try operation.tensor(0, &builder)
      let weight = try operation.tensor(1, &builder)
      let bias = try operation.optionalTensor(2, &builder)
      guard x.shape.rank == 4, weight.shape.rank == 4 else {
        throw ONNXOperation.Problem("only convolutions over height and width are known")
      }
      return [
        .node(
          try x.convolved(
            with: weight, bias: bias,
            geometry: try geometry(operation, x: x, kernel: Array(weight.shape.sizes[2...]))))
      ]
    },
    "ConvTranspose": { operation, builder in
      let x = try operation.tensor(0, &builder)
      let weight = try operation.tensor(1, &builder)
      let bias = try operation.optionalTensor(2, &builder)
      guard x.shape.rank == 4, weight.shape.rank == 4 else {
        throw ONNXOperation.Problem("only convolutions over height and width are known")
      }
      let kernel = Array(weight.shape.sizes[2...])
      let extra = try operation.pair("output_padding", default: 0)
      let geometry = try transposedGeometry(operation, x: x, kernel: kernel, extra: extra)
      let size = geometry.inputSize(
        output: Array(x.shape.sizes[2...]), kernel: kernel, extra: extra)
      guard size.allSatisfy({ $0 > 0 }),
        (extra + geometry.before + geometry.after).allSatisfy({ $0 >= 0 })
      else { throw ONNXOperation.Problem("its result would have the size \(size)") }
      try ONNXOperation.check(
        size: [x.shape[0], max(weight.shape[1], 1) * geometry.groups] + size)
      return [
        .node(
          try x.transposedConvolution(with: weight, bias: bias, geometry: geometry, extra: extra))
      ]
    },
  ]

  /// How a convolution's window moves.
  private static func geometry(
    _ operation: ONNXOperation, x: Node, kernel: [Int]
  ) throws -> ConvolutionGeometry {
    let strides = try operation.pair("strides", default: 1)
    let dilations = try operation.pair("dilations", default: 1)
    let groups = try operation.integer("group", default: 1)
    guard (strides + dilations + [groups]).allSatisfy({ $0 > 0 }) else {
      throw ONNXOperation.Problem("strides, dilations and groups must be above 0")
    }
    switch try operation.string("auto_pad", default: "NOTSET") {
    case "SAME_UPPER", "SAME_LOWER":
      let odd: ConvolutionGeometry.SamePadding =
        try operation.string("auto_pad", default: "") == "SAME_LOWER" ? .lower : .upper
      return .same(
        odd, input: Array(x.shape.sizes[2...]), kernel: kernel, strides: strides,
        dilations: dilations, groups: groups)
    case "VALID":
      return ConvolutionGeometry(strides: strides, dilations: dilations, groups: groups)
    default:
      let pads = try operation.pair("pads", default: 0, count: 4)
      return ConvolutionGeometry(
        strides: strides, dilations: dilations, before: Array(pads[..<2]),
        after: Array(pads[2...]), groups: groups)
    }
  }

  /// The same for a transposed convolution, whose result may have a size of its own.
  private static func transposedGeometry(
    _ operation: ONNXOperation, x: Node, kernel: [Int], extra: [Int]
  ) throws -> ConvolutionGeometry {
    let strides = try operation.pair("strides", default: 1)
    let dilations = try operation.pair("dilations", default: 1)
    let groups = try operation.integer("group", default: 1)
    guard (strides + dilations + [groups]).allSatisfy({ $0 > 0 }) else {
      throw ONNXOperation.Problem("strides, dilations and groups must be above 0")
    }
    let pads = try operation.pair("pads", default: 0, count: 4)
    var (before, after) = (Array(pads[..<2]), Array(pads[2...]))
    let mode = try operation.string("auto_pad", default: "NOTSET")
    var size = try operation.integers("output_shape")
    if size == nil, mode.hasPrefix("SAME") {
      size = zip(x.shape.sizes[2...], strides).map { $0 * $1 }
    }
    if let size {
      guard size.count >= 2 else {
        throw ONNXOperation.Problem("its attribute 'output_shape' needs a height and a width")
      }
      for axis in 0..<2 {
        let whole =
          strides[axis] * (x.shape[axis + 2] - 1) + extra[axis]
          + (kernel[axis] - 1) * dilations[axis] + 1
        let total = max(whole - size[size.count - 2 + axis], 0)
        let half = total / 2
        before[axis] = mode == "SAME_UPPER" ? half : total - half
        after[axis] = total - before[axis]
      }
    }
    return ConvolutionGeometry(
      strides: strides, dilations: dilations, before: before, after: after, groups: groups)
  }
}
