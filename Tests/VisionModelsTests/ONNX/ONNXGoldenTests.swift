import Foundation
import Goldens
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import Testing

@testable import VisionModels

/// Classifiers exported to ONNX by PyTorch, with what PyTorch and onnxruntime compute.
enum ONNXGolden {
  static let folder = SharedFiles.url("golden/onnx")
  static let exported = [
    "squeezenet1_1", "googlenet", "resnet18", "vgg11", "mobilenet_v2", "toy_lrn",
  ]

  static var isPresent: Bool { SharedFiles.has("golden/onnx") }

  static func network(_ name: String) throws -> ONNXNetwork {
    try ONNXNetwork(path: folder.appendingPathComponent("\(name).onnx").path)
  }

  static func results(_ name: String) throws -> SafetensorsFile {
    try SafetensorsFile(path: folder.appendingPathComponent("\(name).io.safetensors").path)
  }

  /// The output whose gradient was taken.
  static func gradientClass(of name: String) throws -> Int {
    struct Case: Decodable {
      let name: String
      let grad_class: Int
    }
    let data = try Data(contentsOf: folder.appendingPathComponent("cases.json"))
    let cases = try JSONDecoder().decode([Case].self, from: data)
    return try #require(cases.first { $0.name == name }).grad_class
  }
}

@Suite("ONNX against the golden", .enabled(if: ONNXGolden.isPresent, "\(SharedFiles.reason)"))
struct ONNXGoldenTests {
  @Test(
    "Outputs, activations and the input's gradient match",
    arguments: ONNXGolden.exported + ["handmade"])
  func matches(name: String) throws {
    let network = try ONNXGolden.network(name)
    let golden = try ONNXGolden.results(name)
    let input = try golden.reals("input")
    let image = Node.input("image", input.shape)
    let built = try network.network(on: image, rule: .plain)
    let output = try #require(built.output)
    var outputs: [Graph.Output] = [.init("output", output)]
    for layer in built.layers { outputs.append(.init("layer." + layer.name, layer.node)) }
    let gradientName = "grad_input_of_output0_class"
    if golden.names.contains(gradientName) {
      let index = try ONNXGolden.gradientClass(of: name)
      let score = try output.sliced(starts: [0, index], sizes: [1, 1]).sum()
      outputs.append(.init("gradient", try gradient(of: score, for: [image])[0]))
    }
    let results = try Program(Graph(outputs), parameters: network.parameters)(["image": input])

    // The tolerances of the references: 1e-4 of the largest number, for gradients 1e-3.
    for key in golden.names where key.hasPrefix("output_") {
      let expected = try golden.floats(key)
      let got = try #require(results["output"]).elements
      #expect(excess(got, expected, relative: 1e-4) <= 1e-4 * largest(expected), "\(key)")
    }
    for key in golden.names where key.hasPrefix("act.") {
      let expected = try golden.reals(key)
      // PyTorch's names where the exporter wrote them; the other one names values by itself.
      let wanted = "layer." + key.dropFirst("act.".count)
      let candidates =
        results[wanted].map { [$0] } ?? results.filter { $0.key != "output" }.map(\.value)
      let best = candidates.filter { $0.shape == expected.shape }
        .map { excess($0.elements, expected.elements, relative: 1e-4) }.min()
      #expect(try #require(best) <= 1e-4 * largest(expected.elements), "\(key)")
    }
    if let got = results["gradient"] {
      let expected = try golden.reals(gradientName)
      let first = Array(got.elements.prefix(expected.elements.count))
      #expect(
        excess(first, expected.elements, relative: 0) <= 1e-3 * largestAbsolute(expected.elements))
    }
  }

  @Test("Layers have the names of PyTorch's modules")
  func names() throws {
    func names(_ name: String) throws -> Set<String> {
      let network = try ONNXGolden.network(name)
      let image = Node.input("image", [1, 3, network.inputSize[0], network.inputSize[1]])
      return Set(try network.network(on: image, rule: .plain).layers.map(\.name))
    }
    #expect(
      try names("resnet18").isSuperset(of: [
        "conv1", "bn1", "relu", "maxpool", "layer1", "layer1.0", "layer1.0.conv1", "layer1.0.bn1",
        "layer2.0.downsample", "layer2.0.downsample.0", "layer4.1.relu_1", "avgpool", "fc",
      ]))
    #expect(try names("squeezenet1_1").isSuperset(of: ["features.3", "features.12.squeeze"]))
    #expect(try names("googlenet").isSuperset(of: ["inception3b", "inception3a.branch1.conv"]))
    #expect(try names("handmade").isSuperset(of: ["conv1", "norm1", "cat", "drop", "logits"]))
    #expect(try names("mobilenet_v2").contains("features.1.conv.0.0"))
  }

  @Test("A file for one image at a time takes several, and each gets what it gets alone")
  func batches() throws {
    let network = try ONNXGolden.network("mobilenet_v2")
    let golden = try ONNXGolden.results("mobilenet_v2")
    let one = try golden.floats("input")
    let both = try Tensor([2, 3, 64, 64], one.map { $0 * 0.5 } + one)
    let built = try network.network(on: .input("image", both.shape), rule: .plain)
    let program = try Program(
      Graph(["logits": #require(built.logits)]), parameters: network.parameters)
    let got = try #require(program(["image": both])["logits"])
    let expected = try golden.floats("output_torch")
    #expect(
      excess(Array(got.elements.suffix(20)), expected, relative: 1e-4) <= 1e-4 * largest(expected))
  }

  @Test("At another size there are the layers that there can be")
  func otherSizes() throws {
    let squeeze = try ONNXGolden.network("squeezenet1_1")
    #expect(!squeeze.needsItsSize && squeeze.classCount == 30 && squeeze.inputSize == [64, 64])
    let vgg = try ONNXGolden.network("vgg11")
    #expect(vgg.needsItsSize)
    let built = try vgg.network(on: .input("image", [1, 3, 101, 75]), rule: .plain)
    #expect(built.logits == nil)
    #expect(try built.layer("features.10").shape == [1, 32, 12, 9])
    #expect(throws: GraphError.self) { try built.layer("classifier.0") }
  }

  @Test("The softmax of a file is its output, but no score")
  func scores() throws {
    let network = try ONNXGolden.network("handmade")
    let built = try network.network(on: .input("image", [1, 3, 65, 58]), rule: .plain)
    #expect(try built.layer("prob_1") === built.output)
    let logits = try #require(built.logits)
    #expect(logits !== built.output && logits.shape == [1, 12])
  }

  @Test("An ONNX file is a model by itself")
  func asModel() throws {
    let path = ONNXGolden.folder.appendingPathComponent("squeezenet1_1.onnx").path
    let model = try VisionModel.load(path)
    #expect(model.name == "squeezenet1_1" && !model.isPreprocessingKnown && model.labels == nil)
    #expect(throws: VisionModelError.architectureOfGraph(file: path, architecture: "resnet18")) {
      try VisionModel.load(path, options: .init(architecture: "resnet18"))
    }
  }
}

/// The largest number, at least 1.
private func largest(_ values: [Float]) -> Float { max(largestAbsolute(values), 1) }

func largestAbsolute(_ values: [Float]) -> Float { values.reduce(0) { max($0, abs($1)) } }

extension SafetensorsFile {
  /// A tensor of real numbers as a program takes it.
  func reals(_ name: String) throws -> Tensor {
    let stored = try tensor(name)
    return try Tensor(Shape(stored.shape), stored.floats())
  }
}
