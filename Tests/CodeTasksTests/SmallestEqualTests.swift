import Testing

@testable import CodeTasks

@Suite(
  "The smallest-equal task",
  .enabled(if: !LayerSet.here.isEmpty, "This machine has no layer that can hold code."))
struct SmallestEqualTests {
  private func judge() throws -> CodeJudge {
    try CodeJudge(task: .builtIn("smallest-equal"), jail: .system())
  }

  @Test("The sorted answer is wrong, and two elements show it")
  func sortedAnswer() throws {
    let report = try judge().report(onSource: CodeTask.sortedAnswer)
    #expect(report.verdict == .wrong)
    #expect(report.checked == .outside)
    let counterexample = try #require(report.counterexample)
    #expect(counterexample.input == [.list([.integer(1), .integer(0)])])
    #expect(counterexample.expected == .integer(-1))
    #expect(counterexample.got == .integer(0))
    #expect(counterexample.changedInput)
    #expect(report.reason == "[1, 0] -> 0, expected -1")
  }

  @Test("The sorted answer is also caught as a completion of the prompt")
  func asCompletion() throws {
    let task = try CodeTask.builtIn("smallest-equal")
    let lines = CodeTask.sortedAnswer.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0.contains("def smallestEqual") })
    let completion =
      "\n" + lines[(start + 1)...].joined(separator: "\n") + "\nprint('more')\nclass Other: pass"
    let right = """

              for i, value in enumerate(nums):
                  if i % 10 == value:
                      return i
              return -1
      """
    let report = try judge().report(onCompletions: [completion, right, right], k: [1, 2])
    #expect(report.task == task.name)
    #expect(report.completions.map(\.verdict) == [.wrong, .pass, .pass])
    #expect(report.completions[0].text.hasSuffix("return -1\n"))
    #expect(report.completions[0].rawText == completion)
    let rate = try #require(report.passAtK["1"])
    #expect(abs(rate.estimate - 2.0 / 3) < 1e-12)
    #expect(report.passAtK["2"]?.estimate == 1)
  }

  @Test(
    "A wrong answer is shown by its smallest input",
    arguments: [
      ("return 0", "[1] -> 0, expected -1"),
      ("return True if nums[0] == 0 else -1", "[0] -> True, expected 0"),
      ("return next((i for i, v in enumerate(nums) if i == v), -1.0)", "[1] -> -1.0, expected -1"),
      ("return [i for i, v in enumerate(nums) if i % 10 == v][0]", "[1]: IndexError"),
    ])
  func smallest(body: String, reason: String) throws {
    let source = "class Solution:\n    def smallestEqual(self, nums):\n        \(body)\n"
    let report = try judge().report(onSource: source)
    if report.verdict == .exception {
      #expect(report.counterexample?.input == [.list([.integer(1)])])
      #expect(report.reason == "IndexError: list index out of range")
    } else {
      #expect(report.verdict == .wrong)
      #expect(report.reason == reason)
    }
  }

  @Test("An error that only long lists show is found at random and made small")
  func shrinks() throws {
    let source = """
      class Solution:
          def smallestEqual(self, nums):
              for i, value in enumerate(nums):
                  if i == value:
                      return i
              return -1
      """
    let report = try judge().report(onSource: source)
    #expect(report.verdict == .wrong)
    // The index must be 10 or more for its last digit to matter: ten values, then a 0. The first
    // value cannot be 0, the second not 1, and so on, so no smaller input fails.
    let values = "[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]"
    #expect(report.reason == "\(values) -> -1, expected 10")
  }

  @Test(
    "Every verdict is reached",
    arguments: [
      ("nums.sort(", Verdict.syntax), ("return undefined", .exception),
      ("while True: pass", .timeout),
      ("return bytearray(1 << 40)", .memory), ("import os; os.fork()", .blocked),
      ("open('/etc/passwd')", .blocked), ("import os; os._exit(0)", .noOutput),
      ("import sys; sys.exit()", .exception), ("import ctypes; ctypes.string_at(8)", .exception),
      ("return min((i for i, v in enumerate(nums) if i % 10 == v), default=-1)", .pass),
      ("return self.smallestEqual(nums)", .exception),
    ])
  func verdicts(body: String, verdict: Verdict) throws {
    var jail = try Jail.system()
    jail.limits.processorSeconds = 1
    let judge = try CodeJudge(task: .builtIn("smallest-equal"), jail: jail)
    let source = "class Solution:\n    def smallestEqual(self, nums):\n        \(body)\n"
    let report = try judge.report(onSource: source)
    #expect(report.verdict == verdict, "\(report.reason ?? "")")
    #expect((report.reason == nil) == (verdict == .pass))
  }

  @Test("Recursion without any limit is ended, by the stack, the memory or the time")
  func recursion() throws {
    var jail = try Jail.system()
    jail.limits.processorSeconds = 1
    let judge = try CodeJudge(task: .builtIn("smallest-equal"), jail: jail)
    let source = """
      import sys
      sys.setrecursionlimit(10 ** 9)
      class Solution:
          def smallestEqual(self, nums):
              return self.smallestEqual(nums)
      """
    let report = try judge.report(onSource: source)
    #expect([.exception, .memory, .timeout].contains(report.verdict))
  }

  @Test("Source that lacks the function, or fails as it loads, says so")
  func loading() throws {
    let judge = try judge()
    let missing = try judge.report(onSource: "def smallestEqual(nums): return 0")
    #expect(missing.verdict == .exception)
    #expect(missing.reason == "it does not define 'Solution.smallestEqual'")
    let failing = try judge.report(onSource: "raise ValueError('no')")
    #expect(failing.reason == "ValueError: no")
    let syntax = try judge.report(onSource: "x = 1\nclass Solution\n")
    #expect(syntax.verdict == .syntax)
    #expect(syntax.reason?.hasPrefix("line 2: ") == true)
    #expect(try judge.report(onSource: "").verdict == .exception)
    #expect(try judge.report(onSource: "x\0y").verdict == .syntax)
  }

  @Test("A right answer that keeps something between calls is caught, and the report says why")
  func state() throws {
    let source = """
      seen = []
      class Solution:
          def smallestEqual(self, nums):
              seen.append(1)
              if len(seen) > 50: return 7
              return next((i for i, v in enumerate(nums) if i % 10 == v), -1)
      """
    let report = try judge().report(onSource: source)
    #expect(report.verdict == .wrong)
    #expect(report.reason?.hasSuffix("so it keeps something between calls") == true)
  }

  @Test("Slow code is not failed for being asked often")
  func slow() throws {
    var jail = try Jail.system()
    jail.limits.processorSeconds = 1
    // On a busy machine a second of processor time may take many on the clock.
    jail.limits.seconds = 60
    var effort = CodeJudge.Effort()
    (effort.smallInputs, effort.randomInputs) = (20, 0)
    let judge = try CodeJudge(task: .builtIn("smallest-equal"), jail: jail, effort: effort)
    let source = """
      import time
      class Solution:
          def smallestEqual(self, nums):
              end = time.process_time() + 0.1
              while time.process_time() < end: pass
              return next((i for i, v in enumerate(nums) if i % 10 == v), -1)
      """
    let report = try judge.report(onSource: source)
    #expect(report.verdict == .pass)
    #expect(report.seconds > 2)
  }

  @Test("The same seed gives the same inputs")
  func seeded() throws {
    let task = try CodeTask.builtIn("smallest-equal")
    let first = try CodeJudge(task: task, jail: .system(), seed: 5)
    let second = try CodeJudge(task: task, jail: .system(), seed: 5)
    let third = try CodeJudge(task: task, jail: .system(), seed: 6)
    #expect(first.cases.map(\.input) == second.cases.map(\.input))
    #expect(first.cases.map(\.input) != third.cases.map(\.input))
  }
}
