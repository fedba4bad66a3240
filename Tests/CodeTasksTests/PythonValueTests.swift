import Foundation
import Testing

@testable import CodeTasks

@Suite("Values that cross the border")
struct PythonValueTests {
  static let values: [PythonValue] = [
    .none, .boolean(true), .boolean(false), .integer(0), .integer(1), .integer(-1), .float(1),
    .float(-1), .float(0.1), .float(1e300), .float(.infinity), .float(-.infinity), .string(""),
    .string("1"), .string("é"), .string("e\u{301}"), .string("\u{1F600}\n\"\\\u{0}"), .list([]),
    .list([.integer(1)]), .tuple([]), .tuple([.integer(1)]), .dictionary([]), .set([]),
    .dictionary([.init(key: .string("a"), value: .list([.none]))]), .set([.integer(1)]),
    .largeInteger("123456789012345678901234567890"),
    .dictionary([.init(key: .tuple([.integer(1)]), value: .float(2))]),
  ]

  @Test("Equal only themselves")
  func strict() {
    for (index, one) in Self.values.enumerated() {
      for (place, other) in Self.values.enumerated() {
        #expect((one == other) == (index == place), "\(one) and \(other)")
      }
    }
    #expect(PythonValue.float(.nan) == .float(.nan))
    #expect(PythonValue.other("x") != .other("x"))
  }

  @Test("Survive the way to Python and back", .enabled(if: !LayerSet.here.isEmpty, "No jail here."))
  func roundTrip() throws {
    let process = try Harness(jail: .system()).run(
      "def f(x): return x", entry: "f", inputs: Self.values.map { [$0] }[...])
    let back = process.answers.map { answer -> PythonValue in
      guard case .value(let value, let changed) = answer, !changed else { return .other("none") }
      return value
    }
    #expect(back == Self.values)
  }

  @Test("Compare as in Python when a task says so, and within a tolerance")
  func loose() {
    let python = AnswerComparison(numbers: .python)
    #expect(python.matches(.boolean(true), .float(1)))
    #expect(python.matches(.list([.integer(0)]), .list([.boolean(false)])))
    #expect(!python.matches(.list([]), .tuple([])))
    #expect(!python.matches(.none, .boolean(false)))
    let near = AnswerComparison(tolerance: 0.01)
    #expect(near.matches(.float(1), .float(1.009)) && !near.matches(.float(1), .float(1.02)))
    #expect(!near.matches(.integer(1), .float(1)))
    let entries = [1, 2].map {
      PythonValue.Entry(key: .integer($0), value: .integer($0))
    }
    #expect(PythonValue.dictionary(entries) == .dictionary(entries.reversed()))
  }

  @Test("Print as in Python, and encode as ordinary JSON")
  func printing() throws {
    let value = PythonValue.list([
      .none, .boolean(true), .float(1), .tuple([.integer(1)]), .string("a"), .float(.nan),
      .dictionary([.init(key: .string("k"), value: .set([]))]),
    ])
    #expect("\(value)" == #"[None, True, 1.0, (1,), "a", nan, {"k": set()}]"#)
    let json = String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    #expect(json == #"[null,true,1,[1],"a","nan",{"k":[]}]"#)
    let report = Counterexample(
      input: [.list([.integer(1)])], expected: .integer(-1), got: nil, changedInput: true)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(
      String(decoding: try encoder.encode(report), as: UTF8.self)
        == #"{"changedInput":true,"expected":-1,"got":null,"input":[1]}"#)
  }

  @Test(
    "Are not read from broken JSON",
    arguments: [
      "", "[1", "{\"a\" 1}", "[1 2]", "nul", "\"\\x\"", "\"\\u12\"", "1 2", "-", "1.2.3", "\"a",
    ])
  func broken(text: String) {
    #expect(throws: JSONReader.Failure.self) { try JSONReader.read(Array(text.utf8)) }
  }

  @Test("Are not read from nesting that would exhaust the stack")
  func deep() {
    let bomb = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
    #expect(throws: JSONReader.Failure(offset: 160, problem: "nesting that is too deep")) {
      try JSONReader.read(bomb)
    }
  }

  @Test("Completions are cut before the first stop string")
  func cutting() {
    let stops = ["\nclass", "\ndef"]
    #expect(CompletionText("  return 1\ndef f():\nclass", stopStrings: stops).cut == "  return 1")
    #expect(CompletionText("  return 1\n  class", stopStrings: stops).cut == "  return 1\n  class")
    #expect(CompletionText("\ndef", stopStrings: stops).cut == "")
    #expect(CompletionText("x", stopStrings: ["", "long stop"]).cut == "x")
    // A carriage return makes one character of the line's end in Swift; bytes do not care.
    #expect(CompletionText("x\r\nclass", stopStrings: stops).cut == "x\r")
  }
}
