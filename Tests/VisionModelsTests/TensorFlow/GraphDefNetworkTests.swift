import Foundation
import Goldens
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import TemporaryFolders
import Testing

@testable import VisionModels

/// A small TensorFlow graph that a test makes.
private struct SmallGraphDef {
  enum Attribute {
    case string(String)
    case integers([Int])
    case integer(Int)
    case float(Float)
    case bool(Bool)
    case shape([Int])
    case floats([Int], [Float])
    case wholes([Int])
  }

  private(set) var bytes = Data()

  mutating func add(
    _ name: String, _ operation: String, _ inputs: [String] = [],
    _ attributes: [String: Attribute] = [:]
  ) {
    var node = ProtobufMessage()
    node.add(1, name)
    node.add(2, operation)
    for input in inputs { node.add(3, input) }
    for (key, value) in attributes.sorted(by: { $0.key < $1.key }) {
      node.add(5) { entry in
        entry.add(1, key)
        entry.add(2) { write(value, to: &$0) }
      }
    }
    var graph = ProtobufMessage()
    graph.add(1, node.bytes)
    bytes += graph.bytes
  }

  mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]) {
    add(name, "Const", [], ["value": .floats(shape, values)])
  }

  mutating func constant(_ name: String, _ values: [Int]) {
    add(name, "Const", [], ["value": .wholes(values)])
  }

  private func write(_ value: Attribute, to message: inout ProtobufMessage) {
    switch value {
    case .string(let text): message.add(2, text)
    case .integer(let number): message.add(3, number)
    case .float(let number): message.add(4, number)
    case .bool(let flag): message.add(5, flag ? 1 : 0)
    case .integers(let numbers):
      message.add(1) { list in for number in numbers { list.add(3, number) } }
    case .shape(let sizes):
      message.add(7) { shape in
        for size in sizes { shape.add(2) { $0.add(1, size) } }
      }
    case .floats(let sizes, let values):
      message.add(8) { tensor in
        tensor.add(1, 1)
        tensor.add(2) { shape in for size in sizes { shape.add(2) { $0.add(1, size) } } }
        tensor.add(4, littleEndianBytes(values))
      }
    case .wholes(let values):
      message.add(8) { tensor in
        tensor.add(1, 3)
        tensor.add(2) { shape in shape.add(2) { $0.add(1, values.count) } }
        for value in values { tensor.add(7, value) }
      }
    }
  }
}

@Suite("TensorFlow graphs")
struct GraphDefNetworkTests {
  private static func values(_ count: Int, _ seed: Int) -> [Float] {
    (0..<count).map { sin(Float($0 * 7 + seed * 13)) * 0.4 }
  }

