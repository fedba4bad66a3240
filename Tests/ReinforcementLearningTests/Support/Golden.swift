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

/// A tokenizer whose tokens are single bytes, a few words and runs of full stops.
func smallTokenizer() throws -> BPETokenizer {
  var pieces = (0..<256).map { [UInt8($0)] }
  var merges: [(left: Int, right: Int)] = []
  var ids: [[UInt8]: Int] = [:]
  for (id, piece) in pieces.enumerated() { ids[piece] = id }
  // Each word is merged from the left, one byte at a time.
  for word in [" good", " day", "..", " Mr", "Good", "é"] {
    let bytes = Array(word.utf8)
    for end in 2...bytes.count {
      let whole = Array(bytes[..<end])
      guard ids[whole] == nil, let left = ids[Array(bytes[..<(end - 1)])],
        let right = ids[[bytes[end - 1]]]
      else { continue }
      ids[whole] = pieces.count
      pieces.append(whole)
      merges.append((left, right))
    }
  }
  // Runs of full stops are merged in pairs, as GPT-2's are.
  if let two = ids[Array("..".utf8)] {
    merges.append((two, two))
    pieces.append(Array("....".utf8))
  }
  let end = pieces.count
  pieces.append(Array("<|endoftext|>".utf8))
  return try BPETokenizer(
    pieces: pieces, merges: merges,
    addedTokens: [AddedToken(id: end, content: "<|endoftext|>", isSpecial: true)],
    configuration: .init(endOfText: end))
}
