import PlumbGraph
import Testing

@testable import PlumbRuntime

@Suite("Branches that meet again, compiled")
struct BranchTests {
  @Test(
    "Concatenations of all kinds of parts agree with the reference", arguments: [1, 2, 3],
    [[12, 20, 5], [8, 16, 8], [3, 1, 204], [16, 4, 4]])
  func concatenation(batch: Int, counts: [Int]) throws {
    let sketch = Sketch()
    let x = sketch.input("x", [batch, 6, 3, 3])
    let a = try sketch.convolution(x, counts[0], "a").relu()
    let b = try sketch.convolution(x, counts[1], "b", kernel: 3)
    let pool = try x.maxPooled(.init(window: [3, 3], strides: [1, 1], padding: [1, 1]))
    let c = try sketch.convolution(pool, counts[2], "c")
    // A convolution, a pool, a chain, an input, and a part that comes twice.
    let parts = [a, try b.tanh(), pool, x, c, a]
    let whole = try Node.concatenated(parts, axis: 1)
    let next = try sketch.convolution(whole, 12, "next", kernel: 3)
    try sketch.check(
      next, whole.maxPooled(.init(window: [2, 2], strides: [2, 2])), whole.tanh())
  }

  @Test("Concatenations feed every kind of operation", arguments: [1, 2])
  func afterConcatenation(batch: Int) throws {
    let sketch = Sketch()
    let x = sketch.input("x", [batch, 12, 3, 4])
    let a = try sketch.convolution(x, 12, "a").relu()
    let b = try sketch.convolution(x, 4, "b").relu()
    let whole = try Node.concatenated([a, b], axis: 1)
    let gamma = sketch.parameter("gamma", [16])
    let beta = sketch.parameter("beta", [16])
    let scale = sketch.parameter("scale", [16, 1, 1])
    try sketch.check(
      whole.localResponseNormalized(size: 3, alpha: 0.1, beta: 0.75, bias: 1),
      whole.batchNormalized(
        moments: whole.channelMoments(), gamma: gamma, beta: beta, epsilon: 0.1),
      whole * scale, whole.sum(over: [0, 2, 3]), whole.globalAveragePooled(),
      whole.sliced(axis: 1, 10..<15), whole.sliced(axis: 1, 12..<16), whole.sliced(axis: 1, 3..<4),
      sketch.convolution(whole, 16, "depthwise", kernel: 3, geometry: .init(groups: 16)),
      sketch.convolution(whole, 8, "grouped", kernel: 3, geometry: .init(groups: 4)),
      (whole + whole.squared()).averagePooled(.init(window: [2, 2], strides: [1, 1])))
  }

  @Test("Concatenations of concatenations agree with the reference", arguments: [1, 2])
  func nested(batch: Int) throws {
    let sketch = Sketch()
    let x = sketch.input("x", [batch, 5, 2, 3])
    let a = try sketch.convolution(x, 12, "a").relu()
    let b = try sketch.convolution(x, 4, "b").tanh()
    let inner = try Node.concatenated([a, b], axis: 1)
    let c = try sketch.convolution(inner, 4, "c").relu()
    let outer = try Node.concatenated([inner, c], axis: 1)
    let d = try sketch.convolution(outer, 12, "d").relu()
    // As in a dense network: everything so far goes on.
    let last = try Node.concatenated([outer, d, a], axis: 1)
    try sketch.check(sketch.convolution(last, 8, "e"), last, outer.sliced(axis: 1, 14..<20))
  }

  @Test("Concatenations along other axes agree with the reference", arguments: [0, 2, 3])
  func otherAxes(axis: Int) throws {
    let sketch = Sketch()
    let x = sketch.input("x", [2, 5, 2, 3])
    let a = try sketch.convolution(x, 12, "a").relu()
    let b = try sketch.convolution(x, 12, "b")
    try sketch.check(sketch.convolution(.concatenated([a, b, a], axis: axis), 3, "c"))
  }

  /// A module of InceptionV1: four branches from one tensor.
  private func module(
    _ sketch: Sketch, _ x: Node, _ name: String, widths: [Int]
  ) throws -> Node {
    let a = try sketch.convolution(x, widths[0], "\(name).1x1").relu()
    let b = try sketch.convolution(x, widths[1], "\(name).3x3 reduce").relu()
    let c = try sketch.convolution(b, widths[2], "\(name).3x3", kernel: 3).relu()
    let d = try sketch.convolution(x, widths[3], "\(name).5x5 reduce").relu()
    let e = try sketch.convolution(d, widths[4], "\(name).5x5", kernel: 5).relu()
    let pool = try x.maxPooled(.init(window: [3, 3], strides: [1, 1], padding: [1, 1]))
    let f = try sketch.convolution(pool, widths[5], "\(name).pool").relu()
    return try .concatenated([a, c, e, f], axis: 1)
  }

