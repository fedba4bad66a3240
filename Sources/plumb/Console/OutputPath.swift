import Foundation
import PlumbFiles

/// Makes sure that results can be written, before the work that makes them.
enum OutputPath {
  /// Makes sure that a file can be written at a path, and makes the folder around it.
  ///
  /// - Throws: A ``CommandFailure`` if the path is a folder or nothing can be written there.
  static func prepare(file path: String) throws {
    guard !FileManager.default.isFolder(atPath: path) else {
      throw CommandFailure("\(path) is a folder; name a file in it.")
    }
    try prepare(folder: URL(fileURLWithPath: path).deletingLastPathComponent().path)
  }

  /// Makes a folder if need be, and makes sure that it takes files.
  ///
  /// - Throws: A ``CommandFailure`` if nothing can be written there.
  static func prepare(folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let probe = folder + "/.plumb-\(UUID().uuidString)"
      try Data().write(to: URL(fileURLWithPath: probe))
      try FileManager.default.removeItem(atPath: probe)
    } catch {
      throw CommandFailure(
        "Nothing can be written to \(folder) (\(readableReason(of: error))); name another place.")
    }
  }
}
