import PlumbGraph

extension ONNXBuilder {
  /// Matrix products and reductions.
  static let matrixOperators: [String: Compute] = [
    "Gemm": { operation, builder in
      let alpha = try operation.float("alpha", default: 1)
      let beta = try operation.float("beta", default: 1)
      let a = try operation.tensor(0, &builder)
      let b = try operation.tensor(1, &builder)
      var result = try a.matrixProduct(
        b, transposesLeft: operation.integer("transA", default: 0) != 0,
        transposesRight: operation.integer("transB", default: 0) != 0)
      if alpha != 1 { result = try result * alpha }
      if let c = try operation.optionalTensor(2, &builder) {
        result = try result + (beta == 1 ? c : c * beta)
      }
      return [.node(result)]
    },
    "MatMul": { operation, builder in
      let a = try operation.tensor(0, &builder)
      let b = try operation.tensor(1, &builder)
      guard a.shape.rank >= 2, b.shape.rank >= 2 else {
        throw ONNXOperation.Problem("its operands must have at least two axes")
      }
      return [.node(try a.matrixProduct(b))]
    },
    "ReduceMean": reducing { try $0.mean(over: $1) },
    "ReduceSum": reducing { try $0.sum(over: $1) },
    "ReduceMax": reducing { try $0.maximum(over: $1) },
    "ReduceMin": reducing { try $0.minimum(over: $1) },
    "ReduceL2": reducing { try $0.squared().sum(over: $1).squareRoot() },
    "ReduceSumSquare": reducing { try $0.squared().sum(over: $1) },
    "ReduceProd": { operation, builder in
      guard let numbers = try operation.known(0), let values = numbers.integers,
        numbers.shape.count <= 1
      else { throw ONNXOperation.Problem("only products of shapes are known") }
      let keeps = try operation.integer("keepdims", default: 1) != 0
      return [.known(KnownNumbers([values.reduce(1, &*)], shape: keeps ? [1] : []))]
    },
  ]

  private static func reducing(
    _ formula: @escaping @Sendable (Node, [Int]) throws -> Node
  ) -> Compute {
    { operation, builder in
      let x = try operation.tensor(0, &builder)
      let given = try operation.integers("axes", orOperand: 1) ?? []
      if given.isEmpty, try operation.integer("noop_with_empty_axes", default: 0) != 0 {
        return [.node(x)]
      }
      let axes =
        given.isEmpty
        ? Array(0..<x.shape.rank)
        : try Set(given.map { try operation.axis($0, rank: x.shape.rank) }).sorted()
      let result = try formula(x, axes)
      if try operation.integer("keepdims", default: 1) != 0 { return [.node(result)] }
      let left = x.shape.sizes.indices.filter { !axes.contains($0) }.map { x.shape[$0] }
      return [.node(try result.reshaped(Shape(left)))]
    }
  }
}
