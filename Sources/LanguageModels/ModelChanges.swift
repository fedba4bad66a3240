import Foundation
import PlumbFiles
import PlumbGraph
import PlumbRuntime

/// How far the parameters of a model have moved from those of its base, as `delta.safetensors` holds
/// them: a tensor for each parameter that moved, by its name and in its shape, to be added.
///
/// A change of `unembed.W_U` unties a base whose unembedding is its embedding.
public struct ModelChanges: Sendable {
  /// What is added to each parameter.
  public var parameters: [String: Tensor]

  /// The name of the file in a model's folder.
  public static let fileName = "delta.safetensors"

  /// Creates changes.
  public init(_ parameters: [String: Tensor]) { self.parameters = parameters }

  /// Reads changes.
  ///
  /// - Throws: `SafetensorsError` if the file cannot be read.
  public init(contentsOf file: URL) throws {
    let checkpoint = try SafetensorsFile(path: file.path)
    var parameters: [String: Tensor] = [:]
    for name in checkpoint.names {
      let stored = try checkpoint.tensor(name)
      parameters[name] = try Tensor(Shape(stored.shape), stored.floats())
    }
    self.parameters = parameters
  }

  /// Writes the changes, whole or not at all.
  ///
  /// - Parameters:
  ///   - file: The file; its folder is made if need be.
  ///   - notes: Text to keep beside the tensors.
  /// - Throws: `SafetensorsError.unwritable(file:reason:)`.
  public func write(to file: URL, notes: [String: String] = [:]) throws {
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try SafetensorsWriter.write(
      parameters.mapValues { StoredTensor($0.elements, shape: $0.shape.sizes) }, metadata: notes,
      to: file.path)
  }
}
