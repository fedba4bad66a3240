import PlumbGraph

extension OperationCase {
  static let normalizations: [OperationCase] = [
    OperationCase("local response normalization", .normal(2, 7, 2, 3)) {
      try $0[0].localResponseNormalized(size: 5, alpha: 0.3, beta: 0.6, bias: 1.5)
    },
    OperationCase("local response normalization wider than the channels", .normal(1, 3, 1, 1)) {
      try $0[0].localResponseNormalized(size: 9, alpha: 0.1, beta: 0.5, bias: 1)
    },
    OperationCase("batch normalization", .normal(2, 3, 2, 3), .normal(3), .normal(3)) {
      try $0[0].batchNormalized(
        moments: $0[0].channelMoments(), gamma: $0[1], beta: $0[2], epsilon: 0.01)
    },
    OperationCase("batch normalization of one channel", .normal(3, 1, 1, 1), .normal(1), .normal(1))
    {
      try $0[0].batchNormalized(
        moments: $0[0].channelMoments(), gamma: $0[1], beta: $0[2], epsilon: 0.1)
    },
    OperationCase("channel moments", .normal(2, 3, 2, 1)) { try $0[0].channelMoments() },
    OperationCase(
      "normalization with given moments", .normal(2, 3, 1, 2), .normal(3), .positive(3), .normal(3),
      .normal(3)
    ) {
      try $0[0].normalizedChannels(
        mean: $0[1], variance: $0[2], gamma: $0[3], beta: $0[4], epsilon: 0.01)
    },
    OperationCase("layer normalization", .normal(2, 3, 5), .normal(5), .normal(5)) {
      try $0[0].layerNormalized(gamma: $0[1], beta: $0[2], epsilon: 0.01)
    },
    OperationCase("layer normalization with scales", .normal(1, 5), .normal(5)) {
      try $0[0].layerNormalized(gamma: $0[1], epsilon: 0.01)
    },
    OperationCase("plain layer normalization", .normal(7)) {
      try $0[0].layerNormalized(epsilon: 0.01)
    },
    OperationCase("rms normalization", .normal(2, 3, 5), .normal(5)) {
      try $0[0].rmsNormalized(gamma: $0[1], epsilon: 0.01)
    },
    OperationCase("plain rms normalization", .normal(3, 1)) {
      try $0[0].rmsNormalized(epsilon: 0.5)
    },
  ]

  static let rows: [OperationCase] = [
    OperationCase("softmax", .normal(2, 5)) { try $0[0].softmax() },
    OperationCase("softmax of one element", .normal(3, 1)) { try $0[0].softmax() },
    OperationCase("causal softmax", .normal(2, 4, 4)) { try $0[0].softmax(mask: .causal) },
    OperationCase("causal softmax of the last queries", .normal(2, 2, 5)) {
      try $0[0].softmax(mask: .causal)
    },
    OperationCase("log softmax", .normal(3, 5)) { try $0[0].logSoftmax() },
    OperationCase("cross-entropy", .normal(3, 5)) {
      try $0[0].crossEntropy(targets: .constant([4, -1, 0], [3], .index))
    },
    OperationCase("cross-entropy of one class", .normal(2, 1)) {
      try $0[0].crossEntropy(targets: .constant([0, -1], [2], .index))
    },
    OperationCase("gather", .normal(4, 3)) {
      try $0[0].gathering(.constant([3, 0, 3, 1, 3, 2], [2, 3], .index)).squared()
    },
    OperationCase("gather one number", .normal(3)) {
      try $0[0].gathering(.constant([1], .scalar, .index))
    },
    OperationCase("rotary embedding by halves", .normal(2, 3, 2, 6)) {
      try $0[0].rotated(
        cosines: angleTable(3, 2), sines: angleTable(3, 2), style: .half, rotated: 4)
    },
    OperationCase("rotary embedding of neighbors", .normal(1, 1, 1, 2)) {
      try $0[0].rotated(
        cosines: angleTable(1, 1), sines: angleTable(1, 1), style: .adjacent, rotated: 2)
    },
  ]

  static let compositions: [OperationCase] = [
    OperationCase("inverse Fourier transform", .normal(2, 5, 4, 2)) {
      try $0[0].inverseRealFourierTransform(width: 6)
    },
    OperationCase("inverse Fourier transform of one pixel", .normal(1, 1, 2)) {
      try $0[0].inverseRealFourierTransform(width: 1)
    },
    OperationCase("dropout", .normal(3, 5)) { try $0[0].dropout(rate: 0.4, stream: "dropout") },
  ]

  private static func angleTable(_ positions: Int, _ pairs: Int) throws -> Node {
    let values = (0..<positions * pairs).map { Float($0) * 0.4 - 0.7 }
    return try .constant(values, [positions, pairs])
  }
}
