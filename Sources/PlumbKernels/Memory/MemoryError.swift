/// Why memory could not be had, or a file not be read as memory.
public enum MemoryError: Error, Equatable, Sendable {
  /// The system has no such amount of memory.
  case outOfMemory(byteCount: Int)
  /// A file could not be opened or mapped; `reason` is the system's.
  case unreadable(path: String, reason: String)
}

extension MemoryError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try.
  public var description: String {
    switch self {
    case .outOfMemory(let byteCount):
      return "There is no memory for \(byteCount) bytes; close other programs, or ask for less."
    case .unreadable(let path, let reason):
      return "'\(path)' cannot be read: \(reason)."
    }
  }
}
