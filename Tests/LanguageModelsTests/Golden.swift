import Foundation
import Goldens
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import Testing

@testable import LanguageModels

/// Language models and their reference results, made with other tools, beside the repository.
enum LanguageGolden {
  static let models = ["gpt2_tiny", "neox_tiny", "llama_tiny", "qwen2_tiny"]

  static var isPresent: Bool { SharedFiles.has("golden/hf_lm") }

  static func folder(_ path: String) -> String { SharedFiles.path("golden/\(path)") }

  static func file(_ path: String) throws -> SafetensorsFile {
    try SafetensorsFile(path: folder(path))
  }

  static func model(_ name: String) throws -> TransformerModel {
    try .load(from: folder("hf_lm/\(name)"))
  }
}

extension SafetensorsFile {
  /// A tensor of integers as a program takes it.
  func indices(_ name: String) throws -> Tensor {
    let stored = try tensor(name)
    return try Tensor(indices: stored.integers() ?? [], Shape(stored.shape))
  }
}
