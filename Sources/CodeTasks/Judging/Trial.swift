/// One candidate before its judge: everything that is run to reach a verdict.
struct Trial {
  /// What is wrong with the candidate.
  struct Finding {
    let verdict: Verdict
    var reason: String
    var counterexample: Counterexample?
  }

  private let judge: CodeJudge
  private let source: String
  private(set) var forbiddenCalls: [JailRun.ForbiddenCall] = []
  private(set) var layers: JailLayers = []
  private(set) var inputs = 0
  private(set) var seconds = 0.0

  init(judge: CodeJudge, source: String) {
    self.judge = judge
    self.source = source
  }

  /// Returns what is wrong, or nil if nothing is.
  mutating func run() throws -> Finding? {
    let found = try firstFinding(among: judge.cases)
    if var finding = found?.finding, let index = found?.index {
      // The smallest inputs come in the order of their size: no smaller one fails.
      if index >= judge.smallCount { finding = try shrunk(finding) }
      return try confirmed(finding)
    }
    if let finding = found?.finding { return finding }
    return try insideFinding()
  }

  private func blocked() -> Finding? {
    guard !forbiddenCalls.isEmpty else { return nil }
    let calls = forbiddenCalls.map { "\($0.name) (\($0.count))" }.joined(separator: ", ")
    return Finding(verdict: .blocked, reason: "it tried forbidden calls: \(calls)")
  }

  private mutating func ask(
    _ cases: ArraySlice<JudgedCase>, check: String? = nil
  ) throws(JailError) -> CandidateRun {
    let run = try CandidateRun(
      source, entry: judge.task.entry, inputs: cases.map(\.input)[...], check: check,
      harness: judge.oracle.harness)
    if forbiddenCalls.isEmpty { forbiddenCalls = run.forbiddenCalls }
    layers = run.layers
    seconds += run.seconds
    if check == nil {
      // The input that ended the process was given too.
      inputs += run.answers.count + (run.halt?.isDueToInput == true ? 1 : 0)
    }
    return run
  }

  /// The first case that fails, and how; without an index if the source as a whole does.
  private mutating func firstFinding(
    among cases: [JudgedCase]
  ) throws -> (finding: Finding, index: Int?)? {
    var start = 0
    while start < cases.count {
      // A short first list: most wrong answers need no more, and may be slow in what follows.
      let end = start == 0 ? min(64, cases.count) : cases.count
      let run = try ask(cases[start..<end])
      if let blocked = blocked() { return (blocked, nil) }
      if let failed = try failure(in: run, of: cases, from: start) { return failed }
      start += run.answers.count
      guard let halt = run.halt, !(run.isWorthResuming && seconds < judge.effort.seconds) else {
        continue
      }
      let (verdict, reason) = halt.explanation(entry: judge.task.entry)
      if halt.isDueToInput, start < cases.count {
        return (unanswered(verdict, reason, cases[start]), start)
      }
      return (Finding(verdict: verdict, reason: reason), nil)
    }
    return nil
  }

  /// The first of a run's answers that is wrong or an exception.
  private func failure(
    in run: CandidateRun, of cases: [JudgedCase], from start: Int
  ) throws -> (finding: Finding, index: Int?)? {
    var values: [(judged: JudgedCase, got: PythonValue)] = []
    for (judged, answer) in zip(cases[start...], run.answers) {
      if case .value(let got, _) = answer { values.append((judged, got)) }
    }
    var opinions = try judge.oracle.judge(values)[...]
    for (index, answer) in zip(start..., run.answers) {
      switch answer {
      case .value(let got, let changedInput):
        if opinions.popFirst() == true { continue }
        let counterexample = Counterexample(
          input: cases[index].input, expected: cases[index].expected, got: got,
          changedInput: changedInput)
        return (Self.wrong(counterexample), index)
      case .raised(let failure):
        return (unanswered(failure.verdict, failure.text, cases[index]), index)
      }
    }
    return nil
  }

  private static func wrong(_ counterexample: Counterexample) -> Finding {
    Finding(verdict: .wrong, reason: "\(counterexample)", counterexample: counterexample)
  }

  private func unanswered(_ verdict: Verdict, _ reason: String, _ judged: JudgedCase) -> Finding {
    Finding(
      verdict: verdict, reason: reason,
      counterexample: Counterexample(
        input: judged.input, expected: judged.expected, got: nil, changedInput: false))
  }

  /// The same failure on a smaller input, found by taking steps down for as long as it fails.
  private mutating func shrunk(_ finding: Finding) throws -> Finding {
    // A timeout costs seconds each time, and the others say little about the input.
    guard let space = judge.task.inputs, [.wrong, .exception].contains(finding.verdict) else {
      return finding
    }
    var smallest = finding
    for _ in 0..<judge.effort.shrinkingRounds {
      guard seconds < judge.effort.seconds, let input = smallest.counterexample?.input,
        // An example of the task may lie outside the inputs that it declares.
        space.size(of: input) != nil
      else { break }
      let smaller = try judge.oracle.cases(Array(space.shrinks(of: input).prefix(400)))
      guard let found = try firstFinding(among: smaller), found.index != nil,
        found.finding.verdict == finding.verdict
      else { break }
      smallest = found.finding
    }
    return smallest
  }

  /// The finding as it shows when the input stands alone, or with a word that it then does not.
  private mutating func confirmed(_ finding: Finding) throws -> Finding {
    guard let counterexample = finding.counterexample,
      [.wrong, .exception].contains(finding.verdict)
    else { return finding }
    let alone = JudgedCase(
      input: counterexample.input, expected: counterexample.expected,
      tolerance: judge.cases.first { $0.input == counterexample.input }?.tolerance)
    if let found = try firstFinding(among: [alone]), found.finding.verdict == finding.verdict {
      return found.finding
    }
    var dependent = finding
    dependent.reason += "; only after other inputs, so it keeps something between calls"
    return dependent
  }

  /// What the asserts say that could not be taken out of the task's check.
  private mutating func insideFinding() throws -> Finding? {
    guard let check = judge.task.insideCheck else { return nil }
    let run = try ask([], check: check)
    if let blocked = blocked() { return blocked }
    if let halt = run.halt {
      let (verdict, reason) = halt.explanation(entry: judge.task.entry)
      return Finding(verdict: verdict, reason: reason)
    }
    guard case .raised(let failure) = run.answers.first else { return nil }
    let verdict = failure.type == "AssertionError" ? Verdict.wrong : failure.verdict
    return Finding(verdict: verdict, reason: failure.text)
  }
}
