import Testing

@testable import PlumbText

/// Sums of names, printed with all their parentheses.
private struct Printed: ArithmeticExpression, Equatable {
  let text: String

  static func constant(_ value: Double) -> Printed { Printed(text: "\(value)") }
  static func negation(_ value: Printed) -> Printed { Printed(text: "-\(value.text)") }
  static func sum(_ left: Printed, _ right: Printed) -> Printed {
    Printed(text: "(\(left.text) + \(right.text))")
  }
  static func difference(_ left: Printed, _ right: Printed) -> Printed {
    Printed(text: "(\(left.text) - \(right.text))")
  }
  static func product(_ left: Printed, _ right: Printed) -> Printed {
    Printed(text: "(\(left.text) * \(right.text))")
  }
}

private enum Problem: ExpressionProblem {
  case unexpected(found: String, expected: String)

  var description: String {
    switch self {
    case .unexpected(let found, let expected): "It needs \(expected), but has \(found)."
    }
  }
}

/// Names and quoted texts are the atoms.
private struct Parser: ExpressionParser {
  var reader: ExpressionReader<Problem>

  mutating func atom() throws(ExpressionError<Problem>) -> Printed {
    if case .name(let name) = reader.word.token {
      reader.advance()
      return Printed(text: name)
    }
    return Printed(text: QuotedText.text(try reader.quoted("a name")))
  }
}

@Suite("Expressions")
struct ExpressionTests {
  private func printed(_ text: String) throws(ExpressionError<Problem>) -> String {
    var parser = Parser(reader: try ExpressionReader(text))
    return try parser.whole().text
  }

  @Test(
    "Products bind more than sums, signs most, and both from the left",
    arguments: [
      ("a + b * c", "(a + (b * c))"), ("a - b - c", "((a - b) - c)"),
      ("(a + b) * -c", "((a + b) * -c)"), ("--a", "--a"), ("-2 * a", "(-2.0 * a)"),
      ("2e3-.5", "(2000.0 - 0.5)"), ("layer1.0.conv1", "layer1.0.conv1"),
      ("_a * 'b c'", "(_a * b c)"),
      ("\"say \\\"so\\\"\"", "say \"so\""), ("2e", "?"),
    ])
  func arithmetic(text: String, expected: String) throws {
    if expected == "?" {
      #expect(throws: ExpressionError<Problem>.self) { try printed(text) }
    } else {
      #expect(try printed(text) == expected)
    }
  }

  @Test(
    "What is wrong is shown below the text",
    arguments: [
      ("a +", "It needs a name, but has the end of the text.\n  a +\n     ^"),
      ("(a", "It needs ')', but has the end of the text.\n  (a\n    ^"),
      ("a b", "It needs an operator or the end, but has 'b'.\n  a b\n    ^"),
      ("a / b", "It needs an operator or the end, but has '/'.\n  a / b\n    ^"),
      (
        "a + \"b",
        "It needs a closing quotation mark, but has the end of the text.\n  a + \"b\n      ^"
      ),
      ("1e999", "It needs a number, but has '1e999'.\n  1e999\n  ^"),
    ])
  func errors(text: String, expected: String) {
    let error = #expect(throws: ExpressionError<Problem>.self) { try printed(text) }
    #expect(error?.description == expected)
  }

  @Test("A hundred signs are read, more are refused")
  func depth() throws {
    #expect(try printed(String(repeating: "-", count: 99) + "a").count == 100)
    #expect(throws: ExpressionError<Problem>.self) {
      try printed(String(repeating: "(", count: 100_000))
    }
  }

  @Test(
    "A quoted text comes back from its quotation", arguments: ["", "a", "\"", "\\n", "\n\t", "ü\\"])
  func quoting(text: String) throws {
    #expect(try printed(QuotedText.quoting(text: text)) == text)
  }
}
