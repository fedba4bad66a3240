/// Why an archive or a compressed file could not be read further.
///
/// What was read before the error can be used. A checksum that only the end of the stream would
/// confirm may be missing.
public enum ArchiveError: Error, Equatable, Sendable {
  /// The file could not be opened or read.
  case unreadable(file: String, reason: String)
  /// The compressed stream, or the archive in it, ends too early.
  case truncated(file: String, bytesRead: Int)
  /// The compressed stream is damaged behind so many bytes of content.
  case damaged(file: String, bytesRead: Int)
  /// Decompressing would take more memory than any known compressor asks for.
  case tooMuchMemory(file: String)
  /// A header of a tar archive is not one.
  case malformedHeader(file: String, byte: Int, problem: String)
  /// A member is larger than the reader was told to accept.
  case memberTooLarge(file: String, member: String, bytes: Int, limit: Int)
  /// A line is longer than the reader was told to accept.
  case lineTooLong(file: String, limit: Int)
}

extension ArchiveError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      return "\(file) cannot be read (\(reason)); check the path and its permissions."
    case .truncated(let file, let bytesRead):
      return "\(file) is cut off after \(bytesRead) bytes of content;"
        + " copy or download it again."
    case .damaged(let file, let bytesRead):
      return "\(file) is damaged after \(bytesRead) bytes of content;"
        + " copy or download it again."
    case .tooMuchMemory(let file):
      return "\(file) asks for more than 512 MiB of memory to decompress;"
        + " compress it again with ordinary settings."
    case .malformedHeader(let file, let byte, let problem):
      return "\(file) has a malformed tar header at byte \(byte) (\(problem));"
        + " copy or download it again."
    case .memberTooLarge(let file, let member, let bytes, let limit):
      return "The member '\(member)' of \(file) has \(bytes) bytes, more than the limit of"
        + " \(limit); raise the limit if that is meant."
    case .lineTooLong(let file, let limit):
      return "\(file) has a line of more than \(limit) bytes; raise the limit if that is meant."
    }
  }
}
