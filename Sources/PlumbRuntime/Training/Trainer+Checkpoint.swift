import PlumbFiles
import PlumbGraph

extension Trainer {
  /// Writes the whole state of the training into one safetensors file, whole or not at all.
  ///
  /// - Parameters:
  ///   - path: The file; one that exists is replaced only when the new one is complete.
  ///   - notes: Text to keep beside the tensors, such as the recipe.
  /// - Throws: `SafetensorsError.unwritable` if the file cannot be written.
  public func save(to path: String, notes: [String: String] = [:]) throws {
    var tensors: [String: StoredTensor] = [:]
    for (name, tensor) in try state() {
      tensors[name] = StoredTensor(tensor.elements, shape: tensor.shape.sizes)
    }
    var metadata = notes
    metadata[Self.stepKey] = "\(step)"
    try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
  }

  /// Continues from a file that ``save(to:notes:)`` wrote, bit for bit.
  ///
  /// - Returns: The notes that were saved.
  /// - Throws: ``TrainingError/noCheckpoint(path:)`` if the file is another kind; a
  ///   ``RuntimeError`` if it belongs to another network.
  @discardableResult
  public func resume(from path: String) throws -> [String: String] {
    let file = try SafetensorsFile(path: path)
    guard let text = file.metadata[Self.stepKey], let step = Int(text), step >= 0 else {
      throw TrainingError.noCheckpoint(path: path)
    }
    var state: [String: Tensor] = [:]
    for name in file.names {
      let stored = try file.tensor(name)
      state[name] = try Tensor(Shape(stored.shape), stored.floats())
    }
    try restore(state, step: step)
    return file.metadata.filter { $0.key != Self.stepKey }
  }

  private static let stepKey = "plumb-step"
}

/// Why a training could not go on.
public enum TrainingError: Error, Equatable, Sendable {
  /// The file does not say after which step it was written.
  case noCheckpoint(path: String)
}

extension TrainingError: CustomStringConvertible {
  /// What went wrong and what to do; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .noCheckpoint(let path):
      return "\(path) is no checkpoint of a training; choose a file that the training wrote."
    }
  }
}
