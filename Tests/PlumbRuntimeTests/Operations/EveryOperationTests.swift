import GraphReference
import PlumbGraph
import Testing

@testable import PlumbRuntime

@Suite("Every operation, compiled")
struct EveryOperationTests {
  /// The value of an operation, and the derivatives of a weighted sum of it.
  private func graph(_ operation: OperationCase, of operands: [Node]) throws -> Graph {
    let loss = try operation.loss(of: operands)
    let gradients = try gradient(of: loss, for: operands)
    var outputs = [Graph.Output("value", try operation.build(operands))]
    for (number, first) in gradients.enumerated() {
      outputs.append(.init("gradient \(number)", first))
      guard operation.isTwiceDifferentiable else { continue }
      let slope = try OperationCase.weightedSum(of: first, seed: 9)
      let seconds = try gradient(of: slope, for: operands)
      outputs += seconds.enumerated().map { .init("second \(number) \($0)", $1) }
    }
    return Graph(outputs)
  }

  private func parameters(_ operation: OperationCase) -> [Node] {
    operation.operands.enumerated().map { .parameter("operand \($0)", $1.shape) }
  }

  // Second derivatives of norms subtract nearly equal numbers.
  private let tolerance = 5e-5

  @Test("Agrees with the reference on inputs", arguments: OperationCase.all)
  func inputs(operation: OperationCase) throws {
    try check(
      graph(operation, of: operation.inputs), inputs: operation.values.inputs,
      tolerance: tolerance)
  }

  @Test(
    "Agrees with the reference on one input and frozen parameters", arguments: OperationCase.all)
  func frozen(operation: OperationCase) throws {
    var operands = parameters(operation)
    operands[0] = operation.inputs[0]
    try check(
      graph(operation, of: operands), inputs: operation.values.inputs,
      parameters: operation.values.inputs, tolerance: tolerance)
  }

  @Test("Agrees with the reference when computed once and for all", arguments: OperationCase.all)
  func allFrozen(operation: OperationCase) throws {
    try check(
      graph(operation, of: parameters(operation)), parameters: operation.values.inputs,
      tolerance: tolerance)
  }

  @Test("Agrees with the reference on changing parameters", arguments: OperationCase.all)
  func updated(operation: OperationCase) throws {
    try check(
      graph(operation, of: parameters(operation)), parameters: operation.values.inputs,
      updated: Set(operation.operands.indices.map { "operand \($0)" }), tolerance: tolerance)
  }

  /// The operations on images: those whose first operand has channels.
  static let images = (OperationCase.all + OperationCase.wide).filter {
    $0.operands[0].shape.rank == 4
  }

  @Test("Agrees with the reference between convolutions", arguments: images)
  func blocked(operation: OperationCase) throws {
    var inputs = operation.values.inputs
    var operands = operation.inputs
    let channels = operands[0].shape[1]
    // Near the identity, and positive if the operand is.
    var before = normals(channels * channels, seed: 3).map { abs($0) * 0.3 / Double(channels) }
    for channel in 0..<channels { before[channel * (channels + 1)] += 0.8 }
    inputs["before"] = before
    let beforeWeights = Node.input("before", [channels, channels, 1, 1])
    operands[0] = try operands[0].convolved(with: .parameter("before", beforeWeights.shape))
    var value = try operation.build(operands)
    if value.shape.rank == 4 {
      inputs["after"] = normals(5 * value.shape[1], seed: 4)
      value = try value.convolved(with: .parameter("after", [5, value.shape[1], 1, 1]))
    }
    let loss = try OperationCase.weightedSum(of: value, seed: 5)
    var leaves = operation.inputs
    leaves.append(.parameter("before", beforeWeights.shape))
    let gradients = try gradient(of: loss, for: leaves)
    let graph = Graph(
      [.init("value", value)] + gradients.enumerated().map { .init("gradient \($0)", $1) })
    for updated in [[], ["before", "after"]] as [Set<String>] {
      try check(
        graph, inputs: inputs, parameters: inputs, updated: updated, tolerance: tolerance)
    }
  }

  @Test(
    "Agrees with the reference on wide operands", arguments: OperationCase.wide + OperationCase.long
  )
  func wide(operation: OperationCase) throws {
    let value = try operation.build(operation.inputs)
    let gradients = try gradient(of: operation.loss(of: operation.inputs), for: operation.inputs)
    try check(
      Graph([.init("value", value)] + gradients.enumerated().map { .init("gradient \($0)", $1) }),
      inputs: operation.values.inputs, tolerance: tolerance)
  }
}

