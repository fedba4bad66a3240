/// One completion, judged.
public struct CompletionReport: Sendable, Encodable {
  /// Where the answers were compared.
  public enum Checked: String, Sendable, Codable {
    /// In the host: only inputs went into the jail and only answers came out.
    case outside
    /// Partly in the candidate's own interpreter, by asserts that the candidate could cheat.
    case inside
  }

  /// The completion up to its stop string, or the source that was judged.
  public let text: String
  /// The completion as the model wrote it.
  public let rawText: String
  /// What became of it.
  public let verdict: Verdict
  /// The smallest input found that shows what is wrong, if an input does.
  public let counterexample: Counterexample?
  /// The verdict's reason in one sentence; nil for `pass`.
  public let reason: String?
  /// Where the answers were compared.
  public let checked: Checked
  /// How many inputs it answered or failed on, until its verdict was sure.
  public let inputs: Int
  /// Forbidden calls that it tried.
  public let forbiddenCalls: [JailRun.ForbiddenCall]
  /// What held it while it ran.
  public let layers: [String]
  /// Seconds in the jail.
  public let seconds: Double
}

/// All completions for one task.
public struct CodeReport: Sendable, Encodable {
  /// The task's name.
  public let task: String
  /// One report for each completion, in order.
  public let completions: [CompletionReport]
  /// pass@k by k.
  public let passAtK: [String: PassAtK]

  /// Gathers reports on one task.
  ///
  /// Programs that were chosen rather than sampled have no pass@k.
  public init(
    task: String, completions: [CompletionReport], passAtK: [String: PassAtK] = [:]
  ) {
    self.task = task
    self.completions = completions
    self.passAtK = passAtK
  }
}
