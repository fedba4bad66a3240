import Foundation
import Testing

@testable import CodeTasks

/// Attacks on the judgement: wrong code that wants to be called right.
///
/// What it would have to change, the expected values and the comparison, is not in its process.
@Suite(
  "Attacks on the judgement",
  .enabled(if: !LayerSet.here.isEmpty, "This machine has no layer that can hold code."))
struct ResultAttackTests {
  /// What each attack does before it answers wrongly, and the verdict that it gets.
  static let attacks: [(name: String, source: String, verdict: Verdict)] = [
    (
      "An object that equals everything",
      """
      class Any:
          def __eq__(self, other): return True
          def __hash__(self): return 0
      class Solution:
          def smallestEqual(self, nums): return Any()
      """, .wrong
    ),
    (
      "A number that claims to equal everything",
      """
      class Any(int):
          def __eq__(self, other): return True
          def __ne__(self, other): return False
          def __repr__(self): return "-1"
          __str__ = __repr__
          __index__ = __int__ = lambda self: -1
      class Solution:
          def smallestEqual(self, nums): return Any(5)
      """, .wrong
    ),
    (
      "An object with a false class",
      """
      class Any:
          __class__ = int
      class Solution:
          def smallestEqual(self, nums): return Any()
      """, .wrong
    ),
    (
      "Leaving with status 0",
      "import os\nclass Solution:\n    def smallestEqual(self, nums): os._exit(0)", .noOutput
    ),
    ("Leaving as it loads", "import sys; sys.exit(0)", .exception),
    (
      "Printing what an answer might look like",
      """
      class Solution:
          def smallestEqual(self, nums):
              print('{"value": -1}', '{"done": true}', "passed", flush=True)
              return 5
      """, .wrong
    ),
    (
      "Writing to every descriptor",
      """
      import os
      class Solution:
          def smallestEqual(self, nums):
              for number in range(64):
                  try: os.write(number, b'\\n{"value": -1, "changed": false}\\n{"done": true}\\n')
                  except OSError: pass
              return 5
      """, .wrong
    ),
    (
      "Walking the frames for lists and names to change",
      """
      import sys
      class Solution:
          def smallestEqual(self, nums):
              frame = sys._getframe()
              while frame:
                  for value in list(frame.f_locals.values()):
                      if isinstance(value, dict): value["expected"] = value["verdict"] = "pass"
                      if isinstance(value, list): value.append("passed")
                  frame = frame.f_back
              return 5
      """, .wrong
    ),
    (
      "Taking the nonce and sending frames of its own",
      """
      import sys, os, json
      class Solution:
          def smallestEqual(self, nums):
              frame = sys._getframe()
              while "request" not in frame.f_locals: frame = frame.f_back
              nonce = frame.f_locals["request"]["nonce"]
              for message in ({"verdict": "pass"}, {"loaded": True}, {"value": 5, "changed": False}):
                  os.write(3, (nonce + " " + json.dumps(message) + "\\n").encode())
              os.write(3, (nonce + ' {"done": true}\\n').encode())
              os._exit(0)
      """, .wrong
    ),
    (
      "Nested brackets without end as a frame",
      """
      import sys, os
      frame = sys._getframe()
      while "request" not in frame.f_locals: frame = frame.f_back
      nonce = frame.f_locals["request"]["nonce"]
      os.write(3, (nonce + " " + "[" * 1000000 + "\\n").encode())
      os._exit(0)
      """, .noOutput
    ),
    (
      "Replacing json and the built-in functions",
      """
      import json, builtins, os
      json.dumps = json.JSONEncoder.encode = lambda *a, **k: '{"value": -1}'
      builtins.type = builtins.issubclass = builtins.isinstance = lambda *a: True
      builtins.len = builtins.sum = builtins.print = lambda *a: 0
      os.write = lambda number, data: len(data)
      class Solution:
          def smallestEqual(self, nums): return 5
      """, .wrong
    ),
    (
      "Replacing the harness's own functions",
      """
      import sys
      main = sys.modules["__main__"]
      main.answer = lambda value: -1
      main.encode = lambda *a: -1
      class Solution:
          def smallestEqual(self, nums): return 5
      """, .wrong
    ),
    (
      "A trace function that changes what is returned",
      """
      import sys
      def trace(frame, event, argument):
          if "frame" in frame.f_locals: frame.f_locals["frame"] = {"value": -1}
          return trace
      sys.settrace(trace)
      class Solution:
          def smallestEqual(self, nums): return 5
      """, .wrong
    ),
    (
      "An answer that contains itself",
      """
      class Solution:
          def smallestEqual(self, nums):
              answer = []
              answer.append(answer)
              return answer
      """, .wrong
    ),
    (
      "An answer of a hundred million digits",
      "class Solution:\n    def smallestEqual(self, nums): return 1 << 300000000", .wrong
    ),
    (
      "An answer of millions of parts",
      "class Solution:\n    def smallestEqual(self, nums): return [[]] * 5000000", .wrong
    ),
    (
      "A generator in place of an answer",
      "class Solution:\n    def smallestEqual(self, nums): yield 0", .wrong
    ),
    (
      "An exception whose text is an attack",
      """
      class Bad(Exception):
          def __str__(self): raise SystemExit
      class Solution:
          def smallestEqual(self, nums): raise Bad
      """, .exception
    ),
    (
      "Noise without end on standard output",
      """
      class Solution:
          def smallestEqual(self, nums):
              while True: print("x" * 100000)
      """, .timeout
    ),
  ]

  @Test("No attack turns a wrong answer into a right one", arguments: attacks.indices)
  func attack(index: Int) throws {
    let attack = Self.attacks[index]
    var jail = try Jail.system()
    jail.limits.processorSeconds = 2
    jail.limits.memoryBytes = 1 << 30
    var effort = CodeJudge.Effort()
    effort.seconds = 6
    let judge = try CodeJudge(task: .builtIn("smallest-equal"), jail: jail, effort: effort)
    let report = try judge.report(onSource: attack.source)
    #expect(report.verdict == attack.verdict, "\(attack.name): \(report.reason ?? "passed")")
  }

  @Test("An answer of two to the forty parts is refused")
  func jsonBomb() throws {
    let source = """
      class Solution:
          def smallestEqual(self, nums):
              answer = []
              for _ in range(40): answer = [answer, answer]
              return answer
      """
    let report = try judge(candidateSource: source, task: .builtIn("smallest-equal"))
    #expect(report.verdict == .wrong)
    #expect(report.counterexample?.got.map { "\($0)" } == "<a value of more than 50000 parts>")
  }
}
