import PlumbKernels
import Testing

@Suite("Convolution")
struct ConvolutionTests {
  /// Odd sizes, size 1, groups, dilations and padding that differs between the sides.
  static let cases: [Plain.Convolution] = [
    Plain.Convolution(inputs: 1, outputs: 1, height: 1, width: 1, kernel: [1, 1]),
    Plain.Convolution(
      inputs: 3, outputs: 5, height: 7, width: 5, kernel: [3, 3], before: [1, 1], after: [1, 1]),
    Plain.Convolution(
      batch: 2, inputs: 8, outputs: 16, height: 9, width: 6, kernel: [3, 2], strides: [2, 1],
      before: [0, 1], after: [1, 2]),
    Plain.Convolution(
      inputs: 3, outputs: 8, height: 15, width: 17, kernel: [7, 7], strides: [2, 2],
      before: [2, 2], after: [3, 3]),
    Plain.Convolution(
      inputs: 16, outputs: 8, height: 8, width: 11, kernel: [3, 3], dilations: [2, 3],
      before: [2, 3], after: [2, 3]),
    Plain.Convolution(
      batch: 3, groups: 2, inputs: 6, outputs: 4, height: 5, width: 5, kernel: [3, 3],
      before: [1, 1], after: [1, 1]),
    Plain.Convolution(
      groups: 8, inputs: 8, outputs: 8, height: 6, width: 7, kernel: [3, 3], before: [1, 1],
      after: [1, 1]),
  ]

  // Sums of at most a few hundred products of numbers below 1, in another order.
  let tolerance: Float = 1e-5

  func any(_ shape: [Int]) throws -> MemoryDescriptor {
    try MemoryDescriptor(shape: shape, layout: .any)
  }

  @Test("Forward matches a plain loop, with each post-operation", arguments: cases)
  func forward(_ c: Plain.Convolution) throws {
    let source = Plain.numbers(c.source.product, seed: 1)
    let weights = Plain.numbers(c.weights.product, seed: 2)
    let bias = Plain.numbers(c.outputs, seed: 3)
    let held = Plain.numbers(c.destination.product, seed: 4)
    let products = Plain.accumulate(
      c, count: c.destination.product, { ($2, $0, $1) }, source, weights)
    let area = c.outputHeight * c.outputWidth
    for post in [Primitive.PostOperation.none, .relu, .sum, .sumRelu] {
      let primitive = try Primitive.convolutionForward(
        source: any(c.source), weights: any(c.weights), bias: any([c.outputs]),
        destination: any(c.destination), window: c.window, postOperation: post)
      let result = try run(
        primitive, [.source: source, .weights: weights, .bias: bias, .destination: held])
      let expected = products.indices.map { index in
        var value = products[index] + bias[index / area % c.outputs]
        if post == .sum || post == .sumRelu { value += held[index] }
        return post == .relu || post == .sumRelu ? max(value, 0) : value
      }
      #expect(Plain.distance(try #require(result[.destination]), expected) < tolerance, "\(post)")
    }
  }

  @Test("Backward data matches a plain loop", arguments: cases)
  func backwardData(_ c: Plain.Convolution) throws {
    let weights = Plain.numbers(c.weights.product, seed: 2)
    let upstream = Plain.numbers(c.destination.product, seed: 5)
    let primitive = try Primitive.convolutionBackwardData(
      differenceSource: any(c.source), weights: any(c.weights),
      differenceDestination: any(c.destination), window: c.window)
    let result = try run(primitive, [.weights: weights, .differenceDestination: upstream])
    let expected = Plain.accumulate(c, count: c.source.product, { ($0, $1, $2) }, weights, upstream)
    #expect(Plain.distance(try #require(result[.differenceSource]), expected) < tolerance)
  }

  @Test("Backward weights matches a plain loop, with and without a bias", arguments: cases)
  func backwardWeights(_ c: Plain.Convolution) throws {
    let source = Plain.numbers(c.source.product, seed: 1)
    let upstream = Plain.numbers(c.destination.product, seed: 5)
    let expected = Plain.accumulate(
      c, count: c.weights.product, { ($1, $0, $2) }, source, upstream)
    let area = c.outputHeight * c.outputWidth
    var biasGradient = [Float](repeating: 0, count: c.outputs)
    for (index, value) in upstream.enumerated() { biasGradient[index / area % c.outputs] += value }
    for hasBias in [false, true] {
      let primitive = try Primitive.convolutionBackwardWeights(
        source: any(c.source), differenceWeights: any(c.weights),
        differenceBias: hasBias ? any([c.outputs]) : nil,
        differenceDestination: any(c.destination), window: c.window)
      let result = try run(primitive, [.source: source, .differenceDestination: upstream])
      #expect(Plain.distance(try #require(result[.differenceWeights]), expected) < tolerance)
      #expect((result[.differenceBias] != nil) == hasBias)
      if let gradient = result[.differenceBias] {
        #expect(Plain.distance(gradient, biasGradient) < tolerance)
      }
    }
  }

