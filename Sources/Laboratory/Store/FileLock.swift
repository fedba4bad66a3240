import Foundation

/// A lock on a file that ends with the process that holds it, however that ends.
final class FileLock: Sendable {
  private let handle: FileHandle

  private init(handle: FileHandle) { self.handle = handle }

  /// Waits until the lock on `file` is free, and takes it; the file is made if there is none.
  static func waiting(for file: URL) throws -> FileLock {
    let handle = try opened(file)
    while flock(handle.fileDescriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }
    return FileLock(handle: handle)
  }

  /// Takes the lock on `file`, or returns `nil` if another holds it.
  static func taking(_ file: URL) throws -> FileLock? {
    let handle = try opened(file)
    guard flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
    return FileLock(handle: handle)
  }

  /// Whether somebody holds the lock on `file`.
  static func isHeld(_ file: URL) -> Bool {
    guard let handle = try? FileHandle(forReadingFrom: file) else { return false }
    defer { try? handle.close() }
    return flock(handle.fileDescriptor, LOCK_SH | LOCK_NB) != 0
  }

  /// Gives the lock back.
  func release() {
    flock(handle.fileDescriptor, LOCK_UN)
    try? handle.close()
  }

  private static func opened(_ file: URL) throws -> FileHandle {
    if !FileManager.default.fileExists(atPath: file.path) {
      // Not `createFile`, which would replace a file that another process made meanwhile.
      try? Data().write(to: file, options: .withoutOverwriting)
    }
    return try FileHandle(forUpdating: file)
  }
}
