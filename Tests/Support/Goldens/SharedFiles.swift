import Foundation

/// The goldens and data that lie beside the package, in `../shared`; not part of the repository.
public enum SharedFiles {
  /// The folder itself.
  public static let folder = URL(filePath: #filePath)
    .appending(path: "../../../../../shared").standardizedFileURL

  /// Why a test is skipped that needs what is not there.
  public static let reason = "the reference results and data are not beside this repository"

  /// Whether a file is there; tests that need one are skipped where it is not.
  public static func has(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: self.path(path))
  }

  /// Where a file is.
  public static func url(_ path: String) -> URL { folder.appending(path: path) }

  /// Where a file is, as a path.
  public static func path(_ path: String) -> String { url(path).path }
}
