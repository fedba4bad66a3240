import PlumbGraph

extension OperationCase {
  static let rearranging: [OperationCase] = moves + slices + reductions + products

  private static let moves: [OperationCase] = [
    OperationCase("reshape", .normal(2, 3)) { try $0[0].reshaped([3, 1, 2]) },
    OperationCase("broadcast", .normal(3, 1)) { try $0[0].broadcasted(to: [2, 3, 5]) },
    OperationCase("transpose", .normal(2, 3, 5)) { try $0[0].transposed([2, 0, 1]) },
    OperationCase("transpose a matrix", .normal(1, 5)) { try $0[0].transposed() },
    OperationCase("concatenate", .normal(2, 1), .normal(2, 3)) {
      try Node.concatenated([$0[0], $0[1], $0[0]], axis: 1)
    },
    OperationCase("pad", .normal(2, 3)) {
      try $0[0].padded(before: [1, 0], after: [0, 2], .constant(0.5))
    },
    OperationCase("reflect pad", .normal(1, 2, 5)) {
      try $0[0].padded(before: [0, 1, 4], after: [0, 1, 2], .reflect)
    },
  ]

  private static let slices: [OperationCase] = [
    OperationCase("slice", .normal(3, 7)) {
      try $0[0].sliced(starts: [1, 1], sizes: [1, 3], steps: [1, 2])
    },
    OperationCase("embed", .normal(2, 1)) {
      try $0[0].embedded(in: [5, 3], starts: [1, 2], steps: [3, 1])
    },
    OperationCase("dynamic slice", .normal(3, 7)) {
      try $0[0].sliced(at: .constant([1, 2], [2], .index), sizes: [2, 3])
    },
    OperationCase("dynamic slice that would stick out", .normal(3, 7)) {
      try $0[0].sliced(at: .constant([5, -1], [2], .index), sizes: [2, 3])
    },
    OperationCase("dynamic embed", .normal(1, 3)) {
      try $0[0].embedded(in: [4, 5], at: .constant([3, 1], [2], .index))
    },
    OperationCase("update slice", .normal(2, 5, 3), .normal(2, 2, 3)) {
      try $0[0].updating(axis: 1, at: .constant([2], [1], .index), with: $0[1])
    },
    OperationCase("update slice of one element", .normal(1), .normal(1)) {
      try $0[0].updating(axis: 0, at: .constant([0], .scalar, .index), with: $0[1])
    },
  ]

  private static let reductions: [OperationCase] = [
    OperationCase("sum", .normal(2, 3, 5)) { try $0[0].squared().sum(over: [0, 2]) },
    OperationCase("mean", .normal(2, 3, 1)) { try $0[0].squared().mean(over: [1]) },
    OperationCase("maximum of all", .normal(3, 5)) { try $0[0].maximum() },
    OperationCase("norm", .normal(3, 5)) { try $0[0].norm(over: [1], epsilon: 0.1) },
    OperationCase("absolute sum", .normal(3, 5)) { try $0[0].absoluteSum() },
    OperationCase("cosine similarity", .normal(3, 5), .normal(5)) {
      try $0[0].cosineSimilarity(with: $0[1], over: [1])
    },
  ]

  private static let products: [OperationCase] = [
    OperationCase("matrix product", .normal(2, 3), .normal(3, 5)) {
      try $0[0].matrixProduct($0[1])
    },
    OperationCase("matrix product with one column", .normal(1, 1), .normal(1, 1)) {
      try $0[0].matrixProduct($0[1])
    },
    OperationCase("matrix product, left transposed", .normal(3, 2), .normal(3, 5)) {
      try $0[0].matrixProduct($0[1], transposesLeft: true)
    },
    OperationCase("matrix product, right transposed", .normal(2, 3), .normal(5, 3)) {
      try $0[0].matrixProduct($0[1], transposesRight: true)
    },
    OperationCase("matrix product, both transposed", .normal(4, 3, 2), .normal(1, 5, 3)) {
      try $0[0].matrixProduct($0[1], transposesLeft: true, transposesRight: true)
    },
    OperationCase("matrix product of a batch with one matrix", .normal(2, 2, 4, 3), .normal(3, 5)) {
      try $0[0].matrixProduct($0[1])
    },
    OperationCase("matrix product of a batch with one transposed", .normal(2, 4, 3), .normal(5, 3))
    {
      try $0[0].matrixProduct($0[1], transposesRight: true)
    },
    OperationCase("matrix product of one with a batch", .normal(4, 3), .normal(2, 1, 3, 5)) {
      try $0[0].matrixProduct($0[1])
    },
    OperationCase("matrix product over stretched batches", .normal(2, 1, 4, 3), .normal(3, 3, 1)) {
      try $0[0].matrixProduct($0[1])
    },
  ]
}
