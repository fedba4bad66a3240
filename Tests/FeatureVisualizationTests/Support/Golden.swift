import Foundation
import Goldens
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import Testing

/// Reference results made by other tools, beside the repository.
enum Golden {
  /// The folder of shared references.
  static let folder = SharedFiles.url("golden/fourier")

  static var isPresent: Bool { SharedFiles.has("golden/fourier") }

  static func file(_ name: String) throws -> SafetensorsFile {
    try SafetensorsFile(path: folder.appending(path: name).path)
  }

  /// The linear functional `A[c, y, x] = sin(0.37 (c + 1) + 0.11 y + 0.23 x)` of the references.
  static func functional(height: Int, width: Int) throws -> Tensor {
    var values: [Float] = []
    for c in 0..<3 {
      for y in 0..<height {
        for x in 0..<width {
          values.append(Float(sin(0.37 * Double(c + 1) + 0.11 * Double(y) + 0.23 * Double(x))))
        }
      }
    }
    return try Tensor([1, 3, height, width], values)
  }
}

extension SafetensorsFile {
  func tensorOfFloats(_ name: String) throws -> Tensor {
    let stored = try tensor(name)
    return try Tensor(Shape(stored.shape), stored.floats())
  }
}
