import Foundation
import Goldens
import PlumbFiles
import PlumbGraph
import PlumbModels
import PlumbRuntime
import TemporaryFolders
import Testing

@testable import VisionModels

/// InceptionV1 with random weights and its reference results, made with Lucent.
enum InceptionGolden {
  static let folder = SharedFiles.url("golden/inceptionv1")
  static let weights = folder.appendingPathComponent("inceptionv1_random_fp16.safetensors")

  static var isPresent: Bool { FileManager.default.fileExists(atPath: weights.path) }

  static func file(_ name: String) throws -> SafetensorsFile {
    try SafetensorsFile(path: folder.appendingPathComponent(name).path)
  }

  /// A picture as `[1, 3, height, width]`.
  static func image(_ name: String) throws -> Tensor {
    let picture = try ImageFile.read(folder.appendingPathComponent(name).path).rgb()
    let plane = picture.height * picture.width
    var values = [Float](repeating: 0, count: 3 * plane)
    for pixel in 0..<plane {
      for channel in 0..<3 {
        values[channel * plane + pixel] = Float(picture.pixels[pixel * 3 + channel]) / 255
      }
    }
    return try Tensor([1, 3, picture.height, picture.width], values)
  }

  /// The folder of a model with these weights.
  static func put(in folder: String, _ change: (inout ModelDescription) -> Void = { _ in }) throws {
    var description = ModelDescription(
      name: "golden", kind: .vision, architecture: "inceptionv1", variant: "lucent",
      weights: ["model.safetensors"], input: .inceptionV1, labels: "inception5h")
    change(&description)
    try description.write(to: URL(fileURLWithPath: folder))
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/model.safetensors", withDestinationPath: weights.path)
  }
}

@Suite("Vision models", .enabled(if: InceptionGolden.isPresent, "\(SharedFiles.reason)"))
struct VisionModelTests {
  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch { return "\(error)" }
  }

  @Test("A model folder with the variant 'lucent' gives the numbers of Lucent")
  func golden() throws {
    try withFolderPath { folder in
      try InceptionGolden.put(in: folder)
      let model = try VisionModel.load(folder)
      #expect(model.name == "golden" && model.classCount == 1008 && model.isPreprocessingKnown)
      let image = try InceptionGolden.image("chain.png")
      let network = try model.network(on: .input("image", image.shape))
      let program = try Program(
        Graph([
          .init("mixed4c", try network.layer("mixed4c")),
          .init("logits", try #require(network.logits)),
        ]), parameters: model.parameters)
      let results = try program(["image": image])
      let golden = try InceptionGolden.file("activations.safetensors")
      // The tolerance of the references: fp32 against fp64 is 1.5e-5.
      for (name, key) in [
        ("mixed4c", "chain.mixed4c"), ("logits", "chain.softmax2_pre_activation_matmul"),
      ] {
        let got = try #require(results[name]).elements
        #expect(excess(got, try golden.floats(key), relative: 1e-4) <= 5e-4, "\(name)")
      }
      // The answer to "which one is chain" depends on the order of the outputs.
      #expect(model.labelNames[827] == "chain")
      #expect(try model.labels?.label(for: "chain").index == 827)
      #expect(try LabelTable.builtIn("imagenet1000")?.label(for: "chain").index == 488)
    }
  }

  @Test("A file of weights alone needs an architecture, and takes it as an option")
  func bareWeights() throws {
    let path = InceptionGolden.weights.path
    let text = message { _ = try VisionModel.load(path) }
    #expect(text.hasPrefix("\(path) holds weights but not what to compute with them; name the"))
    #expect(text.contains("torch.onnx.export(model.eval()"))
    let model = try VisionModel.load(path, options: .init(architecture: "inceptionv1"))
    #expect(model.description.variant == "lucid")
    #expect(model.labelNames[827] == "chain")
    #expect(
      message { _ = try VisionModel.load(path, options: .init(architecture: "inceptionv2")) }
        .hasPrefix("No architecture 'inceptionv2' is built in; use one of inceptionv1"))
    #expect(
      message {
        _ = try VisionModel.load(
          path, options: .init(architecture: "inceptionv1", variant: "lucit"))
      }
        == "The architecture 'inceptionv1' has no variant 'lucit'; choose one of lucid, lucent.")
  }

  @Test("The digest is the file's SHA-256")
  func digest() throws {
    let model = try VisionModel.load(
      InceptionGolden.weights.path, options: .init(architecture: "inceptionv1"))
    #expect(
      try model.digest.value()
        == "sha256:" + FileDigest.sha256(Data(contentsOf: InceptionGolden.weights)))
  }

  @Test("Missing, extra, misshapen and whole-number tensors are named")
  func wrongTensors() throws {
    let file = try SafetensorsFile(path: InceptionGolden.weights.path)
    let all = Dictionary(uniqueKeysWithValues: try file.names.map { ($0, try file.tensor($0)) })
    let options = VisionModel.Options(architecture: "inceptionv1")
    func failure(_ change: (inout [String: StoredTensor]) -> Void) throws -> String {
      var tensors = all
      change(&tensors)
      return try withFolderPath { folder in
        let path = "\(folder)/w.safetensors"
        try SafetensorsWriter.write(tensors, to: path)
        return message { _ = try VisionModel.load(path, options: options) }
          .replacing(folder, with: "")
      }
    }
    let bias = "conv2d0_pre_relu_conv.bias"
    #expect(
      try failure { $0["conv2d0_pre_relu_conv.beta"] = $0.removeValue(forKey: bias) }
        == "/w.safetensors has no tensor '\(bias)', which the architecture 'inceptionv1' needs."
        + " The nearest name is 'conv2d0_pre_relu_conv.beta'.")
    #expect(
      try failure { $0["extra.weight"] = $0[bias] }
        .hasPrefix(
          "/w.safetensors has the tensor 'extra.weight', which the architecture 'inceptionv1' does")
    )
    #expect(
      try failure { $0[bias] = StoredTensor([1, 2, 3], shape: [3]) }
        == "Tensor '\(bias)' of /w.safetensors has the shape [3], but the architecture"
        + " 'inceptionv1' needs [64].")
    #expect(
      try failure {
        $0[bias] = StoredTensor(type: .int8, shape: [64], bytes: Data(repeating: 0, count: 64))
      }
        == "Tensor '\(bias)' of /w.safetensors holds elements of the type I8; weights must be real"
        + " numbers.")
    #expect(
      try failure { tensors in
        tensors = Dictionary(
          uniqueKeysWithValues: tensors.map { ("module." + $0.key, $0.value) })
      } == "", "a prefix on all names is taken away")
  }
}
