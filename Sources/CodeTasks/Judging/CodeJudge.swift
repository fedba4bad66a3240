/// Judges candidates for one task.
///
/// It asks for the answers to the smallest inputs there are, in the order of their size, to the
/// task's examples, and to random inputs; the same seed asks for the same ones. Inputs go into the
/// jail, answers come out, and the comparison happens here, where no candidate can reach it.
public struct CodeJudge: Sendable {
  /// How hard to look for a wrong answer.
  public struct Effort: Sendable {
    /// Inputs tried in the order of their size; up to this many, none is left out.
    public var smallInputs = 1000
    /// Random inputs tried after them.
    public var randomInputs = 300
    /// Rounds of making a failing input smaller.
    public var shrinkingRounds = 40
    /// Seconds for one candidate, over all its processes.
    public var seconds = 20.0

    /// The usual effort: about 0.1 s for a short candidate.
    public init() {}
  }

  /// The task.
  public let task: CodeTask
  /// How hard it looks.
  public let effort: Effort
  let oracle: Oracle
  let cases: [JudgedCase]
  /// The first so many cases are all the smallest inputs, in the order of their size.
  let smallCount: Int

  /// Prepares to judge: makes up the inputs and asks the task's reference about them, once.
  ///
  /// - Throws: ``JailError`` if nothing can be run;
  ///   ``CodeTaskError/referenceFailed(task:input:problem:)``
  ///   or ``CodeTaskError/referenceDisagrees(task:input:expected:got:)`` if the task is wrong.
  public init(task: CodeTask, jail: Jail, seed: UInt64 = 0, effort: Effort = Effort()) throws {
    self.task = task
    self.effort = effort
    oracle = Oracle(
      task: task, harness: Harness(jail: jail), secondsLimit: max(effort.seconds, 1))
    var small: [JudgedCase] = []
    var random: [JudgedCase] = []
    if let space = task.inputs {
      small = try oracle.cases(space.smallest(effort.smallInputs))
      var generator = SeededGenerator(seed: seed)
      random = try oracle.cases(
        (0..<effort.randomInputs).map { _ in space.random(using: &generator) })
    }
    smallCount = small.count
    cases = small + (try oracle.examples()) + random
  }

  /// Judges a whole program.
  ///
  /// Cost: about 0.1 s, at most a little more than ``Effort/seconds``.
  ///
  /// - Throws: ``JailError`` if it could not be run;
  ///   ``CodeTaskError/referenceFailed(task:input:problem:)``
  ///   if the task's checker failed. Whatever the program does is in the report.
  public func report(onSource source: String) throws -> CompletionReport {
    try report(on: source, shown: source, raw: source)
  }

  /// Judges one completion of the task's prompt, cut at its stop strings.
  ///
  /// - Throws: As ``report(onSource:)``.
  public func report(onCompletion completion: String) throws -> CompletionReport {
    let text = CompletionText(completion, stopStrings: task.stopStrings)
    return try report(on: task.prompt + text.cut, shown: text.cut, raw: completion)
  }

  /// Judges completions of the task's prompt, one after the other, and estimates pass@k.
  ///
  /// - Throws: As ``report(onSource:)``; ``CodeTaskError/tooFewCompletions(k:count:)``;
  ///   `CancellationError` between completions, once the calling task is cancelled.
  public func report(onCompletions completions: [String], k: [Int] = [1]) throws -> CodeReport {
    for k in k where k < 1 || k > completions.count {
      throw CodeTaskError.tooFewCompletions(k: k, count: completions.count)
    }
    let reports = try completions.map { completion in
      try Task.checkCancellation()
      return try report(onCompletion: completion)
    }
    let passed = reports.count { $0.verdict == .pass }
    let rates = k.map { (String($0), PassAtK(passed: passed, of: reports.count, k: $0)) }
    return CodeReport(
      task: task.name, completions: reports, passAtK: Dictionary(rates) { first, _ in first })
  }

  private func report(on source: String, shown: String, raw: String) throws -> CompletionReport {
    var trial = Trial(judge: self, source: source)
    let finding = try trial.run()
    return CompletionReport(
      text: shown, rawText: raw, verdict: finding?.verdict ?? .pass,
      counterexample: finding?.counterexample, reason: finding?.reason,
      checked: task.insideCheck == nil ? .outside : .inside, inputs: trial.inputs,
      forbiddenCalls: trial.forbiddenCalls, layers: trial.layers.names, seconds: trial.seconds)
  }
}

/// Judges one program for one task: ``CodeJudge`` in one call, with the system's Python.
///
/// - Throws: As ``CodeJudge/init(task:jail:seed:effort:)`` and ``CodeJudge/report(onSource:)``.
public func judge(
  candidateSource: String, task: CodeTask, seed: UInt64 = 0
) throws -> CompletionReport {
  try CodeJudge(task: task, jail: .system(), seed: seed).report(onSource: candidateSource)
}

/// Judges completions of one task's prompt: ``CodeJudge`` in one call, with the system's Python.
///
/// - Throws: As ``CodeJudge/init(task:jail:seed:effort:)`` and
///   ``CodeJudge/report(onCompletions:k:)``.
public func judge(
  completions: [String], task: CodeTask, k: [Int] = [1], seed: UInt64 = 0
) throws -> CodeReport {
  try CodeJudge(task: task, jail: .system(), seed: seed).report(onCompletions: completions, k: k)
}
