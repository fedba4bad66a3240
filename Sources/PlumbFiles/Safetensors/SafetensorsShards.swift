import Foundation
import PlumbText

/// A model whose tensors are spread over several safetensors files, as Hugging Face stores large
/// ones: `model.safetensors.index.json` says which file holds which tensor.
public struct SafetensorsShards: Checkpoint {
  /// The path of the index.
  public let path: String
  /// The names of all tensors, in alphabetical order.
  public let names: [String]
  /// The files, by the names that the index gives them.
  public let files: [String: SafetensorsFile]

  private let fileNames: [String: String]

  private struct Index: Decodable {
    var weight_map: [String: String]  // The name in the file. swift-format-ignore
  }

  /// Opens an index and every file it names.
  ///
  /// - Parameter path: The path of a `model.safetensors.index.json`.
  /// - Throws: ``SafetensorsError`` if the index or a file cannot be read, a file is missing, or a
  ///   file lacks a tensor that the index promises.
  public init(indexPath path: String) throws(SafetensorsError) {
    let json: Data
    do throws(UnreadableFile) {
      json = try mappedFile(at: path)
    } catch {
      throw .unreadable(file: path, reason: error.reason)
    }
    guard json.count <= SafetensorsHeader.maximumByteCount else {
      throw .malformedIndex(file: path, problem: "it has \(json.count) bytes")
    }
    guard let map = try? JSONDecoder().decode(Index.self, from: json).weight_map else {
      throw .malformedIndex(file: path, problem: "no \"weight_map\" from tensors to files")
    }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    var files: [String: SafetensorsFile] = [:]
    for shard in Set(map.values).sorted() {
      guard !shard.isEmpty, !shard.contains("/"), !shard.contains("\0"), shard != "..", shard != "."
      else { throw .shardOutsideFolder(index: path, shard: shard) }
      let shardPath = folder.appendingPathComponent(shard).path
      guard FileManager.default.fileExists(atPath: shardPath) else {
        throw .missingShard(index: path, shard: shard)
      }
      files[shard] = try SafetensorsFile(path: shardPath)
    }
    self.path = path
    self.files = files
    names = map.keys.sorted()
    fileNames = map
    for name in names {
      guard let file = fileNames[name].flatMap({ files[$0] }) else { continue }
      if file.shape(of: name) == nil {
        throw .missingTensor(file: file.path, name: name, nearest: nil)
      }
    }
  }

  /// Returns a tensor from whichever file holds it.
  ///
  /// - Parameter name: The tensor's name.
  /// - Returns: The tensor; its numbers are read from the file when they are asked for.
  /// - Throws: ``SafetensorsError/missingTensor(file:name:nearest:)``.
  public func tensor(_ name: String) throws(SafetensorsError) -> StoredTensor {
    guard let file = fileNames[name].flatMap({ files[$0] }) else {
      throw .missingTensor(file: path, name: name, nearest: names.nearest(to: name))
    }
    return try file.tensor(name)
  }
}
