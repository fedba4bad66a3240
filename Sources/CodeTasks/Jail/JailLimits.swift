/// How much one run may use.
public struct JailLimits: Sendable, Hashable {
  /// Processor time, whole seconds, at least 1.
  public var processorSeconds = 3
  /// Time on the clock, seconds; for code that sleeps.
  ///
  /// More than ``processorSeconds``, because on a busy machine a calculation waits.
  public var seconds = 10.0
  /// Address space, bytes; macOS does not enforce it.
  public var memoryBytes = 512 << 20
  /// Bytes kept of standard output, and of standard error; what comes after is counted and dropped.
  public var outputBytes = 64 << 10
  /// Bytes accepted as the result; a run that sends more is ended.
  public var resultBytes = 16 << 20

  /// The limits of a short calculation.
  public init() {}
}
