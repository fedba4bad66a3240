import Foundation
import Testing

@testable import CodeTasks

@Suite("Task files")
struct CodeTaskFileTests {
  private let whole = [
    "format": "1", "name": "\"double\"", "prompt": "[\"def double(x):\", \"\"]",
    "entry": "\"double\"", "examples": "[{\"input\": [2], \"expected\": 4}]",
    "parameters": "[{\"name\": \"x\", \"integer\": [0, 9]}]",
  ]

  private func task(_ changes: [String: String?] = [:]) throws -> CodeTask {
    let fields = whole.merging(changes.compactMapValues { $0 }) { $1 }
      .filter { name, _ in changes[name] ?? "" != nil }
    let text = fields.map { "\"\($0)\": \($1)" }.joined(separator: ", ")
    return try CodeTask(json: Array("{\(text)}".utf8), file: "t.json")
  }

  @Test("Are read whole")
  func reads() throws {
    let task = try task()
    #expect(task.prompt == "def double(x):\n")
    #expect(task.stopStrings == CodeTask.usualStopStrings)
    #expect(task.examples[0].expected == .integer(4))
    #expect(task.inputs?.smallest(100).count == 10)
    guard case .examples = task.authority else { Issue.record("The examples decide."); return }
  }

  @Test(
    "Name the field that is wrong",
    arguments: [
      ("format", "2", "'format' must be 1."),
      ("prompt", "3", "'prompt' must be a list of strings."),
      ("entry", "\"a.b.c\"", "'entry' must be 'function' or 'Class.method', not 'a.b.c'."),
      ("entry", "\"f()\"", "'entry' must be 'function' or 'Class.method', not 'f()'."),
      ("comparison", "\"loose\"", "'comparison' must be 'strict' or 'python'."),
      ("tolerance", "-1", "'tolerance' must be a number, 0 or more."),
      (
        "examples", "[{\"input\": [1, 2]}]",
        "'examples[0].input' must be a list of 1 values, one per parameter, not 2."
      ),
      (
        "examples", "[{\"input\": [1]}]",
        "'reference' is missing, and not every example has an 'expected' value."
      ),
      (
        "parameters", "[{\"name\": \"x\", \"integer\": [3, 1]}]",
        "'parameters[0].integer' must be two whole numbers, [from, through]."
      ),
      (
        "parameters",
        "[{\"name\": \"x\", \"list\": {\"of\": {\"boolean\": true}, \"length\": [-1, 2]}}]",
        "'parameters[0].list.length' must not be negative."
      ),
      (
        "parameters", "[{\"name\": \"x\"}]",
        "'parameters[0]' must have one of 'integer', 'boolean', 'string', 'list' and 'choice'."
      ),
    ])
  func wrongField(field: String, value: String, problem: String) {
    #expect {
      try task([field: value])
    } throws: { "\($0)" == "t.json: \(problem)" }
  }

  @Test("Name the field that is missing, and the place of broken JSON")
  func missing() {
    #expect {
      try CodeTask(json: Array(#"{"format": 1}"#.utf8), file: "t.json")
    } throws: { "\($0)" == "t.json: 'name' is missing." }
    #expect {
      try CodeTask(json: Array(#"{"format" 1}"#.utf8), file: "t.json")
    } throws: { "\($0)" == "t.json: 'byte 10' is no valid JSON: a missing colon." }
  }

  @Test("Say which file cannot be read, and which task is unknown")
  func unreadable() {
    #expect {
      try CodeTask(file: "/nowhere/t.json")
    } throws: {
      "\($0)"
        == "/nowhere/t.json cannot be read (there is no such file); check the path and its "
        + "permissions."
    }
    #expect {
      try CodeTaskError.source(of: "/usr")
    } throws: {
      "\($0)" == "/usr cannot be read (not a readable file); check the path and its permissions."
    }
    #expect {
      try CodeTask.builtIn("largest-equal")
    } throws: {
      "\($0)"
        == "There is no task 'largest-equal'; built in: smallest-equal; or give a task file."
    }
  }

  @Test(
    "With a reference that is wrong are refused",
    .enabled(if: !LayerSet.here.isEmpty, "This machine has no layer that can hold code."))
  func references() throws {
    func problem(_ reference: String) -> String {
      do {
        let task = try task(["reference": JSONText.string(reference).text])
        _ = try CodeJudge(task: task, jail: .system())
        return "none"
      } catch { return "\(error)" }
    }
    #expect(problem("def double(x): return x + x") == "none")
    #expect(
      problem("def double(x): return x * x + 1")
        == "The reference of task 'double' returns 5 for 2, but the example expects 4; correct one "
        + "of them.")
    #expect(
      problem("def double(x): return y")
        == "The reference of task 'double' fails on 2: NameError: name 'y' is not defined; correct "
        + "the task's reference or checker.")
    #expect(problem("def triple(x): return x").contains("it does not define 'double'"))
  }

  @Test(
    "With a checker accept each answer that it accepts",
    .enabled(if: !LayerSet.here.isEmpty, "This machine has no layer that can hold code."))
  func checkers() throws {
    let checker = "def check(x, answer):\n    return answer in (x, -x)"
    let task = try task(["checker": JSONText.string(checker).text, "entry": "\"root\""])
    let judge = try CodeJudge(task: task, jail: .system())
    #expect(try judge.report(onSource: "def root(x): return -x").verdict == .pass)
    let wrong = try judge.report(onSource: "def root(x): return x if x < 5 else 0")
    #expect(wrong.reason == "5 -> 0")
    let odd = try judge.report(onSource: "def root(x): return object()")
    #expect(odd.reason == "0 -> <an object of type object>")
  }
}
