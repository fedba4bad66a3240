import Testing

@testable import CodeTasks

@Suite(
  "Syntax", .enabled(if: !LayerSet.here.isEmpty, "This machine has no layer that can hold code."))
struct SyntaxCheckTests {
  @Test(
    "Code is valid whatever it does",
    arguments: [
      ("def f(a):\n    return a", true), ("def f(a):\n    return a)", false),
      ("def f(a):\n", false),
      ("raise ValueError('at once')", true), ("import no_such_module", true), ("", true),
      ("def f():\n    \"\"\"\n    open", false),
      ("def f(a):\n  if a:\n      pass\n    pass", false),
    ])
  func isValid(source: String, expected: Bool) throws {
    #expect(try SyntaxCheck(.forTests()).isValid(source) == expected)
  }
}
