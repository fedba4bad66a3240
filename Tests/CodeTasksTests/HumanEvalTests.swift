import Foundation
import Testing

@testable import CodeTasks

@Suite(
  "human-eval files",
  .enabled(if: !LayerSet.here.isEmpty, "This machine has no layer that can hold code."))
struct HumanEvalTests {
  /// A problem of our own in the format of human-eval.
  private func line(_ entry: String, prompt: String, test: String) -> String {
    func member(_ name: String, _ text: String) -> JSONText.Member {
      JSONText.Member(name: name, value: .string(text))
    }
    return JSONText.object([
      member("task_id", "Own/\(entry)"), member("prompt", prompt), member("entry_point", entry),
      member("canonical_solution", "    pass\n"), member("test", test),
    ]).text
  }

  private func tasks(_ lines: [String]) throws -> [CodeTask] {
    let file = FileManager.default.temporaryDirectory.appending(path: "own-\(UUID()).jsonl")
    try (lines.joined(separator: "\n") + "\n\n").write(to: file, atomically: false, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    return try HumanEval.tasks(file: file.path, jail: .system())
  }

  @Test("Literal asserts are compared outside, and an object that equals everything fails")
  func outside() throws {
    let test = """
      METADATA = {}
      def check(candidate):
          assert candidate([1, 2], (3, 'é')) == {'a': [1.5, None]}, "first"
          assert candidate([], (-1, '')) == {}
          assert abs(candidate([0], (0, '')) - 0.5) < 1e-6
          assert True, "nothing"
      """
    let task = try #require(
      try tasks([line("f", prompt: "def f(a, b):\n", test: test)]).first)
    #expect(task.name == "Own/f")
    #expect(task.insideCheck == nil)
    #expect(task.examples.count == 3)
    #expect(task.examples[0].input[1] == .tuple([.integer(3), .string("é")]))
    #expect(task.examples[2].tolerance == 1e-6)
    let judge = try CodeJudge(task: task, jail: .system())
    let right = """
          if a == [0]: return 0.5000001
          return {'a': [1.5, None]} if a else {}
      """
    #expect(try judge.report(onCompletion: right).verdict == .pass)
    let cheat = "    return type('Any', (), {'__eq__': lambda s, o: True})()\n"
    let report = try judge.report(onCompletion: cheat)
    #expect(report.verdict == .wrong)
    #expect(report.checked == .outside)
    #expect(
      report.reason == "[1, 2], (3, \"\\u00e9\") -> <an object of type Any>, "
        + "expected {\"a\": [1.5, None]}")
  }

  @Test("Asserts that compute stay inside, and reports say so")
  func inside() throws {
    let test = """
      def check(candidate):
          assert candidate(2) == 4
          for i in range(5):
              assert candidate(i) == i * i
      """
    let task = try #require(
      try tasks([line("square", prompt: "def square(x):\n", test: test)]).first)
    #expect(task.examples.count == 1)
    let judge = try CodeJudge(task: task, jail: .system())
    let right = try judge.report(onCompletion: "    return x * x\n")
    #expect(right.verdict == .pass && right.checked == .inside)
    let wrong = try judge.report(onCompletion: "    return 2 * x\n")
    #expect(wrong.verdict == .wrong && wrong.counterexample == nil)
    #expect(try judge.report(onCompletion: "    return x ** (2 / x)\n").verdict == .wrong)
    #expect(try judge.report(onCompletion: "    return 5\n").counterexample != nil)
  }

  @Test("Numbers compare as the asserts would")
  func numbers() throws {
    let test = "def check(candidate):\n    assert candidate(0) == True\n"
    let task = try #require(try tasks([line("f", prompt: "def f(x):\n", test: test)]).first)
    let judge = try CodeJudge(task: task, jail: .system())
    #expect(try judge.report(onCompletion: "    return 1.0\n").verdict == .pass)
    #expect(try judge.report(onCompletion: "    return '1'\n").verdict == .wrong)
  }

  @Test("A malformed line is named")
  func malformed() throws {
    #expect {
      try tasks([#"{"task_id": "Own/1", "prompt": "p", "entry_point": "f"}"#])
    } throws: { error in
      "\(error)".hasSuffix(".jsonl, problem 1: 'test' is missing.")
    }
    #expect {
      try tasks([line("f", prompt: "def f():\n", test: "def check(")])
    } throws: { error in
      "\(error)".hasSuffix("'test' is no Python that can be taken apart.")
    }
  }
}
