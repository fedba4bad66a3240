import GraphReference
import Testing

@testable import PlumbGraph

@Suite("Simplification")
struct SimplificationTests {
  let x = Node.input("x", [2, 3])
  let image = Node.input("image", [1, 2, 4, 4])

  private func simplified(_ node: Node) throws -> Node {
    try Graph(["y": node]).simplified().output("y")
  }

  @Test("Keeps the values of every operation and its gradients", arguments: OperationCase.all)
  func operations(operation: OperationCase) throws {
    let inputs = operation.inputs
    let loss = try operation.loss(of: inputs)
    let gradients = try gradient(of: loss, for: inputs)
    let graph = try Graph(
      [.init("value", operation.build(inputs))]
        + gradients.enumerated().map { .init("gradient \($0)", $1) })
    try expectEqual(graph, graph.simplified(), operation.values)
  }

  @Test("Keeps the values of random graphs", arguments: 0..<200 as Range<UInt64>)
  func randomGraphs(seed: UInt64) throws {
    var builder = RandomGraph(seed: seed)
    let graph = try builder.graph()
    let simple = try graph.simplified()
    try simple.verify()
    let values = ReferenceInterpreter(inputs: builder.inputs)
    try expectEqual(graph, simple, values)
    try expectEqual(graph, graph.slicingChannelsEarly(), values)
  }

  private func expectEqual(
    _ graph: Graph, _ other: Graph, _ interpreter: ReferenceInterpreter
  ) throws {
    let (before, after) = try (interpreter.evaluate(graph), interpreter.evaluate(other))
    #expect(before.keys == after.keys)
    for (name, value) in before {
      for (a, b) in zip(value.values, after[name]?.values ?? []) {
        // Folding is done in 32-bit floats.
        #expect(abs(a - b) <= 1e-6 * max(1, abs(a)), "\(name) of \(graph)")
      }
    }
  }

