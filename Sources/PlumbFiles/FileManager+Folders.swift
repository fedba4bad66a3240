import Foundation

extension FileManager {
  /// Whether there is a folder at a path, itself or behind a link.
  public func isFolder(atPath path: String) -> Bool {
    var isFolder: ObjCBool = false
    // The flag is a local variable that outlives the call.
    return unsafe fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// What lies in a folder and is not hidden, by name; nothing if it cannot be read.
  public func visibleContents(of folder: URL) -> [URL] {
    let names = (try? contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted().map { folder.appendingPathComponent($0) }
  }
}
