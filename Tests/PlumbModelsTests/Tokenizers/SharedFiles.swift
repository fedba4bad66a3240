import Foundation

/// The folder of golden files and data beside the package, which is not part of the repository.
enum SharedFiles {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared")

  static let gpt2 = root.appendingPathComponent("data/gpt2_bpe")
  static let gpt2Cases = root.appendingPathComponent("golden/tokenizer/gpt2_cases.json")

  static var hasGPT2: Bool {
    [gpt2.appendingPathComponent("vocab.json"), gpt2Cases].allSatisfy {
      FileManager.default.fileExists(atPath: $0.path)
    }
  }
}
