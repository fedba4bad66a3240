import CCodecs
import Foundation

/// The SHA-256 of bytes and files, as `sha256sum` prints it.
///
/// About 1.5 gigabytes a second where the processor has instructions for it.
///
/// Source: NIST, "Secure Hash Standard", FIPS 180-4, 2015.
public enum FileDigest {
  /// The digest of some bytes: 64 hexadecimal digits.
  public static func sha256(_ data: Data) -> String { sha256(data, portably: false) }

  /// The digest of a file's bytes.
  ///
  /// - Parameter path: The path of the file.
  /// - Returns: 64 hexadecimal digits.
  /// - Throws: ``SafetensorsError/unreadable(file:reason:)`` if the file cannot be read.
  public static func sha256(ofFile path: String) throws(SafetensorsError) -> String {
    do throws(UnreadableFile) {
      return sha256(try mappedFile(at: path))
    } catch {
      throw .unreadable(file: path, reason: error.reason)
    }
  }

  static func sha256(_ data: Data, portably: Bool) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    // Both pointers live for the call alone; it reads `count` bytes and writes 32.
    unsafe data.withUnsafeBytes { raw in
      let bytes = unsafe raw.bindMemory(to: UInt8.self)
      unsafe ccodecs_sha256(bytes.baseAddress, bytes.count, portably ? 1 : 0, &digest)
    }
    return digest.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