  /// A network in the style of the published InceptionV1: a strided convolution, normalization, two
  /// branches side by side, an average over what is left, and a softmax.
  private static func inception(
    convolution: String = "Conv2D", change: (inout SmallGraphDef) -> Void = { _ in }
  ) -> Data {
    var graph = SmallGraphDef()
    graph.add("input", "Placeholder", [], ["shape": .shape([-1, 13, 13, 3])])
    graph.constant("conv2d0_w", [3, 3, 3, 8], values(216, 1))
    graph.constant("conv2d0_b", [8], values(8, 2))
    graph.add(
      "conv2d0_pre_relu/conv", convolution, ["input", "conv2d0_w"],
      ["strides": .integers([1, 2, 2, 1]), "padding": .string("SAME")])
    graph.add("conv2d0_pre_relu", "BiasAdd", ["conv2d0_pre_relu/conv", "conv2d0_b"])
    graph.add("conv2d0", "Relu", ["conv2d0_pre_relu"])
    graph.add(
      "maxpool0", "MaxPool", ["conv2d0"],
      [
        "ksize": .integers([1, 3, 3, 1]), "strides": .integers([1, 2, 2, 1]),
        "padding": .string("SAME"),
      ])
    graph.add(
      "localresponsenorm0", "LRN", ["maxpool0"],
      [
        "depth_radius": .integer(2), "bias": .float(2), "alpha": .float(0.1), "beta": .float(0.5),
      ])
    graph.constant("mixed3a_1x1_w", [1, 1, 8, 4], values(32, 3))
    graph.constant("mixed3a_3x3_w", [3, 3, 8, 6], values(432, 4))
    for (name, bias) in [("1x1", 4), ("3x3", 6)] {
      let branch = "mixed3a_\(name)"
      graph.constant("\(branch)_b", [bias], values(bias, 5))
      graph.add(
        "\(branch)_pre_relu/conv", "Conv2D", ["localresponsenorm0", "\(branch)_w"],
        ["strides": .integers([1, 1, 1, 1]), "padding": .string("SAME")])
      graph.add("\(branch)_pre_relu", "BiasAdd", ["\(branch)_pre_relu/conv", "\(branch)_b"])
      graph.add(branch, "Relu", ["\(branch)_pre_relu"])
    }
    graph.constant("mixed3a/concat_dim", [3])
    graph.add("mixed3a", "Concat", ["mixed3a/concat_dim", "mixed3a_1x1", "mixed3a_3x3"])
    graph.add(
      "avgpool0", "AvgPool", ["mixed3a"],
      [
        "ksize": .integers([1, 4, 4, 1]), "strides": .integers([1, 1, 1, 1]),
        "padding": .string("VALID"),
      ])
    graph.constant("avgpool0/reshape/shape", [-1, 10])
    graph.add("avgpool0/reshape", "Reshape", ["avgpool0", "avgpool0/reshape/shape"])
    graph.constant("softmax2_w", [10, 5], values(50, 6))
    graph.constant("softmax2_b", [5], values(5, 7))
    graph.add("softmax2_pre_activation/matmul", "MatMul", ["avgpool0/reshape", "softmax2_w"])
    graph.add(
      "softmax2_pre_activation", "BiasAdd", ["softmax2_pre_activation/matmul", "softmax2_b"])
    graph.add("softmax2", "Softmax", ["softmax2_pre_activation"])
    graph.add("output2", "Identity", ["softmax2"])
    change(&graph)
    return graph.bytes
  }

  private func network(_ data: Data) throws -> GraphDefNetwork {
    try GraphDefNetwork(GraphDef(data, path: "small.pb"))
  }

  private func message(_ data: Data) -> String {
    do {
      _ = try network(data)
      return "no error"
    } catch { return "\(error)" }
  }

  /// The same network written with our own operations, weights turned by hand.
  private func expected(_ x: Node) throws -> (mixed: Node, logits: Node) {
    func weight(_ shape: [Int], _ seed: Int) throws -> Node {
      try Node.constant(Self.values(shape.reduce(1, *), seed), Shape(shape))
        .transposed([3, 2, 0, 1])
    }
    func bias(_ count: Int, _ seed: Int) throws -> Node {
      try .constant(Self.values(count, seed), [count])
    }
    let size = Array(x.shape.sizes[2...])
    var y = try x.convolved(
      with: weight([3, 3, 3, 8], 1), bias: bias(8, 2),
      geometry: .same(input: size, kernel: [3, 3], strides: [2, 2])
    ).relu()
    y = try y.maxPooled(
      .same(input: Array(y.shape.sizes[2...]), window: [3, 3], strides: [2, 2]))
    y = try y.localResponseNormalized(size: 5, alpha: 0.1, beta: 0.5, bias: 2)
    let one = try y.convolved(with: weight([1, 1, 8, 4], 3), bias: bias(4, 5)).relu()
    let three = try y.convolved(
      with: weight([3, 3, 8, 6], 4), bias: bias(6, 5), geometry: .init(padding: [1, 1])
    ).relu()
    let mixed = try Node.concatenated([one, three], axis: 1)
    let pooled = try mixed.mean(over: [2, 3]).reshaped([x.shape[0], 10])
    let matrix = try Node.constant(Self.values(50, 6), [10, 5])
    return (mixed, try pooled.matrixProduct(matrix) + bias(5, 7))
  }

