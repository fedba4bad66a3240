import Foundation

extension FileManager {
  /// Whether there is a folder at a path, itself or behind a link.
  public func isFolder(atPath path: String) -> Bool {
    var isFolder: ObjCBool = false
    // The flag is a local variable that outlives the call.
    return unsafe fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }
}
