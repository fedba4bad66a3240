import Foundation

/// Writes a file under a temporary name in the folder of `path`, then gives it its own name.
///
/// Whoever opens `path` meanwhile sees the old file or the new one, never a part. A failure leaves
/// the old file as it was.
func writeAtomically(to path: String, _ write: (FileHandle) throws -> Void) throws {
  let target = URL(fileURLWithPath: path)
  let temporary = target.deletingLastPathComponent()
    .appendingPathComponent(".\(target.lastPathComponent).\(UUID().uuidString).partial")
  do {
    try Data().write(to: temporary, options: .withoutOverwriting)
    let file = try FileHandle(forWritingTo: temporary)
    do {
      try write(file)
      try file.synchronize()
      try file.close()
    } catch {
      try? file.close()
      throw error
    }
    // Both paths are strings that Swift keeps alive for the call. FileManager cannot replace a file
    // in one step on Linux.
    if unsafe rename(temporary.path, target.path) != 0 {
      throw NSError(domain: NSPOSIXErrorDomain, code: Int(errno))
    }
  } catch {
    try? FileManager.default.removeItem(at: temporary)
    throw error
  }
}
