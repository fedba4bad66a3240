/// Why code could not be run in a jail at all.
public enum JailError: Error, Equatable, Sendable {
  /// None of these paths is a Python 3 interpreter.
  case noPython(searched: [String])
  /// The layers found here cannot hold a process.
  case noLayer(found: JailLayers)
  /// The process could not be prepared.
  case setupFailed(step: String, problem: String, interpreter: String)
}

extension JailError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try.
  public var description: String {
    switch self {
    case .noPython(let searched):
      "No Python 3 interpreter at \(searched.joined(separator: ", ")); install python3, or name "
        + "one with PLUMB_PYTHON."
    case .noLayer(let found):
      "Generated code is not run here: this machine offers \(found), and a jail needs seccomp, or "
        + "Landlock and namespaces together, or macOS's sandbox-exec; use Linux 5.13 or later, "
        + "outside a container that forbids them."
    case .setupFailed(let step, let problem, let interpreter):
      "The jail for \(interpreter) failed while \(step): \(problem); try another interpreter with "
        + "PLUMB_PYTHON, or raise the limits."
    }
  }
}
