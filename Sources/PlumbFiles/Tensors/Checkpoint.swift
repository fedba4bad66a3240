/// A file, or several, from which tensors are read by name.
public protocol Checkpoint: Sendable {
  /// Where the tensors come from, for messages.
  var path: String { get }
  /// The names of all tensors.
  var names: [String] { get }
  /// Returns the tensor of that name, or throws an error that suggests the nearest name.
  func tensor(_ name: String) throws -> StoredTensor
}
