import Foundation

/// A place for the files of one test, removed with them when it ends.
final class TemporaryFolder: Sendable {
  private let parent = FileManager.default.temporaryDirectory
    .appending(path: "plumb-\(UUID().uuidString)")

  /// A folder that is not there yet.
  var url: URL { self["new"] }

  init() {
    // Whoever writes here says what is wrong, if anything is.
    try? FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: parent) }

  /// A file or folder of this name, not there yet.
  subscript(name: String) -> URL { parent.appending(path: name) }
}