  @Test(
    "Inception modules agree with the reference", arguments: [1, 2],
    [[8, 16, 8, 8, 16, 8], [12, 6, 20, 3, 9, 4], [20, 12, 4, 12, 5, 3]])
  func inception(batch: Int, widths: [Int]) throws {
    let sketch = Sketch()
    let x = sketch.input("x", [batch, 3, 7, 5])
    let stem = try sketch.convolution(
      x, 12, "stem", kernel: 3, geometry: .init(strides: [2, 2], padding: [1, 1])
    ).relu().localResponseNormalized(size: 5, alpha: 0.1, beta: 0.75, bias: 1)
    let first = try module(sketch, stem, "a", widths: widths)
    let second = try module(sketch, first, "b", widths: widths.reversed())
    let logits = try second.globalAveragePooled().reshaped([batch, second.shape[1]])
      .matrixProduct(sketch.parameter("logits", [second.shape[1], 7]))
    let program = try sketch.check(logits, first, tolerance: 5e-5)
    #expect(program.referenceImplementations == [])
  }

  @Test("Only a channel's part of a module is computed and agrees", arguments: [0, 9, 30, 38])
  func oneChannel(channel: Int) throws {
    let sketch = Sketch()
    let x = sketch.input("x", [1, 3, 5, 5])
    let stem = try sketch.convolution(x, 12, "stem", kernel: 3).relu()
    let whole = try module(sketch, stem, "a", widths: [12, 6, 18, 3, 5, 4])
    try sketch.check(whole.sliced(axis: 1, channel..<channel + 1).mean())
  }

  @Test("Residual blocks agree with the reference", arguments: [1, 2], [12, 16])
  func residual(batch: Int, channels: Int) throws {
    let sketch = Sketch()
    var x = sketch.input("x", [batch, channels, 4, 3])
    for block in 0..<3 {
      let inner = try sketch.convolution(x, channels, "a\(block)", kernel: 3, bias: false)
      let scale = sketch.parameter("scale \(block)", [channels, 1, 1])
      let outer = try sketch.convolution(
        (inner * scale).relu(), channels, "b\(block)", kernel: 3, bias: false)
      x = try (x + outer * 0.5).relu()
    }
    try sketch.check(x, tolerance: 5e-5)
  }

  @Test("Gradients that come from several sides are added up", arguments: [1, 3])
  func siblings(batch: Int) throws {
    let sketch = Sketch()
    let x = try sketch.convolution(sketch.input("x", [batch, 4, 3, 3]), 12, "stem").tanh()
    let parts = try [4, 12, 8, 3].enumerated().map { number, width in
      try sketch.convolution(x, width, "\(number)", bias: number < 3)
    }
    let others = try [x.squared(), x.sliced(axis: 1, 2..<7), x.sum(over: [0, 2, 3])]
    try sketch.check(parts[0], parts[1], parts[2], parts[3], others[0], others[1], others[2])
  }

  @Test("Two response normalizations of one value keep their own scales")
  func responseNormalizations() throws {
    let sketch = Sketch()
    let x = try sketch.convolution(sketch.input("x", [1, 16, 2, 3]), 16, "c")
    try sketch.check(
      x.localResponseNormalized(size: 5, alpha: 0.3, beta: 0.75, bias: 1),
      x.localResponseNormalized(size: 3, alpha: 1, beta: 0.5, bias: 2))
  }

  @Test("Unused lanes never spoil what they are multiplied with")
  func unusedLanes() throws {
    let sketch = Sketch()
    let weights = sketch.parameter("w", [12, 12, 1, 1], scale: 0.02)
    let bias = sketch.parameter("b", [12], values: Array(repeating: 5, count: 12))
    let x = try sketch.input("x", [1, 12, 2, 3]).convolved(with: weights, bias: bias)
    // Where the convolution gives about 5, each of these is moderate; where it gives 0, none is.
    let chains = try [
      (x + -2).squareRoot(), (x * -20 + 100).exp(), x.reciprocal(), x.log(), x.power(-1.5),
      x.reciprocalSquareRoot(),
    ]
    for (number, chain) in chains.enumerated() {
      let copy = sketch.copy()
      try copy.check(copy.convolution(chain, 8, "after \(number)"), tolerance: 1e-4)
    }
  }
}
