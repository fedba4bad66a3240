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
    try ModelDescription(
      name: name, kind: .vision, architecture: "inception-tiny", weights: ["model.safetensors"],
      input: .inceptionTiny, labels: "labels.tsv", card: "README.md"
    ).write(to: URL(fileURLWithPath: folder))
  }
}
