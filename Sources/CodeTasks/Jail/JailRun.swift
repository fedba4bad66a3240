/// What one run in a jail did.
public struct JailRun: Sendable {
  /// How a run ended.
  public enum Ending: Sendable, Equatable {
    /// By itself, with this status.
    case exited(status: Int)
    /// By this signal: a crash, or a limit that the kernel enforces.
    case signaled(number: Int)
    /// By the host, at ``JailLimits/seconds``.
    case timedOut
    /// By the host, at ``JailLimits/resultBytes``.
    case tooMuchResult
  }

  /// A forbidden system call that was tried, and denied.
  public struct ForbiddenCall: Sendable, Equatable, Codable {
    /// The call's name, such as `socket`.
    public let name: String
    /// How often it was tried.
    public let count: Int
  }

  /// The layers that held the process.
  public let layers: JailLayers
  /// How it ended.
  public let ending: Ending
  /// What it wrote to standard output, cut at ``JailLimits/outputBytes``.
  public let output: [UInt8]
  /// What it wrote to standard error, cut likewise.
  public let errors: [UInt8]
  /// What it wrote to the result descriptor.
  public let result: [UInt8]
  /// Bytes it wrote to standard output and standard error, kept or not.
  public let writtenBytes: UInt64
  /// What it was allowed to use.
  public let limits: JailLimits
  /// Seconds on the clock, the jail included.
  public let seconds: Double
  /// Seconds of processor time.
  public let processorSeconds: Double
  /// Forbidden calls, in the order of their first try; empty without ``JailLayers/witness``.
  public let forbiddenCalls: [ForbiddenCall]
}
