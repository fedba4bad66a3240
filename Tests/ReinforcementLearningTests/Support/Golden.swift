import Goldens
import LanguageModels
import PlumbFiles
import Testing

@testable import ReinforcementLearning

/// Policy gradients computed by PyTorch, beside the repository.
enum Golden {
  static var isPresent: Bool { SharedFiles.has("golden/rl") }

  static func file() throws -> SafetensorsFile {
    try SafetensorsFile(path: SharedFiles.path("golden/rl/policy_gradient.safetensors"))
  }

  static func model() throws -> TransformerModel {
    try .load(from: SharedFiles.path("golden/hf_lm/gpt2_tiny"))
  }

  // The settings in `cases.json`.
  static let (batch, prompt, new, fullStop) = (6, 3, 14, 13)
}

extension Array {
  /// Rows of `columns` elements.
  func rows(of columns: Int) -> [[Element]] {
    stride(from: 0, to: count, by: columns).map { Array(self[$0..<$0 + columns]) }
  }
}