extension OperationCase {
  /// Operations on rows that fill vector registers, with some numbers left over.
  static let long: [OperationCase] = [1, 16, 33, 100].flatMap { width -> [OperationCase] in
    [
      OperationCase("layer normalization", .normal(3, 5, width), .normal(width), .normal(width)) {
        try $0[0].layerNormalized(gamma: $0[1], beta: $0[2], epsilon: 0.01)
      },
      OperationCase("rms normalization", .normal(7, width), .normal(width)) {
        try $0[0].rmsNormalized(gamma: $0[1], epsilon: 0.01)
      },
      OperationCase("softmax", .normal(2, 3, width)) { try $0[0].softmax() },
      OperationCase("causal softmax", .normal(2, 7, width + 6)) {
        try $0[0].softmax(mask: .causal)
      },
      OperationCase("log softmax", .normal(5, width)) { try $0[0].logSoftmax() },
      OperationCase("cross-entropy", .normal(6, width)) {
        try $0[0].crossEntropy(
          targets: .constant([0, -1, Float(width - 1), 0, -1, Float(width / 2)], [6], .index))
      },
      OperationCase("gather", .normal(9, width)) {
        try $0[0].gathering(.constant([8, 0, 8, 3, 8, 2], [3, 2], .index)).squared()
      },
      OperationCase("product", .normal(5, width), .normal(width, 37)) {
        try $0[0].matrixProduct($0[1])
      },
      OperationCase("sums", .normal(3, width, 4)) {
        try $0[0].sum(over: [1]) + $0[0].maximum(over: [1]) * $0[0].mean(over: [0, 2])
      },
      OperationCase("stretched", .normal(3, 1, width), .normal(2, 1)) {
        try ($0[0] * $0[1]).tanh() + $0[1]
      },
    ]
  }

  /// Operations on many channels and several images, where blocked layouts have whole blocks, unused
  /// lanes, and more than one image.
  static let wide: [OperationCase] = channelCounts.flatMap { channels in
    [
      OperationCase("relu", .normal(2, channels, 3, 2)) { try $0[0].relu() },
      OperationCase("scale per channel", .normal(2, channels, 2, 3), .normal(channels, 1, 1)) {
        try ($0[0] * $0[1]).tanh()
      },
      OperationCase("scale per image", .normal(3, channels, 2, 3), .normal(3, 1, 1, 1)) {
        try $0[0] * $0[1] + 1
      },
      OperationCase(
        "scale per image and channel", .normal(3, channels, 1, 3), .normal(3, channels, 1, 1)
      ) {
        try $0[0] * $0[1]
      },
      OperationCase("scale by a number", .normal(1, channels, 2, 3), .normal(1)) {
        try $0[0] * $0[1] + $0[1]
      },
      OperationCase("scale per place", .normal(2, channels, 2, 3), .normal(2, 3)) {
        try $0[0] * $0[1] + 1
      },
      OperationCase("roots", .positive(1, channels, 2, 3)) {
        try ($0[0].squareRoot() + ($0[0] + 2).log() * 0.5).power(1.5)
      },
      OperationCase("quotient", .normal(1, channels, 2, 2), .positive(1, channels, 2, 2)) {
        try $0[0] / $0[1] + ($0[0] * 0.1).exp()
      },
      OperationCase(
        "batch normalization", .normal(3, channels, 2, 3), .normal(channels), .normal(channels)
      ) {
        try $0[0].batchNormalized(
          moments: $0[0].channelMoments(), gamma: $0[1], beta: $0[2], epsilon: 0.01)
      },
      OperationCase("local response normalization", .normal(2, channels, 3, 3)) {
        try $0[0].localResponseNormalized(size: 5, alpha: 0.3, beta: 0.75, bias: 1.5)
      },
      OperationCase("max pool", .normal(2, channels, 5, 4)) {
        try $0[0].maxPooled(
          .init(window: [3, 3], strides: [2, 2], before: [0, 1], after: [1, 1]))
      },
      OperationCase("average pool", .normal(2, channels, 5, 4)) {
        try $0[0].averagePooled(.init(window: [3, 3], strides: [1, 1], padding: [1, 1]))
      },
      OperationCase("global average pool", .normal(2, channels, 3, 2)) {
        try $0[0].globalAveragePooled()
      },
      OperationCase("channel sum", .normal(2, channels, 3, 2)) { try $0[0].sum(over: [0, 2, 3]) },
      OperationCase("sum over channels", .normal(2, channels, 3, 1)) { try $0[0].sum(over: [1]) },
      OperationCase("channel slice", .normal(1, channels, 2, 3)) {
        try $0[0].sliced(axis: 1, channels / 2..<channels)
      },
      OperationCase("channel slice of a batch", .normal(2, channels, 2, 3)) {
        try $0[0].sliced(axis: 1, 1..<channels - 1).tanh()
      },
      OperationCase("one channel", .normal(2, channels, 2, 3)) {
        try $0[0].tanh().sliced(axis: 1, 3..<4)
      },
      OperationCase("every third channel", .normal(2, channels, 2, 3)) {
        try $0[0].tanh().sliced(axis: 1, 1..<channels, by: 3)
      },
      OperationCase("reshape", .normal(2, channels, 2, 3)) {
        try $0[0].reshaped([2, channels * 6]).tanh().reshaped([2, channels * 2, 3, 1])
      },
      OperationCase("one place per image", .normal(2, channels, 1, 1)) {
        try $0[0].tanh().reshaped([2, channels]).softmax()
      },
      OperationCase("resample", .normal(1, channels, 3, 2)) { try $0[0].resampled(to: [5, 4]) },
      OperationCase("reflect pad", .normal(2, channels, 3, 2)) {
        try $0[0].padded(before: [0, 0, 2, 1], after: [0, 0, 1, 1], .reflect)
      },
      OperationCase("pad", .normal(2, channels, 3, 2)) {
        try $0[0].padded(before: [0, 1, 2, 0], after: [0, 3, 1, 1], .constant(0.5))
      },
    ]
  }

  static let channelCounts = [5, 8, 12, 16, 204]
}
