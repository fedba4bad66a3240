import Foundation
import GraphReference
import Testing

@testable import PlumbGraph

/// Small values worked out by hand from each operation's documentation, so that the reference
/// itself is held to something.
@Suite("Conventions")
struct ConventionTests {
  private func evaluate(_ node: Node) throws -> [Double] {
    try ReferenceInterpreter().evaluate(node).values
  }

  private func expectClose(_ values: [Double], _ expected: [Double]) {
    #expect(values.count == expected.count)
    for (value, expected) in zip(values, expected) {
      // The constants below are 32-bit floats.
      #expect(abs(value - expected) < 1e-6, "\(values)")
    }
  }

  @Test("A convolution does not flip its weights")
  func convolution() throws {
    let x = try Node.constant([1, 2, 3], [1, 1, 1, 3])
    let weights = try Node.constant([10, 1], [1, 1, 1, 2])
    expectClose(try evaluate(x.convolved(with: weights)), [12, 23])
  }

  @Test("A transposed convolution with stride 2 spreads its weights")
  func transposedConvolution() throws {
    let x = try Node.constant([1, 10], [1, 1, 1, 2])
    let weights = try Node.constant([1, 2, 3], [1, 1, 1, 3])
    let y = try x.transposedConvolution(with: weights, geometry: .init(strides: [1, 2]))
    expectClose(try evaluate(y), [1, 2, 13, 20, 30])
  }

  @Test("Average pooling leaves padding out unless told to count it")
  func averagePool() throws {
    let x = try Node.constant([3, 6], [1, 1, 1, 2])
    let geometry = PoolingGeometry(window: [1, 2], strides: [1, 1], padding: [0, 1])
    expectClose(try evaluate(x.averagePooled(geometry)), [3, 4.5, 6])
    expectClose(try evaluate(x.averagePooled(geometry, countsPadding: true)), [1.5, 4.5, 3])
  }

  @Test("The first of equal maxima takes the gradient, and padding never wins")
  func maxPoolTies() throws {
    let x = Node.input("x", [1, 1, 1, 3])
    let geometry = PoolingGeometry(window: [1, 2], strides: [1, 1], padding: [0, 1])
    let loss = try x.maxPooled(geometry).sum()
    let interpreter = ReferenceInterpreter(inputs: ["x": [-7, -7, -8]])
    #expect(try interpreter.evaluate(gradient(of: loss, for: [x])[0]).values == [2, 1, 1])
  }

  @Test("Local response normalization does not divide alpha by the size")
  func localResponseNormalization() throws {
    let x = try Node.constant([1, 2, 3], [1, 3, 1, 1])
    let y = try x.localResponseNormalized(size: 3, alpha: 0.5, beta: 0.5, bias: 2)
    expectClose(
      try evaluate(y), [1 / sqrt(2 + 0.5 * 5), 2 / sqrt(2 + 0.5 * 14), 3 / sqrt(2 + 0.5 * 13)])
  }

  @Test("Reflection does not repeat the edge")
  func reflect() throws {
    let x = try Node.constant([1, 2, 3], [3])
    expectClose(try evaluate(x.padded(before: [2], after: [1], .reflect)), [3, 2, 1, 2, 3, 2])
  }

  @Test("The causal mask lines the last query up with the last key")
  func causalMask() throws {
    let scores = Node.fill(0, [2, 3])
    expectClose(
      try evaluate(scores.softmax(mask: .causal)), [0.5, 0.5, 0, 1.0 / 3, 1.0 / 3, 1.0 / 3])
  }

  @Test("Cross-entropy is in nats, and a target of -1 costs nothing")
  func crossEntropy() throws {
    let targets = try Node.constant([2, -1], [2], .index)
    expectClose(try evaluate(Node.fill(3, [2, 4]).crossEntropy(targets: targets)), [log(4), 0])
  }

  @Test(
    "Rotary embedding turns its pairs counter-clockwise",
    arguments: [
      (RotaryEmbedding.Style.half, [-3.0, -4, 1, 2, 5]), (.adjacent, [-2, 1, -4, 3, 5]),
    ])
  func rotary(style: RotaryEmbedding.Style, expected: [Double]) throws {
    let x = try Node.constant([1, 2, 3, 4, 5], [1, 1, 1, 5])
    let y = try x.rotated(
      cosines: .fill(0, [1, 2]), sines: .fill(1, [1, 2]), style: style, rotated: 4)
    expectClose(try evaluate(y), expected)
  }

  @Test("Resampling puts its samples where each grid says")
  func resample() throws {
    // A ramp from 0 to 4: each sample is its own place.
    let ramp = try Node.constant([0, 1, 2, 3, 4], [1, 1, 1, 5])
    func places(_ mode: ResamplingMode, _ grid: Node.SampleGrid) throws -> [Double] {
      try evaluate(ramp.resampled(to: [1, 4], mode, grid: grid))
    }
    expectClose(try places(.bilinear, .alignedCorners), [0, 4.0 / 3, 8.0 / 3, 4])
    expectClose(try places(.bilinear, .halfPixel), [0.125, 1.375, 2.625, 3.875])
    expectClose(try places(.bilinear, .firstPixel), [0, 1.25, 2.5, 3.75])
    expectClose(try places(.nearest, .halfPixel), [0, 1, 3, 4])
    expectClose(try places(.nearest, .firstPixel), [0, 1, 2, 3])
  }

  @Test("Affine sampling reads zeros outside and takes column before row")
  func affine() throws {
    let x = try Node.constant([1, 2, 3, 4], [1, 1, 2, 2])
    let shift = try Node.constant([1, 0, 1, 0, 1, 0], [2, 3])
    expectClose(try evaluate(x.affineSampled(matrix: shift, size: [2, 2])), [2, 0, 4, 0])
    let half = try Node.constant([1, 0, 0, 0, 1, 0.5], [2, 3])
    expectClose(try evaluate(x.affineSampled(matrix: half, size: [2, 2])), [2, 3, 1.5, 2])
  }

  @Test("Dropout keeps the others' sum by scaling them")
  func dropout() throws {
    let y = try Node.fill(3, [4]).dropout(rate: 0.25, stream: "s")
    let interpreter = ReferenceInterpreter(random: ["s": [0.1, 0.25, 0.9, 0.2]])
    expectClose(try interpreter.evaluate(y).values, [0, 4, 4, 0])
  }

  @Test("Scattering adds up rows with the same index")
  func scatter() throws {
    let table = Node.input("table", [3, 1])
    let loss = try table.gathering(.constant([2, 0, 2], [3], .index)).sum()
    #expect(try evaluate(gradient(of: loss, for: [table])[0]) == [1, 0, 2])
  }

  @Test("The gelus and hard activations have their published values")
  func activations() throws {
    let x = try Node.constant([-1, 0, 1, 4], [4])
    expectClose(try evaluate(x.gelu(.tanh)), [-0.15880801, 0, 0.84119199, 3.99992975])
    expectClose(try evaluate(x.gelu(.erf)), [-0.15865525, 0, 0.84134475, 3.99987331])
    expectClose(try evaluate(x.hardSwish()), [-1.0 / 3, 0, 2.0 / 3, 4])
    expectClose(try evaluate(x.silu()), [-0.26894142, 0, 0.73105858, 3.92805516])
  }
}
