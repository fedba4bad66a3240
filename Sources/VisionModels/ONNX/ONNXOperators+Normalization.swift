import PlumbGraph

extension ONNXBuilder {
  /// Normalizations, softmax, and what does nothing outside of training.
  static let normalizationOperators: [String: Compute] = [
    "BatchNormalization": { operation, builder in
      let x = try operation.tensor(0, &builder)
      guard try operation.integer("training_mode", default: 0) == 0,
        try operation.integer("spatial", default: 1) == 1
      else { throw ONNXOperation.Problem("it is in training mode; export the model in eval mode") }
      let epsilon = try operation.float("epsilon", default: 1e-5)
      guard x.shape.rank == 4 || x.shape.rank == 2 else {
        throw ONNXOperation.Problem("only images and vectors are normalized")
      }
      let gamma = try operation.tensor(1, &builder)
      let beta = try operation.tensor(2, &builder)
      let mean = try operation.tensor(3, &builder)
      let variance = try operation.tensor(4, &builder)
      if x.shape.rank == 2 {
        let scale = try gamma * (variance + epsilon).reciprocalSquareRoot()
        return [.node(try x * scale + (beta - mean * scale))]
      }
      return [
        .node(
          try x.normalizedChannels(
            mean: mean, variance: variance, gamma: gamma, beta: beta, epsilon: epsilon))
      ]
    },
    "InstanceNormalization": { operation, builder in
      let x = try operation.tensor(0, &builder)
      let epsilon = try operation.float("epsilon", default: 1e-5)
      let axes = Array(2..<x.shape.rank)
      let perChannel = Shape([x.shape[1]] + axes.map { _ in 1 })
      let centered = try x - x.mean(over: axes)
      let scale = try (centered.squared().mean(over: axes) + epsilon).reciprocalSquareRoot()
      let gamma = try operation.tensor(1, &builder).reshaped(perChannel)
      let beta = try operation.tensor(2, &builder).reshaped(perChannel)
      return [.node(try centered * scale * gamma + beta)]
    },
    "LayerNormalization": { operation, builder in
      let x = try operation.tensor(0, &builder)
      let axis = try operation.axis(
        operation.integer("axis", default: -1), rank: x.shape.rank)
      let epsilon = try operation.float("epsilon", default: 1e-5)
      let axes = Array(axis..<x.shape.rank)
      let centered = try x - x.mean(over: axes)
      let scale = try (centered.squared().mean(over: axes) + epsilon).reciprocalSquareRoot()
      var result = try centered * scale * operation.tensor(1, &builder)
      if let beta = try operation.optionalTensor(2, &builder) { result = try result + beta }
      return [.node(result)]
    },
    "LRN": { operation, builder in
      let size = try operation.integer("size", default: 0)
      guard size > 0, size % 2 == 1 else {
        throw ONNXOperation.Problem("its size is \(size), but must be odd")
      }
      return [
        .node(
          try operation.tensor(0, &builder).localResponseNormalized(
            size: size, alpha: operation.float("alpha", default: 1e-4) / Float(size),
            beta: operation.float("beta", default: 0.75),
            bias: operation.float("bias", default: 1)))
      ]
    },
    "Softmax": { operation, builder in
      [.node(try softmax(operation, &builder) { try $0.softmax() })]
    },
    "LogSoftmax": { operation, builder in
      [.node(try softmax(operation, &builder) { try $0.logSoftmax() })]
    },
    "Dropout": { operation, builder in [try operation.value(0)] },
    "Identity": { operation, builder in [try operation.value(0)] },
  ]

  /// Over one axis; before version 13 over all axes from that one on.
  private static func softmax(
    _ operation: ONNXOperation, _ builder: inout ONNXBuilder, _ formula: (Node) throws -> Node
  ) throws -> Node {
    let x = try operation.tensor(0, &builder)
    let rank = x.shape.rank
    let isOld = builder.version < 13
    let axis = try operation.axis(operation.integer("axis", default: isOld ? 1 : -1), rank: rank)
    if isOld {
      let inner = x.shape.sizes[axis...].reduce(1, *)
      return try formula(x.reshaped([x.shape.count / max(inner, 1), inner])).reshaped(x.shape)
    }
    if axis == rank - 1 { return try formula(x) }
    var order = Array(0..<rank)
    order.swapAt(axis, rank - 1)
    return try formula(x.transposed(order)).transposed(order)
  }
}
