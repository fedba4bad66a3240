import Foundation
import PlumbFiles
import PlumbModels
import PlumbRuntime

/// A trained classifier as a folder that every command can load.
struct VisionModelFolder {
  /// The model's name.
  let name: String
  /// Folded weights by name.
  let weights: [String: Tensor]
  /// The table of labels.
  let labels: String

  /// Writes `model.safetensors` in half precision, `labels.tsv` and `plumb.json`, each whole or not
  /// at all; the description comes last, so that a folder that has one is complete.
  func write(to folder: String) throws {
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let tensors = weights.mapValues {
      StoredTensor($0.elements, shape: $0.shape.sizes, as: .float16)
    }
    try SafetensorsWriter.write(
      tensors, metadata: ["format": "pt"], to: "\(folder)/model.safetensors")
    try Data(labels.utf8).write(
      to: URL(fileURLWithPath: "\(folder)/labels.tsv"), options: .atomic)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(Description(name: name)).write(
      to: URL(fileURLWithPath: "\(folder)/plumb.json"), options: .atomic)
  }

  private struct Description: Encodable {
    struct Input: Encodable {
      let height = TinyImageNet.imageSize
      let width = TinyImageNet.imageSize
      let channels = "RGB"
      let range = [0, 1]
      let mean = InceptionTiny.mean.map { Double("\($0)") ?? Double($0) }
      let standardDeviation = InceptionTiny.standardDeviation.map { Double("\($0)") ?? Double($0) }
    }

    let format = 1
    let name: String
    let kind = "vision"
    let architecture = "inception-tiny"
    let weights = ["model.safetensors"]
    let input = Input()
    let labels = "labels.tsv"
    let card = "README.md"
  }
}
