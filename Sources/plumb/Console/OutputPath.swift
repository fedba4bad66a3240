import Foundation
import PlumbFiles

/// Looks whether files can be written, before the work that makes them.
enum OutputPath {
  /// Makes sure that a file can be written at a path.
  ///
  /// - Throws: A ``CommandFailure`` if its folder does not exist or must not be written to, or the
  ///   path is a folder.
  static func check(_ path: String) throws {
    let url = URL(fileURLWithPath: path)
    let folder = url.deletingLastPathComponent().path
    if FileManager.default.isFolder(atPath: path) {
      throw CommandFailure("\(path) is a folder; name a file in it.")
    }
    guard FileManager.default.isFolder(atPath: folder) else {
      throw CommandFailure(
        "\(path) cannot be written: there is no folder \(folder); make it first.")
    }
    guard FileManager.default.isWritableFile(atPath: folder) else {
      throw CommandFailure(
        "\(path) cannot be written: \(folder) must not be written to; choose another folder.")
    }
  }
}
