import Foundation
import Goldens
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import TemporaryFolders
import Testing

@testable import VisionModels

@Suite("torchvision's architectures")
struct TorchvisionTests {
  @Test(
    "The numbers of parameters are those that torchvision documents",
    arguments: [
      ("alexnet", 61_100_840), ("vgg11", 132_863_336), ("vgg11_bn", 132_868_840),
      ("vgg16", 138_357_544), ("vgg19_bn", 143_678_248), ("resnet18", 11_689_512),
      ("resnet34", 21_797_672), ("resnet50", 25_557_032), ("resnet101", 44_549_160),
      ("resnet152", 60_192_808), ("resnext50_32x4d", 25_028_904), ("wide_resnet50_2", 68_883_240),
      // Without the auxiliary heads, which torchvision counts.
      ("googlenet", 6_624_904), ("inceptionv1", 7_066_380),
    ])
  func counts(name: String, count: Int) throws {
    let architecture = try VisionArchitecture.named(name)
    let shapes = try architecture.parameterShapes(.init(classCount: architecture.classCount))
    let learned = shapes.filter { !$0.name.contains(".running_") }
    #expect(learned.reduce(0) { $0 + $1.shape.count } == count)
  }

  /// The weights of an ONNX file under their PyTorch names.
  private func weights(of name: String) throws -> ParameterStore {
    let model = try ONNXModel(path: ONNXGolden.folder.appendingPathComponent("\(name).onnx").path)
    let parameters = ParameterStore()
    for (name, tensor) in model.initializers where tensor.type.isFloatingPoint {
      try parameters.set(name, try Tensor(Shape(tensor.shape), tensor.floats()))
    }
    return parameters
  }

  private func check(
    _ name: String, _ network: VisionNetwork, activations: [String]
  ) throws {
    let golden = try ONNXGolden.results(name)
    let logits = try #require(network.logits)
    var outputs: [Graph.Output] = [.init("logits", logits)]
    for layer in activations { outputs.append(.init(layer, try network.layer(layer))) }
    let program = try Program(Graph(outputs), parameters: weights(of: name))
    let results = try program(["image": golden.reals("input")])
    for (key, reference) in [("logits", "output_torch")] + activations.map({ ($0, "act.\($0)") }) {
      let expected = try golden.floats(reference)
      let got = try #require(results[key]).elements
      // The tolerance of the references.
      #expect(
        excess(got, expected, relative: 1e-4) <= 1e-4 * max(largestAbsolute(expected), 1), "\(key)")
    }
  }

  @Test(
    "A narrow ResNet gives PyTorch's numbers",
    .enabled(if: ONNXGolden.isPresent, "\(SharedFiles.reason)"))
  func residual() throws {
    let network = ResNet(block: .basic, counts: [2, 2, 2, 2], widths: [8, 16, 32, 64])
    try check(
      "resnet18",
      network.network(on: .input("image", [2, 3, 64, 64]), classCount: 20, rule: .plain),
      activations: ["layer1", "layer3"])
  }

  @Test(
    "A narrow VGG gives PyTorch's numbers",
    .enabled(if: ONNXGolden.isPresent, "\(SharedFiles.reason)"))
  func plain() throws {
    let plan = try #require(VGG.plans[11]).map { $0 / 8 }
    let network = VGG(plan: plan, isNormalized: false, pooledSize: 2, hidden: [64, 48])
    // Its pool is one over windows of one pixel: the picture is 2 x 2 by then.
    try check(
      "vgg11",
      network.network(on: .input("image", [2, 3, 64, 64]), classCount: 20, rule: .plain),
      activations: ["features.10"])
  }

  @Test(
    "Adaptive pooling has PyTorch's parts at any size", arguments: [(5, 3), (7, 3), (2, 3), (6, 3)])
  func adaptivePooling(size: Int, parts: Int) throws {
    var builder = TorchvisionBuilder(rule: .plain)
    let image = Node.input("image", [1, 1, size, 1])
    let pooled = try builder.adaptiveAveragePool(
      image.broadcasted(to: [1, 1, size, size]), "pool", size: parts)
    let program = try Program(Graph(["pooled": pooled]), parameters: ParameterStore())
    let values = (0..<size).map { Float($0 * $0) }
    let got = try #require(program(["image": Tensor([1, 1, size, 1], values)])["pooled"])
    #expect(got.shape == [1, 1, parts, parts])
    for part in 0..<parts {
      let start = part * size / parts
      let end = ((part + 1) * size + parts - 1) / parts
      let mean = values[start..<end].reduce(0, +) / Float(end - start)
      #expect(abs(got.elements[part * parts] - mean) < 1e-4)
    }
  }

  @Test("Weights of a PyTorch file are read into an architecture, counters and heads left out")
  func loading() throws {
    let architecture = try VisionArchitecture.named("resnet18")
    let shapes = try architecture.parameterShapes(.init(classCount: 7))
    var tensors: [String: StoredTensor] = [:]
    for (name, shape) in shapes {
      tensors["module." + name] = StoredTensor(
        [Float](repeating: 0.01, count: shape.count), shape: shape.sizes, as: .float16)
    }
    tensors["module.bn1.num_batches_tracked"] = StoredTensor(
      type: .int64, shape: [], bytes: Data(repeating: 0, count: 8))
    try withFolderPath { folder in
      let path = "\(folder)/resnet18.safetensors"
      try SafetensorsWriter.write(tensors, to: path)
      let model = try VisionModel.load(path, options: .init(architecture: "ResNet18"))
      #expect(model.classCount == 7 && model.labels == nil && !model.needsItsSize)
      #expect(model.input == .torchvision)
      let network = try model.network(on: .input("image", [1, 3, 100, 75]))
      #expect(try #require(network.logits).shape == [1, 7])
      #expect(throws: VisionModelError.self) {
        try VisionModel.load(path, options: .init(architecture: "resnet50"))
      }
    }
  }
}
