import PlumbFiles
import PlumbGraph

extension GraphDefBuilder {
  /// How an operation computes its first output.
  typealias Compute = @Sendable (GraphDefOperation, inout GraphDefBuilder) throws -> GraphValue

  /// All operations by name.
  static let operations: [String: Compute] = windowOperations.merging(otherOperations) { a, _ in a }

  /// What moves a window over an image.
  private static let windowOperations: [String: Compute] = [
    "Conv2D": { operation, builder in
      let x = try operation.image(0, &builder)
      let weight = try operation.tensor(1, &builder, .convolution)
      return .node(
        try x.convolved(with: weight, geometry: geometry(operation, x, weight, groups: 1)))
    },
    "DepthwiseConv2dNative": { operation, builder in
      let x = try operation.image(0, &builder)
      let weight = try operation.tensor(1, &builder, .depthwise)
      return .node(
        try x.convolved(
          with: weight, geometry: geometry(operation, x, weight, groups: x.shape[1])))
    },
    "MaxPool": { operation, builder in
      let x = try operation.image(0, &builder)
      return .node(try x.maxPooled(pooling(operation, x)))
    },
    "AvgPool": { operation, builder in
      let x = try operation.image(0, &builder)
      return .node(try x.averagePooled(pooling(operation, x), countsPadding: false))
    },
    "LRN": { operation, builder in
      var radius = 5
      if case .integer(let value) = operation.node.attributes["depth_radius"] { radius = value }
      guard (0...4096).contains(radius) else { throw Problem("its radius is \(radius)") }
      return .node(
        try operation.image(0, &builder).localResponseNormalized(
          size: 2 * radius + 1, alpha: operation.float("alpha", default: 1),
          beta: operation.float("beta", default: 0.5), bias: operation.float("bias", default: 1)))
    },
  ]

  private static let otherOperations: [String: Compute] = [
    "Identity": { operation, _ in try operation.value(0) },
    "CheckNumerics": { operation, _ in try operation.value(0) },
    "StopGradient": { operation, _ in try operation.value(0) },
    "Relu": { operation, builder in
      .node(try operation.tensor(0, &builder).relu(rule: builder.rule))
    },
    "Relu6": { operation, builder in
      let x = try operation.tensor(0, &builder)
      guard builder.rule == .plain else {
        return .node(try x.relu(rule: builder.rule).minimum(.fill(6)))
      }
      return .node(try x.clipped(to: 0...6))
    },
    "Sigmoid": { operation, builder in .node(try operation.tensor(0, &builder).sigmoid()) },
    "Tanh": { operation, builder in .node(try operation.tensor(0, &builder).tanh()) },
    "Rsqrt": { operation, builder in
      .node(try operation.tensor(0, &builder).reciprocalSquareRoot())
    },
    "Softmax": { operation, builder in .node(try operation.tensor(0, &builder).softmax()) },
    "BiasAdd": binary { try $0 + $1 },
    "Add": binary { try $0 + $1 },
    "AddV2": binary { try $0 + $1 },
    "Sub": binary { try $0 - $1 },
    "Mul": binary { try $0 * $1 },
    "RealDiv": binary { try $0 / $1 },
    "Maximum": binary { try $0.maximum($1) },
    "Minimum": binary { try $0.minimum($1) },
    "MatMul": { operation, builder in
      .node(
        try operation.tensor(0, &builder).matrixProduct(
          operation.tensor(1, &builder), transposesLeft: operation.isTrue("transpose_a"),
          transposesRight: operation.isTrue("transpose_b")))
    },
    "FusedBatchNorm": { operation, builder in try normalized(operation, &builder) },
    "FusedBatchNormV2": { operation, builder in try normalized(operation, &builder) },
    "FusedBatchNormV3": { operation, builder in try normalized(operation, &builder) },
    "Concat": { operation, builder in
      try concatenated(operation, axis: 0, parts: 1..<operation.inputs.count, &builder)
    },
    "ConcatV2": { operation, builder in
      let last = operation.inputs.count - 1
      return try concatenated(operation, axis: last, parts: 0..<last, &builder)
    },
    "Mean": { operation, builder in
      let x = try operation.tensor(0, &builder)
      let given = try operation.integers(1)
      let axes = try given.map { try operation.axis($0, rank: x.shape.rank) }
      let mean = try x.mean(over: axes)
      if operation.isTrue("keep_dims") { return .node(mean) }
      guard x.shape.rank == 4, Set(axes) == [2, 3] else {
        throw Problem("means over other axes than height and width are not known")
      }
      return .node(try mean.reshaped([x.shape[0], x.shape[1]]))
    },
    "Squeeze": { operation, builder in
      let x = try operation.image(0, &builder)
      guard x.shape[2] == 1, x.shape[3] == 1 else {
        throw Problem("only images of one pixel are squeezed")
      }
      return .node(try x.reshaped([x.shape[0], x.shape[1]]))
    },
    "Reshape": { operation, builder in try reshaped(operation, &builder) },
    "Pad": { operation, builder in
      let x = try operation.image(0, &builder)
      let pads = try operation.integers(1)
      guard pads.count == 8, pads[0] == 0, pads[1] == 0, pads[6] == 0, pads[7] == 0,
        pads.allSatisfy({ $0 >= 0 })
      else { throw Problem("its padding is \(pads)") }
      guard pads.allSatisfy({ $0 <= 4096 }) else { throw Problem("its padding is \(pads)") }
      return .node(
        try x.padded(before: [0, 0, pads[2], pads[4]], after: [0, 0, pads[3], pads[5]]))
    },
  ]

