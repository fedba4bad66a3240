import Foundation

/// The system's Python 3, with what it must be able to read in order to start.
public struct PythonInterpreter: Sendable, Hashable {
  /// The program itself, links resolved.
  public let path: String
  /// Folders with the libraries that it loads.
  public let readableFolders: [String]
  /// The program and the loader that starts it: all that may be executed.
  public let executables: [String]

  /// Takes the program at `path`.
  ///
  /// - Throws: ``JailError/noPython(searched:)`` if there is no program, or only a script that
  ///   would start one.
  public init(path: String) throws(JailError) {
    let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    guard Self.isProgram(resolved) else { throw .noPython(searched: [path]) }
    self.path = resolved
    let prefix = URL(fileURLWithPath: resolved).deletingLastPathComponent()
      .deletingLastPathComponent().path
    // Not /etc: libraries are found by the loader's own folders or by LD_LIBRARY_PATH.
    readableFolders =
      ["/usr/lib", "/usr/lib64", "/lib", "/lib64"] + (prefix == "/usr" ? [] : ["\(prefix)/lib"])
    executables =
      [resolved]
      + [
        "/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-x86_64.so.1",
        "/lib/ld-musl-aarch64.so.1",
      ].filter { FileManager.default.fileExists(atPath: $0) }
  }

  /// Finds the system's Python 3: `PLUMB_PYTHON` if it is set, the usual places, then `PATH`.
  ///
  /// Launchers that are scripts (pyenv's, for one) are passed over: in the jail nothing else
  /// starts.
  ///
  /// - Throws: ``JailError/noPython(searched:)`` with every path that was tried.
  public static func system(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(JailError) -> PythonInterpreter {
    if let named = environment["PLUMB_PYTHON"] { return try PythonInterpreter(path: named) }
    let folders =
      ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]
      + (environment["PATH"] ?? "").split(separator: ":").map(String.init)
    var searched: [String] = []
    for folder in folders where !searched.contains("\(folder)/python3") {
      searched.append("\(folder)/python3")
      if let found = try? PythonInterpreter(path: "\(folder)/python3") { return found }
    }
    throw .noPython(searched: searched)
  }

  /// Python's settings come from here alone: a fixed hash seed, so that sets and dictionaries have
  /// the same order in every run.
  var environment: [String] {
    // `python3 -I` would ignore the seed; with no other variable set, `-s` and this are the same.
    let seed = ["PYTHONHASHSEED=0"]
    guard let own = readableFolders.last, own != "/lib64" else { return seed }
    return seed + ["LD_LIBRARY_PATH=\(own)"]
  }

  private static func isProgram(_ path: String) -> Bool {
    guard FileManager.default.isExecutableFile(atPath: path),
      let file = FileHandle(forReadingAtPath: path),
      let start = try? file.read(upToCount: 2)
    else { return false }
    return start.count == 2 && start != Data("#!".utf8)
  }
}
