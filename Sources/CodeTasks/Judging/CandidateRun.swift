import Foundation

/// A candidate's answers to a list of inputs, from one process.
struct CandidateRun: Sendable {
  /// Why the answers stop before the inputs do.
  enum Halt: Sendable {
    case syntax(problem: String, line: Int)
    case missing
    case failedLoading(Harness.Failure)
    case timeout(String)
    case memory(String)
    case crash(String)
    case blocked(String)
    case noOutput(String)
  }

  /// One answer for each input, from the first on.
  let answers: [Harness.Answer]
  /// Why there are no more, if there are fewer than inputs.
  let halt: Halt?
  let forbiddenCalls: [JailRun.ForbiddenCall]
  let layers: JailLayers
  let seconds: Double

  /// Asks for all `inputs`; with `check`, for the one answer of that function.
  init(
    _ source: String, entry: String, inputs: ArraySlice<[PythonValue]>, check: String? = nil,
    harness: Harness
  ) throws(JailError) {
    let wanted = check == nil ? inputs.count : 1
    let process = try harness.run(source, entry: entry, inputs: inputs, check: check)
    answers = Array(process.answers.prefix(wanted))
    layers = process.jail.layers
    seconds = process.jail.seconds
    forbiddenCalls = process.jail.forbiddenCalls
    halt = Self.halt(of: process, isComplete: answers.count == wanted)
  }

  /// Whether a new process could answer the rest: the limit of time is meant for one input, and
  /// code that is slow but right must not fail because it was asked often.
  var isWorthResuming: Bool {
    guard case .timeout = halt else { return false }
    return !answers.isEmpty
  }

  private static func halt(of process: Harness.Process, isComplete: Bool) -> Halt? {
    switch process.stage {
    case .syntax(let problem, let line): return .syntax(problem: problem, line: line)
    case .missing: return .missing
    case .failedLoading(let failure): return .failedLoading(failure)
    case .nothing, .loaded: break
    }
    // A wrong architecture or number range: the filter ends the process without asking.
    if process.jail.ending == .signaled(number: Int(SIGSYS)) {
      return .blocked("it made a system call of another kind of machine")
    }
    return isComplete ? nil : halt(of: process.jail)
  }

  private static func halt(of run: JailRun) -> Halt {
    let complaint = String(decoding: run.errors.suffix(2000), as: UTF8.self)
    let allowed = run.limits.processorSeconds
    switch run.ending {
    case .timedOut: return .timeout("it was still running after \(Int(run.limits.seconds)) s")
    // The kernel's limit counts by clock ticks, and a busy machine can make it come early.
    case .signaled(Int(SIGKILL)) where run.processorSeconds > 0.5 * Double(allowed):
      return .timeout("it used more than \(allowed) s of processor time")
    case .signaled where complaint.contains("MemoryError"),
      .exited where complaint.contains("MemoryError"):
      return .memory("it ran out of memory")
    case .signaled(Int(SIGKILL)):
      return .memory("the system killed it, as it does for lack of memory")
    case .signaled(let number): return .crash("it crashed the interpreter with signal \(number)")
    case .tooMuchResult: return .noOutput("it sent more than the result may hold")
    case .exited(let status):
      return .noOutput("the process ended with status \(status) before it answered")
    }
  }
}

extension CandidateRun.Halt {
  /// The verdict that follows, and the reason in a few words.
  func explanation(entry: String) -> (verdict: Verdict, reason: String) {
    switch self {
    case .syntax(let problem, let line): (.syntax, "line \(line): \(problem)")
    case .missing: (.exception, "it does not define '\(entry)'")
    case .failedLoading(let failure): (failure.verdict, failure.text)
    case .timeout(let reason): (.timeout, reason)
    case .memory(let reason): (.memory, reason)
    case .crash(let reason): (.exception, reason)
    case .blocked(let reason): (.blocked, reason)
    case .noOutput(let reason): (.noOutput, reason)
    }
  }

  /// Whether the next input is to blame, rather than the source as a whole.
  var isDueToInput: Bool {
    switch self {
    case .syntax, .missing, .failedLoading: false
    case .timeout, .memory, .crash, .blocked, .noOutput: true
    }
  }
}

extension Harness.Failure {
  var verdict: Verdict { isMemory ? .memory : isDenied ? .blocked : .exception }
}
