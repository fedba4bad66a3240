import CodeTasks

/// Verdicts on a terminal.
enum SolveText {
  /// Says what holds the programs that are about to run.
  static func printLayers() {
    let here = JailLayers.available
    let missing = JailLayers.possible.subtracting(here)
    Swift.print(
      "Jail: \(here)" + (missing.isEmpty ? "." : "; not on this machine: \(missing)."))
  }

  /// Prints one program with its verdict.
  static func print(_ report: CompletionReport, name: String, note: String = "") {
    Swift.print("\n\(name)")
    if !note.isEmpty { Swift.print("  \(note)") }
    let lines = report.text.split(separator: "\n", omittingEmptySubsequences: false)
    for line in lines.reversed().drop(while: { $0.allSatisfy(\.isWhitespace) }).reversed() {
      Swift.print("  | \(line)")
    }
    Swift.print("  \(verdict(report))")
  }

  /// Prints every completion of one problem, or one line for each of several, and pass@k.
  static func print(_ suite: CodeSuiteReport) {
    for problem in suite.problems {
      if suite.problems.count == 1 {
        for (index, report) in problem.completions.enumerated() {
          print(report, name: "Completion \(index + 1) of \(problem.completions.count)")
        }
      } else {
        let verdicts = problem.completions.map(\.verdict.rawValue).joined(separator: " ")
        Swift.print("\(problem.task): \(verdicts)")
      }
    }
    Swift.print("")
    for (k, rate) in suite.passAtK.sorted(by: { (Int($0.key) ?? 0) < (Int($1.key) ?? 0) }) {
      let values = [rate.estimate, rate.low, rate.high].map { percent($0) }
      Swift.print("pass@\(k): \(values[0]) (95 % interval \(values[1]) to \(values[2]))")
    }
  }

  private static func verdict(_ report: CompletionReport) -> String {
    var text = report.verdict.rawValue
    if let reason = report.reason { text += ": \(reason)" }
    if let counterexample = report.counterexample, counterexample.got == nil {
      text += " on \(counterexample.input.map(\.description).joined(separator: ", "))"
    }
    if report.counterexample?.changedInput == true { text += "; it changed its input" }
    let noun = report.inputs == 1 ? "input" : "inputs"
    text += " (\(report.inputs) \(noun), \(tenths(report.seconds * 10)) s"
    return text + (report.checked == .inside ? ", checked inside)" : ")")
  }

  private static func percent(_ share: Double) -> String { "\(tenths(share * 1000)) %" }

  /// A number of tenths as a decimal fraction.
  private static func tenths(_ tenths: Double) -> String {
    let whole = Int(tenths.rounded())
    return "\(whole / 10).\(whole % 10)"
  }
}
