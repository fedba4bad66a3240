import Foundation
import Goldens
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import Testing

/// Reference results made by other tools, beside the repository.
enum Golden {
  /// The folder of shared references.
  static let folder = SharedFiles.url("golden")

  static var isPresent: Bool { SharedFiles.has("golden") }

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
