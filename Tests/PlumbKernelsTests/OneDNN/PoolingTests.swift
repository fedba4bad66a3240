import PlumbKernels
import Testing

@Suite("Pooling")
struct PoolingTests {
  static let cases: [Plain.Convolution] = [
    Plain.Convolution(groups: 1, inputs: 1, outputs: 1, height: 1, width: 1, kernel: [1, 1]),
    Plain.Convolution(
      batch: 2, groups: 5, inputs: 5, outputs: 5, height: 7, width: 9, kernel: [3, 3],
      strides: [2, 2], before: [0, 0], after: [1, 1]),
    Plain.Convolution(
      groups: 16, inputs: 16, outputs: 16, height: 6, width: 5, kernel: [3, 3], before: [1, 1],
      after: [1, 1]),
    Plain.Convolution(
      groups: 8, inputs: 8, outputs: 8, height: 7, width: 5, kernel: [7, 5]),
  ]

  @Test("Forward and backward match a plain loop", arguments: cases, Primitive.Pooling.allCases)
  func matchesLoop(_ c: Plain.Convolution, _ pooling: Primitive.Pooling) throws {
    let source = Plain.numbers(c.source.product, seed: 1)
    let upstream = Plain.numbers(c.destination.product, seed: 2)
    // A pool reads what a convolution with one channel per group reads.
    var windows = [[Int]](repeating: [], count: c.destination.product)
    c.forEachProduct { source, _, destination in windows[destination].append(source) }
    var expected = [Float](repeating: 0, count: windows.count)
    var gradient = [Float](repeating: 0, count: source.count)
    for (index, window) in windows.enumerated() {
      switch pooling {
      case .max:
        let winner = try #require(window.max { source[$0] < source[$1] })
        expected[index] = source[winner]
        gradient[winner] += upstream[index]
      case .averageIncludingPadding, .averageExcludingPadding:
        let count = pooling == .averageIncludingPadding ? c.kernel.product : window.count
        expected[index] = window.reduce(0) { $0 + source[$1] } / Float(count)
        for from in window { gradient[from] += upstream[index] / Float(count) }
      }
    }

    for layout in [MemoryDescriptor.Layout.plain, .blocked(try OneDNN.channelBlock)] {
      let sourceMemory = try MemoryDescriptor(shape: c.source, layout: layout)
      let destinationMemory = try MemoryDescriptor(shape: c.destination, layout: layout)
      let inference = try Primitive.poolingForward(
        pooling, training: false, source: sourceMemory, destination: destinationMemory,
        kernel: c.kernel, window: c.window)
      #expect(!inference.arguments.contains(.workspace))
      let forward = try Primitive.poolingForward(
        pooling, training: true, source: sourceMemory, destination: destinationMemory,
        kernel: c.kernel, window: c.window)
      #expect(forward.arguments.contains(.workspace) == (pooling == .max))
      let workspace = try forward.descriptor(of: .workspace).map { try AlignedBuffer(for: $0) }
      for primitive in [inference, forward] {
        let result = try run(primitive, [.source: source], also: workspace)
        #expect(Plain.distance(try #require(result[.destination]), expected) < 1e-6)
      }
      let backward = try Primitive.poolingBackward(
        forward: forward, differenceSource: sourceMemory, differenceDestination: destinationMemory)
      let result = try run(backward, [.differenceDestination: upstream], also: workspace)
      #expect(Plain.distance(try #require(result[.differenceSource]), gradient) < 1e-6)
    }
  }

  @Test("Only a pool can be the forward pass of a pool")
  func wrongForward() throws {
    let plain = try MemoryDescriptor(shape: [1, 1, 2, 2])
    let error = #expect(throws: OneDNNError.self) {
      _ = try Primitive.poolingBackward(
        forward: .reorder(source: plain, destination: plain), differenceSource: plain,
        differenceDestination: plain)
    }
    #expect(
      error?.description
        == "oneDNN cannot make a pooling backward from source gradient f32 [1, 1, 2, 2] abcd, "
        + "destination gradient f32 [1, 1, 2, 2] abcd: they do not fit together.")
  }
}
