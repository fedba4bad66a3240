import Goldens
import PlumbFiles
import PlumbKernels
import Testing

@testable import LanguageModeling

/// Language models and their reference results, made with other tools, beside the repository.
enum LanguageGolden {
  static let models = ["gpt2_tiny", "neox_tiny", "llama_tiny", "qwen2_tiny"]

  static var isPresent: Bool { SharedFiles.has("golden/hf_lm") }

  static func folder(_ path: String) -> String { SharedFiles.path("golden/\(path)") }

  static func file(_ path: String) throws -> SafetensorsFile {
    try SafetensorsFile(path: folder(path))
  }

  static func decoder(
    _ model: String, precision: WeightPrecision = .fp32, threads: Int? = nil
  ) throws -> Decoder {
    try Decoder(contentsOf: folder("hf_lm/\(model)"), precision: precision, threads: threads)
  }

  /// The rows of a tensor of token ids, without those that are padding.
  static func prompts(
    _ file: SafetensorsFile, _ name: String, mask: String? = nil
  ) throws -> [[Int]] {
    let tensor = try file.tensor(name)
    let ids = tensor.integers() ?? []
    let isReal = try mask.map { try file.tensor($0).integers() ?? [] }
    let width = tensor.shape[1]
    return (0..<tensor.shape[0]).map { row in
      (row * width..<(row + 1) * width).filter { isReal?[$0] != 0 }.map { ids[$0] }
    }
  }
}
