import Foundation
import PlumbText

/// A safetensors file, mapped into memory: names, shapes and types now, numbers when asked for.
///
/// Everything the header claims is checked against the file before a tensor is handed out, and
/// nothing larger than the file is ever allocated. Do not shorten the file while it is open: the
/// bytes are the file's own.
public struct SafetensorsFile: Checkpoint {
  /// The path the file was opened at.
  public let path: String
  /// What the writer noted beside the tensors, such as `["format": "pt"]`.
  public let metadata: [String: String]
  /// The names of the tensors in the order in which their bytes lie in the file.
  public let names: [String]

  private let entries: [String: SafetensorsHeader.Entry]
  private let data: Data

  /// Opens a file and checks its header.
  ///
  /// - Parameter path: The path of a `.safetensors` file.
  /// - Throws: ``SafetensorsError`` if the file cannot be read or its header does not describe it.
  public init(path: String) throws(SafetensorsError) {
    let file: Data
    do throws(UnreadableFile) {
      file = try mappedFile(at: path)
    } catch {
      throw .unreadable(file: path, reason: error.reason)
    }
    try self.init(file, path: path)
  }

  /// Checks the bytes of a file that is already in memory; `path` is for messages only.
  public init(_ file: Data, path: String) throws(SafetensorsError) {
    guard file.count >= 10 else { throw .tooShort(file: path, bytes: file.count) }
    let claimed = file.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let limit = min(file.count - 8, SafetensorsHeader.maximumByteCount)
    guard claimed <= UInt64(limit) else {
      throw .headerTooLong(file: path, claimed: claimed, limit: limit)
    }
    let dataStart = file.startIndex + 8 + Int(claimed)
    data = file[dataStart...]
    let header = try SafetensorsHeader(
      Array(file[(file.startIndex + 8)..<dataStart]), file: path)
    try header.checkOffsets(dataByteCount: data.count, file: path)
    self.path = path
    metadata = header.metadata
    entries = header.entries
    names = header.namesInOrder
  }

  /// The shape of a tensor, or `nil` if the file has none of that name.
  public func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// The type of a tensor's elements, or `nil` if the file has none of that name.
  public func type(of name: String) -> StoredType? { entries[name]?.type }

  /// Returns a tensor whose bytes are still those of the file.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: The tensor; its numbers are read from the file when they are asked for.
  /// - Throws: ``SafetensorsError/missingTensor(file:name:nearest:)``.
  public func tensor(_ name: String) throws(SafetensorsError) -> StoredTensor {
    guard let entry = entries[name] else {
      throw .missingTensor(file: path, name: name, nearest: names.nearest(to: name))
    }
    let begin = data.startIndex + entry.begin
    return StoredTensor(
      type: entry.type, shape: entry.shape, bytes: data[begin..<(data.startIndex + entry.end)])
  }
}
