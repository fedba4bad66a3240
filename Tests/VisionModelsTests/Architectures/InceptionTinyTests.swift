import PlumbGraph
import PlumbRuntime
import Testing
import VisionModels

@Suite("Inception-tiny")
struct InceptionTinyTests {
  /// Narrow, so that a test takes milliseconds; odd widths on purpose.
  static let small: InceptionTiny = {
    do {
      return try InceptionTiny(
        classes: 5, stem: [8, 5, 8], stemKernel: 5,
        modules: Array(repeating: [8, 8, 9, 3, 8, 7], count: 9))
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  /// Parameters as after some training: running averages and gains that are not 0 and 1.
  static func trained(_ network: InceptionTiny) throws -> [String: Tensor] {
    var parameters = try network.initialParameters(seed: 3)
    for name in network.convolutionNames {
      var stream = RandomStream(seed: 4, name: name)
      let channels = try #require(parameters["\(name)_norm.gamma"]).elements.count
      func draw(_ part: String, _ low: Float, _ high: Float) throws {
        parameters["\(name)_norm.\(part)"] = try Tensor(
          [channels], stream.uniform(channels).map { low + (high - low) * $0 })
      }
      try draw("gamma", 0.5, 1.5)
      try draw("beta", -0.5, 0.5)
      try draw("mean", -0.5, 0.5)
      try draw("variance", 0.5, 2)
    }
    let classifier = "softmax2_pre_activation_matmul.weight"
    let shape = try #require(parameters[classifier]).shape
    var stream = RandomStream(seed: 4, name: classifier)
    parameters[classifier] = try Tensor(shape, stream.normal(shape.count))
    return parameters
  }

  @Test(
    "Folded weights compute what normalization with running averages computes, centered",
    arguments: [17, 64])
  func folding(size: Int) throws {
    let network = Self.small
    let parameters = try Self.trained(network)
    let input = Node.input("images", .images(batch: 2, channels: 3, height: size, width: size))
    var stream = RandomStream(seed: 1, name: "pictures")
    let pictures = try Tensor(input.shape, stream.uniform(input.shape.count))

    func logits(_ node: Node?, _ weights: [String: Tensor]) throws -> [Float] {
      let program = try Program(
        Graph(["logits": try #require(node)]), parameters: ParameterStore(weights))
      return try #require(program(["images": pictures])["logits"]).elements
    }
    let expected = try logits(network.evaluationNetwork(on: input).logits, parameters)
    let folded = try logits(network.network(on: input).logits, network.folded(parameters))
    let scale = expected.map(abs).max() ?? 0
    let classes = network.classes
    for picture in 0..<2 {
      let row = expected[picture * classes..<(picture + 1) * classes]
      let mean = row.reduce(0, +) / Float(classes)
      for (a, b) in zip(row, folded[picture * classes..<(picture + 1) * classes]) {
        // Two orders of rounding through ten layers.
        #expect(abs(a - mean - b) <= 1e-4 * scale)
      }
    }
    #expect(scale > 0.01)
  }

  @Test("Unfolding measures the moments, and folding gives the same weights again")
  func unfolding() throws {
    let network = Self.small
    let weights = try network.folded(Self.trained(network))
    let shape = Shape.images(batch: 4, channels: 3, height: 32, width: 32)
    var stream = RandomStream(seed: 2, name: "pictures")
    let batches = try (0..<3).map { _ in try Tensor(shape, stream.uniform(shape.count)) }
    let parameters = try network.unfolded(weights, measuredOn: batches)

    let again = try network.folded(parameters)
    #expect(again.keys.sorted() == weights.keys.sorted())
    for (name, tensor) in weights {
      let got = try #require(again[name]).elements
      let scale = tensor.elements.map(abs).max() ?? 0
      for (a, b) in zip(tensor.elements, got) { #expect(abs(a - b) <= 1e-5 * scale + 1e-6) }
    }

    // The averages are those that training finds: one step hardly moves them.
    let (trained, averages) = try network.trainingNetwork(on: .input("images", shape))
    let name = "mixed3a_3x3_norm.mean"
    let program = try Program(
      Graph(["average": try #require(averages[name]), "logits": try #require(trained.logits)]),
      parameters: ParameterStore(parameters))
    let moved = try #require(program(["images": batches[1]])["average"]).elements
    let before = try #require(parameters[name]).elements
    let spread = try #require(parameters["mixed3a_3x3_norm.variance"]).elements
    for channel in before.indices {
      #expect(abs(moved[channel] - before[channel]) < 0.02 * spread[channel].squareRoot())
    }
    #expect(throws: InceptionTinyError.missingWeight("conv2d1_pre_relu_conv.bias")) {
      var fewer = weights
      fewer["conv2d1_pre_relu_conv.bias"] = nil
      _ = try network.unfolded(fewer, measuredOn: [batches[0]])
    }
  }

  @Test("Has the layer names of InceptionV1")
  func names() throws {
    let tiny = try Self.small.network(
      on: .input("image", .images(batch: 1, channels: 3, height: 64, width: 64)))
    let full = try InceptionV1().network(
      on: .input("image", .images(batch: 1, channels: 3, height: 224, width: 224)))
    let missing = ["localresponsenorm0", "localresponsenorm1", "maxpool1"]
    #expect(
      tiny.layers.map(\.name) == full.layers.map(\.name).filter { !missing.contains($0) })
    #expect(try tiny.layer("mixed3a").shape.sizes == [1, 32, 16, 16])
    #expect(try tiny.layer("mixed4a").shape.sizes == [1, 32, 8, 8])
    #expect(try tiny.layer("mixed5b").shape.sizes == [1, 32, 4, 4])
  }

  @Test("The widths of a network are those of its weights")
  func widthsFromWeights() throws {
    let weights = try Self.small.folded(Self.small.initialParameters(seed: 0))
    #expect(try InceptionTiny(weights: weights.mapValues(\.shape)) == Self.small)
    var fewer = weights
    fewer["mixed4c_5x5_pre_relu_conv.weight"] = nil
    let error = #expect(throws: InceptionTinyError.self) {
      try InceptionTiny(weights: fewer.mapValues(\.shape))
    }
    #expect(
      error?.description
        == "The weights are none of an inception-tiny network: 'mixed4c_5x5_pre_relu_conv.weight'"
        + " is missing or has another rank.")
  }

  @Test("Widths that make no network are refused")
  func malformedWidths() {
    let error = #expect(throws: InceptionTinyError.self) {
      try InceptionTiny(classes: 2, stem: [8, 8], stemKernel: 5, modules: [])
    }
    #expect(
      error?.description == "These are no widths of an inception-tiny network: 'stem' must be 3"
        + " numbers of channels, not [8, 8].")
  }
}
