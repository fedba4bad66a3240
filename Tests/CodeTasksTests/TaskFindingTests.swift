import Foundation
import TemporaryFolders
import Testing

@testable import CodeTasks

@Suite(
  "Finding tasks and completions",
  .enabled(if: !LayerSet.here.isEmpty, "This machine has no layer that can hold code."))
struct TaskFindingTests {
  private let folder = TemporaryFolder()

  private func problem(_ name: String) -> String {
    let test = #"def check(candidate):\n    assert candidate(1) == 2\n"#
    return #"{"task_id": "Own/\#(name)", "prompt": "def f(x):\n", "entry_point": "f", "#
      + #""canonical_solution": "    return x + 1\n", "test": "\#(test)"}"#
  }

  @Test("A name is a built-in task, a path a file")
  func names() throws {
    let jail = try Jail.system()
    #expect(try CodeTask.tasks(of: "smallest-equal", jail: jail).map(\.name) == ["smallest-equal"])
    let problems = try folder.write("own.jsonl", problem("0") + "\n" + problem("1") + "\n")
    let tasks = try CodeTask.tasks(of: problems, jail: jail)
    #expect(tasks.map(\.name) == ["Own/0", "Own/1"])
    #expect(try CodeTask.task(named: "Own/1", among: tasks).name == "Own/1")
    #expect(throws: CodeTaskError.unknownProblem(name: "Own/2", first: "Own/0", last: "Own/1")) {
      try CodeTask.task(named: "Own/2", among: tasks)
    }
    #expect(throws: CodeTaskError.unknownTask(name: "smallest", builtIn: ["smallest-equal"])) {
      try CodeTask.tasks(of: "smallest", jail: jail)
    }
    #expect(
      throws: CodeTaskError.unreadable(file: "none.json", problem: "there is no such file")
    ) {
      try CodeTask.tasks(of: "none.json", jail: jail)
    }
  }

  @Test("A file without problems says so")
  func empty() throws {
    let path = try folder.write("own.jsonl", "\n \n")
    let error = #expect(throws: CodeTaskError.self) {
      try CodeTask.tasks(of: path, jail: .system())
    }
    #expect(
      error?.description
        == "\(path): 'task_id' is in no line; the file has no problems.")
  }

  @Test("Completions from a file are judged by problem, and summed up over problems")
  func samples() throws {
    let jail = try Jail.system()
    let tasks = try CodeTask.tasks(
      of: try folder.write("own.jsonl", (0..<3).map { problem("\($0)") }.joined(separator: "\n")),
      jail: jail)
    let samples = try CompletionSamples(
      file: folder.write(
        "samples.jsonl",
        #"""
        {"task_id": "Own/2", "completion": "    return x + 1\nprint(1)"}
        {"task_id": "Own/0", "completion": "    return x"}

        {"task_id": "Own/0", "completion": "    return 2"}
        {"task_id": "Own/2", "completion": "    return 1 + x"}
        """#))
    let answered = try samples.answered(among: tasks)
    #expect(answered.map(\.name) == ["Own/0", "Own/2"])
    let reports = try answered.map { task in
      try CodeJudge(task: task, jail: jail)
        .report(onCompletions: samples.completions[task.name] ?? [], k: [1])
    }
    #expect(reports.map { $0.completions.map(\.verdict) } == [[.wrong, .pass], [.pass, .pass]])
    let suite = CodeSuiteReport(problems: reports, k: [1, 2, 3])
    // Each has one assert; a wrong answer is asked for again, alone.
    #expect(reports.map { $0.completions.map(\.inputs) } == [[2, 1], [1, 1]])
    #expect(suite.passAtK["1"]?.estimate == 0.75)
    #expect(suite.passAtK["2"]?.estimate == 1)
    // No problem has three completions.
    #expect(suite.passAtK["3"] == nil)
    #expect(throws: CodeTaskError.unknownProblem(name: "Own/2", first: "Own/0", last: "Own/0")) {
      try samples.answered(among: Array(tasks[..<1]))
    }
  }

  @Test(
    "A malformed line of completions is named",
    arguments: [
      (#"{"completion": "x"}"#, "'task_id' is missing."),
      (#"{"task_id": "a"}"#, "'completion' is missing."),
      ("[", "'byte 1' is no valid JSON: an end that comes too early."),
    ])
  func malformed(line: String, problem: String) throws {
    let path = try folder.write("samples.jsonl", "\n" + line)
    let error = #expect(throws: CodeTaskError.self) { try CompletionSamples(file: path) }
    #expect(error?.description == "\(path), line 2: \(problem)")
  }

  @Test("The sorted answer comes with its task, and is wrong")
  func known() throws {
    let task = try CodeTask.builtIn("smallest-equal")
    let answer = try #require(task.knownAnswers.first)
    let report = try judge(candidateSource: answer.source, task: task)
    #expect(report.verdict == .wrong)
    #expect(report.counterexample?.input == [.list([.integer(1), .integer(0)])])
  }
}