  @Test("Takes plain, blocked and channels-last activations")
  func layouts() throws {
    let c = Plain.Convolution(
      inputs: 16, outputs: 32, height: 6, width: 5, kernel: [3, 3], before: [1, 1], after: [1, 1])
    let source = Plain.numbers(c.source.product, seed: 1)
    let weights = Plain.numbers(c.weights.product, seed: 2)
    let expected = Plain.accumulate(
      c, count: c.destination.product, { ($2, $0, $1) }, source, weights)
    for layout in [MemoryDescriptor.Layout.plain, .channelsLast, .blocked(try OneDNN.channelBlock)]
    {
      let primitive = try Primitive.convolutionForward(
        source: MemoryDescriptor(shape: c.source, layout: layout), weights: any(c.weights),
        destination: MemoryDescriptor(shape: c.destination, layout: layout), window: c.window)
      let result = try run(primitive, [.source: source, .weights: weights])
      #expect(Plain.distance(try #require(result[.destination]), expected) < tolerance)
    }
  }

  @Test("Never falls back to the reference implementation in blocked layouts")
  func noReference() throws {
    let c = Plain.Convolution(
      inputs: 64, outputs: 64, height: 14, width: 14, kernel: [3, 3], before: [1, 1], after: [1, 1])
    let forward = try Primitive.convolutionForward(
      source: any(c.source), weights: any(c.weights), bias: any([c.outputs]),
      destination: any(c.destination), window: c.window, postOperation: .relu)
    let backwardData = try Primitive.convolutionBackwardData(
      differenceSource: any(c.source), weights: any(c.weights),
      differenceDestination: any(c.destination), window: c.window, forward: forward)
    let backwardWeights = try Primitive.convolutionBackwardWeights(
      source: any(c.source), differenceWeights: any(c.weights),
      differenceDestination: any(c.destination), window: c.window, forward: forward)
    for primitive in [forward, backwardData, backwardWeights] {
      #expect(!primitive.isReference, "\(primitive)")
    }
    #expect(forward.descriptor(of: .source)?.channelBlock == (try OneDNN.channelBlock))
  }

  @Test("Convolves along one axis and along three")
  func otherRanks() throws {
    let line = try Primitive.convolutionForward(
      source: any([1, 4, 9]), weights: any([2, 4, 3]), destination: any([1, 2, 7]),
      window: Primitive.Window(strides: [1]))
    #expect(line.descriptor(of: .destination)?.shape == [1, 2, 7])
    let volume = try Primitive.convolutionForward(
      source: any([1, 4, 5, 5, 5]), weights: any([2, 4, 3, 3, 3]),
      destination: any([1, 2, 3, 3, 3]),
      window: Primitive.Window(strides: [1, 1, 1]))
    #expect(volume.descriptor(of: .destination)?.shape == [1, 2, 3, 3, 3])
  }

  @Test("Multiplies bfloat16 where the processor does, and says so where not")
  func bfloat16() throws {
    let c = Plain.Convolution(
      inputs: 16, outputs: 32, height: 9, width: 7, kernel: [3, 3], before: [1, 1], after: [1, 1])
    func half(_ shape: [Int]) throws -> MemoryDescriptor {
      try MemoryDescriptor(shape: shape, element: .bfloat16, layout: .any)
    }
    func forward() throws -> Primitive {
      try Primitive.convolutionForward(
        source: half(c.source), weights: half(c.weights), destination: half(c.destination),
        window: c.window)
    }
    guard try OneDNN.supportsBFloat16 else {
      let error = #expect(throws: OneDNNError.self) { _ = try forward() }
      #expect(
        error?.description.hasSuffix(": it has no implementation for them on this processor.")
          == true)
      return
    }
    let source = Plain.numbers(c.source.product, seed: 1)
    let weights = Plain.numbers(c.weights.product, seed: 2)
    let upstream = Plain.numbers(c.destination.product, seed: 3)
    // 8 bits of precision in the factors, and again in the result.
    let tolerance: Float = 1.0 / 64
    let result = try run(forward(), [.source: source, .weights: weights])
    let expected = Plain.accumulate(
      c, count: c.destination.product, { ($2, $0, $1) }, source, weights)
    #expect(Plain.distance(try #require(result[.destination]), expected) < tolerance)

    // The mixed mode: a float gradient out of a bfloat16 backward pass.
    let backward = try Primitive.convolutionBackwardData(
      differenceSource: any(c.source), weights: half(c.weights),
      differenceDestination: half(c.destination), window: c.window)
    #expect(!backward.isReference, "\(backward)")
    let gradient = try run(backward, [.weights: weights, .differenceDestination: upstream])
    #expect(
      Plain.distance(
        try #require(gradient[.differenceSource]),
        Plain.accumulate(c, count: c.source.product, { ($0, $1, $2) }, weights, upstream))
        < tolerance)
  }

  @Test("Shapes that do not fit are named")
  func badShapes() throws {
    let error = #expect(throws: OneDNNError.self) {
      _ = try Primitive.convolutionForward(
        source: any([1, 3, 5, 5]), weights: any([4, 2, 3, 3]), destination: any([1, 4, 3, 3]))
    }
    #expect(
      error?.description
        == "oneDNN cannot make a convolution forward from source f32 [1, 3, 5, 5] any, "
        + "weights f32 [4, 2, 3, 3] any, destination f32 [1, 4, 3, 3] any, strides [1, 1], "
        + "padding [0, 0] and [0, 0], post-operation 'none': they do not fit together.")
  }
}