  @Test("Removes what does nothing")
  func identities() throws {
    let same: [Node] = try [
      x + 0, x - 0, x * 1, x / 1, -(-x), x.transposed().transposed(), x.transposed([0, 1]),
      x.sliced(starts: [0, 0], sizes: [2, 3]), Node.concatenated([x], axis: 0), x.power(1),
      x.padded(before: [0, 0], after: [0, 0]), x.embedded(in: [2, 3], starts: [0, 0]),
      x.reshaped([6]).reshaped([2, 3]), x.sum(over: []), Node.fill(1).selecting(x, otherwise: -x),
      x.sliced(at: .input("starts", [2], .index), sizes: [2, 3]),
    ]
    for node in same { #expect(try simplified(node) === x, "\(node)") }
    #expect(try simplified(image.resampled(to: [4, 4])) === image)
  }

  @Test("Takes slices of the parts they need")
  func slices() throws {
    let y = Node.input("y", [2, 5])
    let joined = try Node.concatenated([x, y, x], axis: 1)
    #expect(
      try simplified(joined.sliced(axis: 1, 4..<7)) === y.sliced(axis: 1, 1..<4))
    #expect(try simplified(joined.sliced(axis: 1, 3..<8)) === y)
    #expect(
      try simplified(joined.sliced(axis: 1, 1..<8, by: 3))
        === Node.concatenated(
          [x.sliced(axis: 1, 1..<2), y.sliced(axis: 1, 1..<5, by: 3)], axis: 1))
    #expect(try simplified(joined.sliced(axis: 0, 0..<1)).operation is Slice)
    #expect(
      try simplified(y.sliced(axis: 1, 1..<5).sliced(axis: 1, 1..<4, by: 2))
        === y.sliced(axis: 1, 2..<5, by: 2))
    #expect(
      try simplified(y.reshaped([2, 1, 5]).broadcasted(to: [2, 3, 5]).sliced(axis: 2, 1..<3))
        === y.reshaped([2, 1, 5]).sliced(axis: 2, 1..<3).broadcasted(to: [2, 3, 2]))
  }

  @Test("Takes slices of padding and embeddings inside or beside the operand")
  func slicesOfPlacements() throws {
    let padded = try x.padded(before: [0, 2], after: [0, 2], .constant(7))
    #expect(try simplified(padded.sliced(axis: 1, 0..<2)) === Node.fill(7, [2, 2]))
    #expect(try simplified(padded.sliced(axis: 1, 3..<5)) === x.sliced(axis: 1, 1..<3))
    #expect(try simplified(padded.sliced(axis: 1, 1..<4)).operation is Slice)

    let embedded = try x.embedded(in: [5, 9], starts: [1, 2], steps: [2, 3])
    #expect(try simplified(embedded.sliced(axis: 0, 2..<3)) === Node.fill(0, [1, 9]))
    #expect(
      try simplified(embedded.sliced(starts: [1, 2], sizes: [2, 2], steps: [2, 6]))
        === x.sliced(axis: 1, 0..<3, by: 2))

    let mirrored = try x.padded(before: [1, 2], after: [0, 0], .reflect)
    #expect(
      try simplified(mirrored.sliced(starts: [1, 3], sizes: [2, 2])) === x.sliced(axis: 1, 1..<3))
    #expect(try simplified(mirrored.sliced(axis: 1, 0..<2)).operation is Slice)
  }

  @Test("Reads transposed matrices where they are")
  func transposedOperands() throws {
    let y = Node.input("y", [3, 2])
    #expect(
      try simplified(x.transposed().matrixProduct(y.transposed()))
        === x.matrixProduct(y, transposesLeft: true, transposesRight: true))
  }

  @Test("Carries zeros through everything linear")
  func zeros() throws {
    let zeroImage = Node.fill(0, image.shape)
    let zero = Node.fill(0, x.shape)
    let ids = Node.input("ids", [2], .index)
    let row = Node.input("row", [3])
    let matrix = Node.input("matrix", [2, 3])
    let weights = Node.input("weights", [2, 2, 3, 3])
    let pooling = PoolingGeometry(window: [1, 1], strides: [1, 1])
    let geometry = ConvolutionGeometry(padding: [1, 1])
    let nodes: [Node] = try [
      zero * x, zero / x, zero.matrixProduct(x.transposed()), zero.transposed(), -zero,
      zero.relu(), zero.tanh(), zero.gelu(.erf), zero.sum(over: [0]), zero.reshaped([6]),
      zero.broadcasted(to: [2, 2, 3]), zero.sliced(axis: 0, 0..<1),
      zero.embedded(in: [4, 4], starts: [0, 0]), zero.padded(before: [1, 1], after: [0, 0]),
      zero.padded(before: [1, 1], after: [0, 0], .reflect),
      Node.concatenated([zero, zero], axis: 1),
      zero.embedded(in: [4, 4], at: ids), zero.gathering(ids), zero.softmaxGradient(with: x),
      Node.make(ScatterAdd(rows: 5), [ids, zero]), Node.make(LogSoftmaxGradient(), [x, zero]),
      Node.make(CrossEntropyGradient(), [x, ids, .fill(0, [2])]),
      Node.make(LayerNormalizationGradient(epsilon: 1), [zero, x, row]),
      Node.make(LayerNormalizationScaleGradient(epsilon: 1), [zero, x]),
      Node.make(RMSNormalizationGradient(epsilon: 1), [zero, x, row]),
      Node.make(RMSNormalizationScaleGradient(epsilon: 1), [zero, x]),
      zeroImage.convolved(with: weights, geometry: geometry),
      Node.make(
        ConvolutionInputGradient(geometry: geometry, inputShape: image.shape),
        [zeroImage, weights]),
      Node.make(
        ConvolutionWeightGradient(geometry: geometry, weightShape: weights.shape),
        [image, zeroImage]),
      Node.make(MaxPoolGradient(geometry: pooling), [image, image, zeroImage]),
      zeroImage.averagePooled(pooling),
      Node.make(
        AveragePoolGradient(geometry: pooling, countsPadding: false, inputShape: image.shape),
        [zeroImage]),
      zeroImage.localResponseNormalized(size: 3, alpha: 1, beta: 1, bias: 1),
      Node.make(
        LocalResponseNormalizationGradient(size: 3, alpha: 1, beta: 1, bias: 1),
        [image, zeroImage]),
      zeroImage.resampled(to: [3, 3]), zeroImage.affineSampled(matrix: matrix, size: [3, 3]),
      Node.make(AffineSampleGradient(mode: .nearest, inputSize: [5, 5]), [zeroImage, matrix]),
    ]
    for node in nodes { #expect(try simplified(node) === Node.fill(0, node.shape), "\(node)") }
  }

  @Test("A zero image leaves a convolution's bias")
  func zeroConvolution() throws {
    let y = try Node.fill(0, image.shape).convolved(
      with: .input("w", [3, 2, 1, 1]), bias: .input("bias", [3]))
    let simple = try simplified(y)
    #expect(simple.operation is Broadcast)
    let interpreter = ReferenceInterpreter(inputs: ["bias": [1, 2, 3]])
    #expect(try interpreter.evaluate(simple)[0, 2, 3, 3] == 3)
  }

  @Test("The gradient of one part of a concatenation never visits the others")
  func gradientOfOneBranch() throws {
    let left = try image.convolved(with: .parameter("left", [3, 2, 1, 1])).relu()
    let right = try image.convolved(with: .parameter("right", [5, 2, 1, 1])).relu()
    let objective = try Node.concatenated([left, right], axis: 1).sliced(axis: 1, 4..<5).sum()
    let graph = try Graph(["gradient": gradient(of: objective, for: [image])[0]]).simplified()
    #expect(graph.parameters.map(\.label) == ["right"])
  }
}

extension Node {
  fileprivate func softmaxGradient(with y: Node) throws -> Node {
    try Node.make(SoftmaxGradient(), [y, self])
  }
}