  @Test("Every value is what the same network of our own operations has", arguments: [1, 2])
  func matches(batch: Int) throws {
    let network = try network(Self.inception())
    #expect(network.inputSize == [13, 13] && network.classCount == 5)
    #expect(network.knownInput == .inceptionV1 && network.knownLabels == "inception5h")
    let image = Node.input("image", [batch, 3, 13, 13])
    let built = try network.network(on: image, rule: .plain)
    let (mixed, logits) = try expected(image)
    let program = try Program(
      Graph([
        "mixed": built.layer("mixed3a"), "logits": #require(built.logits), "wantedMixed": mixed,
        "wantedLogits": logits,
      ]), parameters: network.parameters)
    let results = try program([
      "image": Tensor([batch, 3, 13, 13], Self.values(batch * 507, 9))
    ])
    for (name, wanted) in [("mixed", "wantedMixed"), ("logits", "wantedLogits")] {
      let got = try #require(results[name]).elements
      // The same sums in another order.
      #expect(excess(got, try #require(results[wanted]).elements, relative: 1e-5) <= 1e-5)
    }
  }

  @Test("Layers have the nodes' names, and the branches before their ReLUs have Lucid's")
  func names() throws {
    let built = try network(Self.inception())
      .network(on: .input("image", [1, 3, 13, 13]), rule: .plain)
    let names = built.layers.map(\.name)
    #expect(names.starts(with: ["conv2d0_pre_relu/conv", "conv2d0_pre_relu", "conv2d0"]))
    #expect(try built.layer("mixed3a_pre_relu").shape == [1, 10, 4, 4])
    #expect(try built.layer("softmax2") !== built.logits)
    #expect(names.last == "output2")
  }

  @Test("Padding depends on whether the size is odd; other sizes have no class scores")
  func sizes() throws {
    let network = try network(Self.inception())
    #expect(network.needsItsSize)
    let built = try network.network(on: .input("image", [1, 3, 20, 17]), rule: .plain)
    #expect(built.logits == nil)
    #expect(try built.layer("mixed3a").shape == [1, 10, 5, 5])
    #expect(throws: GraphError.self) { try built.layer("softmax2") }
  }

  @Test("A file is loaded as a model")
  func asModel() throws {
    try withFolderPath { folder in
      let path = "\(folder)/tensorflow_inception_graph.pb"
      try Self.inception().write(to: URL(fileURLWithPath: path))
      let model = try VisionModel.load(path)
      #expect(model.name == "tensorflow_inception_graph" && model.isPreprocessingKnown)
      #expect(model.input.mean == [117] && model.classCount == 5)
    }
  }

  @Test("What cannot be computed is named")
  func problems() {
    #expect(
      message(Self.inception(convolution: "SpaceToBatchND"))
        == "The node 'conv2d0_pre_relu/conv' (SpaceToBatchND) of small.pb cannot be computed: the"
        + " operation 'SpaceToBatchND' is not among those of image classifiers.")
    #expect(
      message(
        Self.inception {
          $0.add("late", "Relu", ["nowhere"])
        })
        == "The node 'late' (Relu) of small.pb cannot be computed: its input 'nowhere' is not"
        + " there.")
    #expect(
      message(
        Self.inception {
          $0.add("a", "Relu", ["b"])
          $0.add("b", "Relu", ["a"])
          $0.add("late", "Relu", ["a"])
        })
        == "The node 'a' (Relu) of small.pb cannot be computed: it needs its own result.")
    #expect(
      message(Self.inception().dropLast(3))
        == "small.pb is not a TensorFlow GraphDef, or is cut off; copy or download it again.")
  }
}
