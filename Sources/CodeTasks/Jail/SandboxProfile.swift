/// What `sandbox-exec` lets the interpreter do on macOS: start, and read its own files.
///
/// Not tried on a Mac by us yet; the tests of the jail run there as they do on Linux.
struct SandboxProfile {
  /// The profile in sandbox-exec's own language.
  let text: String

  init(for interpreter: PythonInterpreter) {
    // A framework's Python keeps its library beside `lib` and starts a second program inside
    // itself.
    let library = interpreter.readableFolders.last ?? "/usr/lib"
    let prefix = library.hasSuffix("/lib") ? String(library.dropLast(4)) : library
    text = """
      (version 1)
      (deny default)
      (allow process-exec (literal "\(interpreter.path)") (subpath "\(prefix)"))
      (allow sysctl-read)
      (allow file-read-metadata)
      (allow file-read* (literal "/") (literal "/dev/urandom") (literal "\(interpreter.path)")
        (subpath "/usr/lib") (subpath "/System/Library") (subpath "/System/Volumes/Preboot")
        (subpath "/Library/Developer/CommandLineTools") (subpath "\(prefix)"))
      """
  }
}
