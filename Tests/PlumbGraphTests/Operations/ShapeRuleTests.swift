import Testing

@testable import PlumbGraph

/// Something that does not fit, and what must be said about it.
struct Misfit: Sendable, CustomTestStringConvertible {
  let message: String
  let build: @Sendable () throws -> Node

  init(_ message: String, _ build: @escaping @Sendable () throws -> Node) {
    self.message = message
    self.build = build
  }

  var testDescription: String { message }

  private static let image = Node.input(
    "image", .images(batch: 1, channels: 3, height: 4, width: 5))
  private static let matrix = Node.input("matrix", [2, 3])
  private static let imageText = "[batch 1, channel 3, height 4, width 5]"

  static let all: [Misfit] = [
    Misfit("add needs operands whose shapes broadcast, but got [2, 3] and [2].") {
      try matrix + .input("y", [2])
    },
    Misfit("relu needs operands of real numbers, but got [2] of index.") {
      try Node.input("ids", [2], .index).relu()
    },
    Misfit("reshape needs 5 elements for the shape [5], but got [2, 3].") {
      try matrix.reshaped([5])
    },
    Misfit("broadcast needs an operand that stretches to [3, 3], but got [2, 3].") {
      try matrix.broadcasted(to: [3, 3])
    },
    Misfit("sum needs an operand with the axes [2], each once, but got [2, 3].") {
      try matrix.sum(over: [2])
    },
    Misfit(
      "transpose needs an operand whose axes [0, 0] puts in order, each once, but got [2, 3]."
    ) { try matrix.transposed([0, 0]) },
    Misfit("slice needs an operand that holds [0..<2, 1..<4], but got [2, 3].") {
      try matrix.sliced(axis: 1, 1..<4)
    },
    Misfit("embed needs an operand that fits into [3, 3] at [2, 0], but got [2, 3].") {
      try matrix.embedded(in: [3, 3], starts: [2, 0])
    },
    Misfit("dynamic slice needs starts of the type [2] of index, but got [2, 3] and [2].") {
      try matrix.sliced(at: .input("starts", [2]), sizes: [1, 1])
    },
    Misfit(
      "concatenate needs operands that agree in all sizes but those of axis 0, "
        + "but got [2, 3] and [2, 4]."
    ) { try Node.concatenated([matrix, .input("y", [2, 4])], axis: 0) },
    Misfit("concatenate needs operands that agree in all sizes but those of axis 0, but got none.")
    {
      try Node.concatenated([], axis: 0)
    },
    Misfit(
      "pad needs an operand larger than its mirrored margins [2, 0] and [0, 0], but got [2, 3]."
    ) { try matrix.padded(before: [2, 0], after: [0, 0], .reflect) },
    Misfit("matrix product needs matrices with equal inner sizes, but got [2, 3] and [2, 3].") {
      try matrix.matrixProduct(matrix)
    },
    Misfit(
      "convolution needs weights for 3 channels in 1 groups, but got \(imageText) and [2, 4, 1, 1]."
    ) {
      try image.convolved(with: .input("w", [2, 4, 1, 1]))
    },
    Misfit(
      "convolution needs an image at least as large as the window, "
        + "but got \(imageText) and [2, 3, 5, 5]."
    ) { try image.convolved(with: .input("w", [2, 3, 5, 5])) },
    Misfit(
      "convolution needs a bias of 2 channels, but got \(imageText) and [2, 3, 1, 1] and [3]."
    ) { try image.convolved(with: .input("w", [2, 3, 1, 1]), bias: .input("b", [3])) },
    Misfit(
      "max pool needs a window and strides of at least 1 and paddings less than the window, "
        + "but got \(imageText)."
    ) { try image.maxPooled(.init(window: [2, 2], strides: [1, 1], padding: [2, 2])) },
    Misfit(
      "position extremes needs an activation [batch, channel, height, width] of 1 to 16,777,216 "
        + "positions, but got [2, 3]."
    ) { try matrix.positionExtremes() },
    Misfit(
      "local response normalization needs x [batch, channel, height, width] and an odd size, "
        + "not 4, but got \(imageText)."
    ) { try image.localResponseNormalized(size: 4, alpha: 1, beta: 1, bias: 1) },
    Misfit(
      "layer normalization needs x [.., d] of real numbers and at most 2 vectors [d], "
        + "but got [2, 3] and [2]."
    ) { try matrix.layerNormalized(gamma: .input("gamma", [2]), epsilon: 0) },
    Misfit("layer normalization needs scales where there are offsets, but got offsets alone.") {
      try matrix.layerNormalized(beta: .input("beta", [3]), epsilon: 0)
    },
    Misfit("softmax needs scores [.., q, k] of no more queries than keys, but got [3, 2].") {
      try matrix.transposed().softmax(mask: .causal)
    },
    Misfit(
      "cross-entropy needs logits [rows, classes] and targets [rows] of index, "
        + "but got [2, 3] and [2]."
    ) { try matrix.crossEntropy(targets: .input("targets", [2])) },
    Misfit("gather needs a table [rows, ..] and ids of index, but got [2, 3] and [2].") {
      try matrix.gathering(.input("ids", [2]))
    },
    Misfit(
      "resample needs x [batch, channel, height, width] and a size of at least 1 x 1, "
        + "but got [2, 3] and [1, 1]."
    ) { try matrix.resampled(to: [1, 1]) },
    Misfit(
      "rotary embedding needs x [batch, position, head, d] with d of at least 6, "
        + "and cosines and sines [position, 3], but got \(imageText) and [3, 3] and [3, 3]."
    ) {
      let table = Node.input("table", [3, 3])
      return try image.rotated(cosines: table, sines: table, style: .half, rotated: 6)
    },
    Misfit(
      "inverse real Fourier transform needs a spectrum [.., height, 3, 2] for the width 4, "
        + "but got [2, 3]."
    ) { try matrix.inverseRealFourierTransform(width: 4) },
    Misfit("dropout needs a rate in 0..<1, but got 1.0.") {
      try matrix.dropout(rate: 1, stream: "s")
    },
    Misfit("constant needs 4 values for the shape [2, 2], but got 3.") {
      try .constant([1, 2, 3], [2, 2])
    },
  ]
}