  private static func geometry(
    _ operation: GraphDefOperation, _ x: Node, _ weight: Node, groups: Int
  ) throws -> ConvolutionGeometry {
    let strides = try operation.pair("strides", default: 1)
    let dilations = try operation.pair("dilations", default: 1)
    guard try operation.isSame() else {
      return ConvolutionGeometry(strides: strides, dilations: dilations, groups: groups)
    }
    return .same(
      input: Array(x.shape.sizes[2...]), kernel: Array(weight.shape.sizes[2...]),
      strides: strides, dilations: dilations, groups: groups)
  }

  private static func pooling(
    _ operation: GraphDefOperation, _ x: Node
  ) throws -> PoolingGeometry {
    let window = try operation.pair("ksize", default: 1)
    let strides = try operation.pair("strides", default: 1)
    guard try operation.isSame() else { return PoolingGeometry(window: window, strides: strides) }
    return .same(input: Array(x.shape.sizes[2...]), window: window, strides: strides)
  }

  /// Two operands; numbers per channel, which TensorFlow has last, meet the channels of images.
  private static func binary(
    _ formula: @escaping @Sendable (Node, Node) throws -> Node
  ) -> Compute {
    { operation, builder in
      let x = try operation.tensor(0, &builder)
      let y = try operation.tensor(1, &builder)
      func aligned(_ node: Node, with other: Node) throws -> Node {
        guard other.shape.rank == 4, node.shape.rank > 0, node.shape.count > 1 else {
          return node.shape.count == 1 && other.shape.rank == 4 ? try node.reshaped([]) : node
        }
        if node.shape.rank == 1 { return try node.reshaped([node.shape[0], 1, 1]) }
        let isConstant = [0, 1].contains { index in
          if case .node = operation.inputs[index] { false } else { true }
        }
        // A constant image still has its channels last.
        if isConstant, node.operation is Parameter { return try node.transposed([0, 3, 1, 2]) }
        return node
      }
      return .node(try formula(aligned(x, with: y), aligned(y, with: x)))
    }
  }

  private static func normalized(
    _ operation: GraphDefOperation, _ builder: inout GraphDefBuilder
  ) throws -> GraphValue {
    if operation.node.attributes["is_training"] != .bool(false) {
      throw Problem("it is in training mode; freeze the graph for inference")
    }
    return .node(
      try operation.image(0, &builder).normalizedChannels(
        mean: operation.tensor(3, &builder), variance: operation.tensor(4, &builder),
        gamma: operation.tensor(1, &builder), beta: operation.tensor(2, &builder),
        epsilon: operation.float("epsilon", default: 1e-4)))
  }

  private static func concatenated(
    _ operation: GraphDefOperation, axis: Int, parts: Range<Int>, _ builder: inout GraphDefBuilder
  ) throws -> GraphValue {
    let nodes = try parts.map { try operation.tensor($0, &builder) }
    guard let given = try operation.integers(axis).first, let rank = nodes.first?.shape.rank else {
      throw Problem("it has nothing to concatenate")
    }
    return .node(try .concatenated(nodes, axis: operation.axis(given, rank: rank)))
  }

  private static func reshaped(
    _ operation: GraphDefOperation, _ builder: inout GraphDefBuilder
  ) throws -> GraphValue {
    var x = try operation.tensor(0, &builder)
    var target = try operation.integers(1)
    if x.shape.rank == 4 {
      // TensorFlow's order of the elements has the channels last.
      if x.shape[2] != 1 || x.shape[3] != 1 { x = try x.transposed([0, 2, 3, 1]) }
    }
    guard target.count <= 2 else { throw Problem("\(x.shape) becomes \(target)") }
    if let unknown = target.firstIndex(of: -1) {
      let product = target.filter { $0 != -1 }.reduce(1, *)
      guard product > 0, x.shape.count % product == 0 else {
        throw Problem("\(x.shape) cannot be seen as \(target)")
      }
      target[unknown] = x.shape.count / product
    }
    // A graph that was frozen for one image at a time.
    if target.count == 2, target[0] == 1, x.shape.count == builder.batch * target[1] {
      target[0] = builder.batch
    }
    // At another size than the graph's own, rows of one image would pass for images.
    guard target.count == 2, target[0] == builder.batch else {
      throw Problem("\(x.shape) becomes \(target), and only rows of one image each are known")
    }
    return .node(try x.reshaped(Shape(target)))
  }
}
