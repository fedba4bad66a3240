import CJail

/// Runs Python code that nobody has read.
///
/// Each run is one process that cannot open a file outside the interpreter's own folders, write
/// anywhere, start a process, reach a network or another process, or outlive the run; its time,
/// memory and output are bounded. It gets bytes on standard input and gives back what it writes to
/// descriptor 3. ``JailRun/layers`` says what held it. Where nothing can, ``run(_:input:)``
/// refuses.
///
/// What it does not hide: with ``JailLayers/landlock`` alone, names, sizes and dates of files can
/// be asked for; with ``JailLayers/seccomp`` alone, files that the user may read can be read.
public struct Jail: Sendable {
  /// The interpreter that runs the code.
  public let interpreter: PythonInterpreter
  /// How much each run may use.
  public var limits: JailLimits
  /// Layers to do without, as on a machine that lacks them.
  var excluded: JailLayers = []

  /// Makes a jail.
  public init(interpreter: PythonInterpreter, limits: JailLimits = JailLimits()) {
    self.interpreter = interpreter
    self.limits = limits
  }

  /// Makes a jail for the system's Python 3.
  ///
  /// - Throws: ``JailError/noPython(searched:)`` if there is none.
  public static func system(limits: JailLimits = JailLimits()) throws(JailError) -> Jail {
    Jail(interpreter: try .system(), limits: limits)
  }

  /// Runs `code` once with `input` on standard input, and waits for its end.
  ///
  /// Cost: starting the interpreter, about 0.03 s, and the calling thread meanwhile.
  ///
  /// - Throws: ``JailError`` if the code was not run at all; whatever the code itself does is in
  ///   the result.
  public func run(_ code: String, input: [UInt8] = []) throws(JailError) -> JailRun {
    // Not -I, which would ignore the fixed hash seed; the environment has nothing else to ignore.
    let python = [interpreter.path, "-s", "-S", "-B", "-X", "utf8", "-c", code]
    #if os(macOS)
      let command =
        ["/usr/bin/sandbox-exec", "-p", SandboxProfile(for: interpreter).text] + python
    #else
      let command = python
    #endif
    let request = JailRequest(
      command: command, environment: interpreter.environment,
      readable: interpreter.readableFolders, executable: interpreter.executables, limits: limits,
      excluded: excluded)
    let ending: JailRun.Ending
    switch (request.run(input: input), request.code) {
    case (CJAIL_EXITED, let status): ending = .exited(status: status)
    case (CJAIL_SIGNALED, let number): ending = .signaled(number: number)
    case (CJAIL_TIMED_OUT, _): ending = .timedOut
    case (CJAIL_OVERFLOWED, _): ending = .tooMuchResult
    case (CJAIL_NO_LAYER, _):
      throw .noLayer(found: JailLayers.available.subtracting(excluded))
    default:
      throw .setupFailed(
        step: request.stage, problem: request.problem, interpreter: interpreter.path)
    }
    return request.result(ending: ending)
  }
}