@Suite("Shape rules")
struct ShapeRuleTests {
  @Test("Say what is needed and what came", arguments: Misfit.all)
  func message(misfit: Misfit) {
    let error = #expect(throws: GraphError.self) { try misfit.build() }
    #expect(error?.description == misfit.message)
  }

  @Test("Keep the names of axes")
  func names() throws {
    let x = Node.input("x", Shape([2, 3, 4], names: ["batch", "position", "model"]))
    #expect(try x.transposed().shape.description == "[batch 2, model 4, position 3]")
    #expect(try x.sum(over: [1]).shape.description == "[batch 2, position 1, model 4]")
    #expect(
      try x.matrixProduct(.input("w", [4, 5])).shape.description == "[batch 2, position 3, 5]")
    let ids = Node.input("ids", Shape([2, 3], names: ["batch", "position"]), .index)
    let table = Node.parameter("table", Shape([9, 4], names: ["token", "model"]))
    #expect(try table.gathering(ids).shape.description == "[batch 2, position 3, model 4]")
  }

  @Test(
    "Padding that keeps the size is TensorFlow's",
    arguments: [
      // size, kernel, stride, dilation, before, after
      (224, 7, 2, 1, 2, 3), (225, 7, 2, 1, 3, 3), (112, 3, 2, 1, 0, 1), (113, 3, 2, 1, 1, 1),
      (5, 3, 1, 1, 1, 1), (5, 2, 1, 1, 0, 1), (1, 3, 2, 1, 1, 1), (4, 1, 2, 1, 0, 0),
      (9, 3, 1, 2, 2, 2),
    ])
  func samePadding(
    size: Int, kernel: Int, stride: Int, dilation: Int, before: Int, after: Int
  ) {
    let input = [size, size]
    let geometry = ConvolutionGeometry.same(
      input: input, kernel: [kernel, kernel], strides: [stride, stride],
      dilations: [dilation, dilation])
    #expect(geometry.before == [before, before] && geometry.after == [after, after])
    let windows = (size + stride - 1) / stride
    #expect(geometry.outputSize(input: input, kernel: [kernel, kernel]) == [windows, windows])

    let lower = ConvolutionGeometry.same(
      .lower, input: input, kernel: [kernel, kernel], strides: [stride, stride],
      dilations: [dilation, dilation])
    #expect(lower.before == geometry.after && lower.after == geometry.before)

    guard dilation == 1, max(before, after) < kernel else { return }
    let pooling = PoolingGeometry.same(
      input: input, window: [kernel, kernel], strides: [stride, stride])
    #expect(pooling.before == geometry.before && pooling.after == geometry.after)
    #expect(pooling.outputSize(input: input) == [windows, windows])
  }

  @Test(
    "Pooling with sizes rounded up has PyTorch's number of windows",
    arguments: [
      // size, window, stride, padding, windows
      (112, 3, 2, 0, 56), (5, 2, 2, 0, 3), (5, 2, 2, 1, 3), (6, 3, 3, 1, 3), (4, 2, 3, 1, 2),
      (1, 1, 1, 0, 1), (1, 1, 2, 0, 1),
    ])
  func roundedUp(size: Int, window: Int, stride: Int, padding: Int, windows: Int) throws {
    let geometry = PoolingGeometry(
      window: [window, window], strides: [stride, stride], padding: [padding, padding]
    ).roundedUp(input: [size, size])
    #expect(geometry.outputSize(input: [size, size]) == [windows, windows])
    let x = Node.input("x", [1, 1, size, size])
    #expect(try x.maxPooled(geometry).shape == [1, 1, windows, windows])
  }
}
