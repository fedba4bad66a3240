import Foundation
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import Testing

/// Reference results made by other tools, beside the repository.
enum Golden {
  /// The folder of shared references.
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "shared/golden")

  static var isPresent: Bool { FileManager.default.fileExists(atPath: folder.path) }

  /// Why a test without them is skipped.
  static let reason: Comment = "the reference results are not beside this repository"

  static func file(_ path: String) throws -> SafetensorsFile {
    try SafetensorsFile(path: folder.appending(path: path).path)
  }

  /// All tensors of a file as a parameter store.
  static func parameters(_ path: String) throws -> ParameterStore {
    let file = try file(path)
    let store = ParameterStore()
    for name in file.names {
      let stored = try file.tensor(name)
      try store.set(name, Tensor(Shape(stored.shape), stored.floats()))
    }
    return store
  }
}

extension SafetensorsFile {
  func floats(_ name: String) throws -> [Float] { try tensor(name).floats() }
}

/// The largest difference between two lists of numbers.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  var largest: Float = 0
  for (x, y) in zip(a, b) {
    let difference = abs(x - y)
    if !(difference <= largest) { largest = difference }
  }
  return largest
}

/// The cosine of the angle between two lists of numbers.
func cosine(_ a: [Float], _ b: [Float]) -> Double {
  var (dot, left, right) = (0.0, 0.0, 0.0)
  for (x, y) in zip(a, b) {
    dot += Double(x) * Double(y)
    left += Double(x) * Double(x)
    right += Double(y) * Double(y)
  }
  return dot / (left * right).squareRoot()
}
