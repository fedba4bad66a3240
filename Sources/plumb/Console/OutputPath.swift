import Foundation

/// Looks whether files can be written, before the work that makes them.
enum OutputPath {
  /// Makes sure that a file can be written at a path.
  ///
  /// - Throws: A ``CommandFailure`` if its folder does not exist or must not be written to, or the
  ///   path is a folder.
  static func check(_ path: String) throws {
    let url = URL(fileURLWithPath: path)
    let folder = url.deletingLastPathComponent().path
    var isFolder: ObjCBool = false
    if unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
      isFolder.boolValue
    {
      throw CommandFailure("\(path) is a folder; name a file in it.")
    }
    guard unsafe FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder),
      isFolder.boolValue
    else {
      throw CommandFailure(
        "\(path) cannot be written: there is no folder \(folder); make it first.")
    }
    guard FileManager.default.isWritableFile(atPath: folder) else {
      throw CommandFailure(
        "\(path) cannot be written: \(folder) must not be written to; choose another folder.")
    }
  }
}
