import PlumbGraph
import PlumbKernels
import Testing

@testable import PlumbRuntime

@Suite("Convolutions, compiled")
struct ConvolutionTests {
  struct Case: Sendable, CustomStringConvertible {
    var batch = 1
    let channels: (Int, Int)
    let size: [Int]
    let kernel: [Int]
    var geometry = ConvolutionGeometry()

    var description: String {
      "\(batch) x \(channels.0) x \(size) to \(channels.1), kernel \(kernel), \(geometry)"
    }
  }

  static let cases: [Case] =
    // Channels: images, less than a block, blocks, blocks and a rest.
    [1, 3, 4, 5, 12, 16, 20].flatMap { inner in
      [1, 8, 12, 17].map { outer in
        Case(
          batch: inner % 3 + 1, channels: (inner, outer), size: [5, 4], kernel: [3, 3],
          geometry: .init(padding: [1, 1]))
      }
    } + [
      Case(channels: (204, 12), size: [2, 3], kernel: [1, 1]),
      Case(batch: 2, channels: (12, 204), size: [2, 2], kernel: [1, 1]),
      Case(channels: (1, 1), size: [1, 1], kernel: [1, 1]),
      Case(batch: 3, channels: (16, 8), size: [1, 1], kernel: [1, 1]),
      // Strides, also such as leave pixels that no window reads.
      Case(
        batch: 2, channels: (12, 20), size: [7, 9], kernel: [3, 2],
        geometry: .init(strides: [2, 3], before: [1, 0], after: [0, 1])),
      Case(
        channels: (8, 16), size: [8, 8], kernel: [1, 1], geometry: .init(strides: [2, 2])),
      Case(
        channels: (20, 12), size: [6, 5], kernel: [3, 3], geometry: .init(strides: [3, 3])),
      // Dilations.
      Case(
        channels: (12, 8), size: [9, 8], kernel: [3, 2],
        geometry: .init(dilations: [3, 2], before: [2, 0], after: [3, 1])),
      Case(
        batch: 2, channels: (3, 8), size: [9, 8], kernel: [2, 3],
        geometry: .init(strides: [2, 1], dilations: [2, 3], padding: [1, 2])),
      // Groups: fewer than a block, blocks, depthwise.
      Case(
        batch: 2, channels: (4, 6), size: [5, 4], kernel: [3, 3],
        geometry: .init(padding: [1, 1], groups: 2)),
      Case(
        channels: (12, 24), size: [5, 4], kernel: [3, 3],
        geometry: .init(padding: [1, 1], groups: 3)),
      Case(
        channels: (32, 32), size: [5, 4], kernel: [3, 3],
        geometry: .init(padding: [1, 1], groups: 2)),
      Case(
        batch: 2, channels: (16, 16), size: [5, 4], kernel: [3, 3],
        geometry: .init(padding: [1, 1], groups: 16)),
      Case(
        batch: 2, channels: (12, 12), size: [6, 5], kernel: [3, 3],
        geometry: .init(strides: [2, 2], padding: [1, 1], groups: 12)),
      Case(
        channels: (5, 10), size: [4, 4], kernel: [3, 1], geometry: .init(groups: 5)),
    ]

  @Test("And all gradients agree with the reference, input and result row-major", arguments: cases)
  func alone(item: Case) throws {
    let sketch = Sketch()
    let x = sketch.input("x", Shape([item.batch, item.channels.0] + item.size))
    let weights = sketch.parameter(
      "w", Shape([item.channels.1, item.channels.0 / item.geometry.groups] + item.kernel))
    let bias = sketch.parameter("b", [item.channels.1])
    try sketch.check(x.convolved(with: weights, bias: bias, geometry: item.geometry))
  }

  @Test("And all gradients agree with the reference among other operations", arguments: cases)
  func chained(item: Case) throws {
    let sketch = Sketch()
    let x = sketch.input("x", Shape([item.batch, 7] + item.size))
    let y = try sketch.convolution(x, item.channels.0, "before").relu()
    let weights = sketch.parameter(
      "w", Shape([item.channels.1, item.channels.0 / item.geometry.groups] + item.kernel),
      scale: 0.3)
    let z = try y.convolved(with: weights, geometry: item.geometry).relu()
    try sketch.check(sketch.convolution(z.tanh(), 9, "after"))
  }

  @Test(
    "The gradient for an image comes by phases, whatever the stride and size",
    arguments: [(7, 2, 3, 224 / 16), (3, 2, 1, 9), (3, 2, 0, 8), (1, 2, 0, 5), (4, 4, 0, 12)],
    [1, 3])
  func phases(_ shape: (kernel: Int, stride: Int, padding: Int, size: Int), channels: Int) throws {
    for size in [
      [shape.size, shape.size], [shape.size + 1, shape.size], [shape.size, shape.size + 3],
    ] {
      for batch in [1, 2] {
        let sketch = Sketch()
        let x = sketch.input("x", Shape([batch, channels] + size))
        let y = try sketch.convolution(
          x, 12, "c", kernel: shape.kernel,
          geometry: .init(
            strides: [shape.stride, shape.stride], before: [shape.padding, shape.padding],
            after: [shape.padding, max(shape.padding - 1, 0)]))
        try sketch.check(y.relu())
      }
    }
  }

  @Test(
    "Run by minimal filtering where that is less work, and agree with the reference",
    arguments: [
      Case(channels: (20, 17), size: [14, 16], kernel: [3, 3], geometry: .init(padding: [1, 1])),
      Case(
        batch: 11, channels: (16, 24), size: [17, 20], kernel: [3, 3],
        geometry: .init(before: [0, 1], after: [2, 1])),
      Case(
        batch: 2, channels: (17, 20), size: [13, 11], kernel: [4, 4],
        geometry: .init(before: [1, 2], after: [2, 1])),
      Case(
        batch: 7, channels: (17, 20), size: [13, 11], kernel: [5, 5],
        geometry: .init(padding: [2, 2])),
    ])
  func minimalFiltering(item: Case) throws {
    let sketch = Sketch()
    let x = sketch.input("x", Shape([item.batch, 7] + item.size))
    let y = try sketch.convolution(x, item.channels.0, "before").relu()
    let z = try sketch.convolution(
      y, item.channels.1, "c", kernel: item.kernel[0], geometry: item.geometry)
    let program = try sketch.check(z.relu())
    let isFiltered = program.steps.flatMap(\.calls).contains {
      $0.implementation == "plumb:winograd"
    }
    #expect(try isFiltered == (OneDNN.channelBlock == 8))
  }

  @Test("Transposed convolutions agree with the reference", arguments: [1, 2], [3, 12, 16])
  func transposed(batch: Int, channels: Int) throws {
    let sketch = Sketch()
    let x = sketch.input("x", [batch, channels, 3, 4])
    let y = try sketch.convolution(x, 12, "before").relu()
    let weights = sketch.parameter("w", [12, channels, 3, 3])
    let bias = sketch.parameter("b", [channels])
    let z = try y.transposedConvolution(
      with: weights, bias: bias, geometry: .init(strides: [2, 2], padding: [1, 1]), extra: [1, 0])
    try sketch.check(z.relu())
  }
}
