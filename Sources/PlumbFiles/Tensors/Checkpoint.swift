import Foundation

/// A file, or several, from which tensors are read by name.
public protocol Checkpoint: Sendable {
  /// Where the tensors come from, for messages.
  var path: String { get }
  /// The names of all tensors.
  var names: [String] { get }
  /// Returns the tensor of that name, or throws an error that suggests the nearest name.
  func tensor(_ name: String) throws -> StoredTensor
}

/// Opens checkpoints of any kind.
public enum CheckpointFile {
  /// Opens safetensors files, their index, or a PyTorch checkpoint, told apart by their first bytes.
  ///
  /// - Parameter path: The path of the file; that of an index ends in `.index.json`.
  /// - Returns: The checkpoint.
  /// - Throws: ``SafetensorsError`` or ``PyTorchError`` if the file cannot be read or lies.
  public static func open(_ path: String) throws -> any Checkpoint {
    if path.hasSuffix(".index.json") { return try SafetensorsShards(indexPath: path) }
    let data: Data
    do throws(UnreadableFile) {
      data = try mappedFile(at: path)
    } catch {
      throw SafetensorsError.unreadable(file: path, reason: error.reason)
    }
    // A safetensors header would have to be half a gigabyte long to start like the other two.
    let isPyTorch =
      data.starts(with: [0x50, 0x4B])
      || (data.starts(with: [0x80]) && data.dropFirst(8).first != 0x7B)
    return isPyTorch
      ? try PyTorchCheckpoint(data, path: path) : try SafetensorsFile(data, path: path)
  }
}
