/// The program inside the jail that takes a candidate and inputs and sends back answers.
///
/// Frames are lines on the result descriptor that begin with a nonce made for the run, so neither
/// printing nor guessing the descriptor makes an answer. A candidate that digs the nonce out of the
/// interpreter can send frames of its own; all it can say in them is what it answers.
struct Harness: Sendable {
  /// What came of one input.
  enum Answer: Sendable {
    case value(PythonValue, changedInput: Bool)
    case raised(Failure)
  }

  /// An exception.
  struct Failure: Sendable {
    let type: String
    let message: String
    let isMemory: Bool
    /// The system denied something.
    let isDenied: Bool

    var text: String { message.isEmpty ? type : "\(type): \(message)" }
  }

  /// How far the candidate came.
  enum Stage: Sendable {
    case nothing
    case syntax(problem: String, line: Int)
    case missing
    case failedLoading(Failure)
    case loaded
  }

  /// One process.
  struct Process: Sendable {
    var stage = Stage.nothing
    var answers: [Answer] = []
    /// Frames of no kind that a candidate gives rise to, as they came.
    var other: [JSONText] = []
    var isDone = false
    let jail: JailRun
  }

  let jail: Jail

  /// Runs `source` and calls its `entry` with each input, in order, in one process.
  ///
  /// With `check`, a HumanEval check function, that is called instead and gives one answer.
  func run(
    _ source: String, entry: String, inputs: ArraySlice<[PythonValue]>, check: String? = nil
  ) throws(JailError) -> Process {
    var members = [
      JSONText.Member(name: "entry", value: .string(entry)),
      JSONText.Member(
        name: "cases", value: .array(inputs.map { .array($0.map(\.tagged)) })),
    ]
    if let check { members.append(JSONText.Member(name: "check", value: .string(check))) }
    return try process("run", source: source, members: members)
  }

  /// Takes the cases with literal values out of a HumanEval test.
  func extract(_ source: String) throws(JailError) -> Process {
    try process("extract", source: source, members: [])
  }

  private func process(
    _ action: String, source: String, members: [JSONText.Member]
  ) throws(JailError) -> Process {
    var system = SystemRandomNumberGenerator()
    let nonce = String(system.next(), radix: 36) + String(system.next(), radix: 36)
    let request = JSONText.object(
      [
        JSONText.Member(name: "do", value: .string(action)),
        JSONText.Member(name: "nonce", value: .string(nonce)),
        JSONText.Member(name: "source", value: .string(source)),
      ] + members)
    let program = String(decoding: PackageResources.harness_py, as: UTF8.self)
    let run = try jail.run(program, input: Array(request.text.utf8))
    var process = Process(jail: run)
    let prefix = Array("\(nonce) ".utf8)
    for line in run.result.split(separator: UInt8(ascii: "\n")) where line.starts(with: prefix) {
      guard !process.isDone, let frame = try? JSONReader.read(Array(line.dropFirst(prefix.count)))
      else { continue }
      process.take(frame)
    }
    return process
  }
}

extension Harness.Process {
  fileprivate mutating func take(_ frame: JSONText) {
    if let value = frame["value"].flatMap(PythonValue.init(tagged:)) {
      answers.append(.value(value, changedInput: frame["changed"]?.boolean ?? false))
    } else if let failure = frame["raised"].flatMap(Harness.Failure.init) {
      answers.append(.raised(failure))
    } else if let problem = frame["syntax"]?.string {
      stage = .syntax(problem: problem, line: frame["line"]?.integer ?? 0)
    } else if let failure = frame["load"].flatMap(Harness.Failure.init) {
      stage = .failedLoading(failure)
    } else if frame["missing"] != nil {
      stage = .missing
    } else if frame["loaded"] != nil {
      stage = .loaded
    } else if frame["done"] != nil {
      isDone = true
    } else {
      other.append(frame)
    }
  }
}

extension Harness.Failure {
  fileprivate init?(_ frame: JSONText) {
    guard let type = frame["error"]?.string, let message = frame["message"]?.string else {
      return nil
    }
    self.type = type
    self.message = message
    isMemory = frame["memory"]?.boolean ?? false
    isDenied = frame["denied"]?.boolean ?? false
  }
}
