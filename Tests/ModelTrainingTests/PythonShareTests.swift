import CodeTasks
import Testing

@testable import ModelTraining

@Suite("Shares of valid Python")
struct PythonShareTests {
  @Test("A function ends before the next line that is not indented, or before a line cut off")
  func bodies() {
    func body(_ text: String, hasEnded: Bool = false) -> String {
      PythonShare.body(of: text, hasEnded: hasEnded)
    }
    #expect(body("\n    return a\n\nclass B:\n    x =") == "\n    return a\n")
    #expect(body(" -> int:\n\n  return a\nprint(f(1") == " -> int:\n\n  return a")
    #expect(body("\n    b = 1\n    return a +") == "\n    b = 1")
    #expect(body("\n    b = 1\n    return a", hasEnded: true) == "\n    b = 1\n    return a")
    #expect(body(" pass", hasEnded: true) == " pass")
  }

  /// Whether there is a Python, and something to hold it.
  static let canReadCode = (try? SyntaxCheck(.system()).isValid("pass")) ?? false

  @Test(
    "Valid functions are counted and become a section of the card",
    .enabled(if: canReadCode, "No Python can be run here."))
  func counted() throws {
    let share = try PythonShare(
      temperature: 0.2, statesPurpose: false, check: SyntaxCheck(.system())
    ) { header in
      [
        ("\n    return 1\nx", false), ("\n    return (1\nx", false),
        (header.contains("a, b") ? "\n    return a" : "\n    return [", true),
      ]
    }
    // Each header's first; and the third of those with two arguments a and b.
    let both = PythonShare.functions.count { $0.header.contains("a, b") }
    let expected = Double(20 + both) / 60
    #expect(both == 3 && abs(share.share.share - expected) < 1e-12)
    #expect(PythonShare.section([share]).contains("| first line | 0.2 | 38.3 % |"))
  }

  @Test("Every function with its docstring alone is valid", .enabled(if: canReadCode))
  func prompts() throws {
    let share = try PythonShare(
      temperature: 1, statesPurpose: true, check: SyntaxCheck(.system())
    ) { _ in [("\nx", false)] }
    #expect(share.share.share == 1)
  }
}
