import Foundation
import PlumbFiles
import PlumbModels
import Testing

@testable import ReinforcementLearning

/// Policy gradients computed by PyTorch, beside the repository.
enum Golden {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "shared")

  static var isPresent: Bool {
    FileManager.default.fileExists(atPath: root.appending(path: "golden/rl").path)
  }

  /// Why a test without them is skipped.
  static let reason: Comment = "the reference results are not beside this repository"

  static func file() throws -> SafetensorsFile {
    try SafetensorsFile(path: root.appending(path: "golden/rl/policy_gradient.safetensors").path)
  }

  static func model() throws -> TransformerModel {
    try .load(from: root.appending(path: "golden/hf_lm/gpt2_tiny").path)
  }

  // The settings in `cases.json`.
  static let (batch, prompt, new, fullStop) = (6, 3, 14, 13)
}

extension SafetensorsFile {
  func floats(_ name: String) throws -> [Float] { try tensor(name).floats() }
  func doubles(_ name: String) throws -> [Double] { try floats(name).map(Double.init) }
  func scalar(_ name: String) throws -> Double { try doubles(name)[0] }
}

extension Array {
  /// Rows of `columns` elements.
  func rows(of columns: Int) -> [[Element]] {
    stride(from: 0, to: count, by: columns).map { Array(self[$0..<$0 + columns]) }
  }
}

/// The largest excess of a difference over `relative` times the expected value; compare it with the
/// absolute tolerance.
func excess<Number: BinaryFloatingPoint>(
  _ got: [Number], _ expected: [Number], relative: Number = 0
) -> Number {
  guard got.count == expected.count else { return .infinity }
  var largest: Number = 0
  for (x, y) in zip(got, expected) where x != y {
    let excess = abs(x - y) - relative * abs(y)
    if !(excess <= largest) { largest = excess }
  }
  return largest
}
