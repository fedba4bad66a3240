import Foundation

/// An empty folder for one test, removed with its files when the test is done with it.
public final class TemporaryFolder: Sendable {
  /// Where it is.
  public let url = FileManager.default.temporaryDirectory
    .appending(path: "plumbline-\(UUID().uuidString)")

  /// Where it is, as a path.
  public var path: String { url.path }

  /// Makes the folder; whoever writes to one that could not be made says so.
  public init() {
    try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The path of something in it.
  public func path(_ name: String) -> String { url.appending(path: name).path }

  /// Writes a file and returns its path.
  public func write(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: url.appending(path: name))
    return path(name)
  }
}

/// Runs `body` with an empty folder, which is removed afterwards.
public func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = TemporaryFolder()
  return try withExtendedLifetime(folder) { try body(folder.url) }
}

/// Runs `body` with the path of an empty folder, which is removed afterwards.
public func withFolderPath<Result>(_ body: (String) throws -> Result) throws -> Result {
  try withFolder { try body($0.path) }
}
