import Foundation
import PlumbFiles
import Synchronization

/// What tells a model's weights from all others: computed when it is first asked for, and kept.
///
/// One file has its own SHA-256, as `sha256sum` prints it. Several have the SHA-256 of their digests,
/// one on a line, in the order of the files.
public final class WeightsDigest: Sendable {
  private let files: [URL]
  private let known: Mutex<String?>

  /// Creates the digest of these files, without reading them.
  public init(files: [URL]) {
    self.files = files
    known = Mutex(nil)
  }

  /// The digest, `sha256:` and 64 hexadecimal digits.
  ///
  /// - Returns: The digest.
  /// - Throws: `SafetensorsError.unreadable(file:reason:)` if a file cannot be read.
  public func value() throws(SafetensorsError) -> String {
    if let value = known.withLock({ $0 }) { return value }
    var digests: [String] = []
    for file in files { digests.append(try FileDigest.sha256(ofFile: file.path)) }
    let whole =
      digests.count == 1
      ? digests[0] : FileDigest.sha256(Data(digests.map { $0 + "\n" }.joined().utf8))
    let value = "sha256:" + whole
    known.withLock { $0 = value }
    return value
  }
}
