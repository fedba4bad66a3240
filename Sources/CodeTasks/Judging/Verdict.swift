/// What became of one completion.
///
/// A crash is never called a timeout, and a refusal never a wrong answer.
public enum Verdict: String, Sendable, Codable, CaseIterable {
  /// Every answer was right.
  case pass
  /// An answer was wrong; the report has the smallest input that shows it.
  case wrong
  /// It is no Python.
  case syntax
  /// It raised an exception, lacks the function, or crashed the interpreter.
  case exception
  /// It used up its time.
  case timeout
  /// It used up its memory.
  case memory
  /// It tried something that the jail forbids. The kernel's witness reports forbidden calls even if
  /// the code went on; a forbidden read shows only if its `PermissionError` was let through.
  case blocked
  /// It ended without an answer.
  case noOutput = "no-output"
}

/// An input that shows what is wrong.
public struct Counterexample: Sendable, Encodable {
  /// One value for each parameter.
  public let input: [PythonValue]
  /// The right answer; nil if a checker judged.
  public let expected: PythonValue?
  /// The answer given; nil if there was none.
  public let got: PythonValue?
  /// Whether the code changed its input while it ran.
  public let changedInput: Bool

  private enum CodingKeys: String, CodingKey {
    case input, expected, got, changedInput
  }

  /// Writes `input` as the value itself where there is one parameter, otherwise as a list.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    if input.count == 1 {
      try container.encode(input[0], forKey: .input)
    } else {
      try container.encode(input, forKey: .input)
    }
    try container.encode(expected, forKey: .expected)
    try container.encode(got, forKey: .got)
    try container.encode(changedInput, forKey: .changedInput)
  }
}

extension Counterexample: CustomStringConvertible {
  /// The counterexample as one line: `[1, 0] -> 0, expected -1`.
  public var description: String {
    let shown = input.map(\.description).joined(separator: ", ")
    let answer = got.map { " -> \($0)" } ?? " -> no answer"
    return shown + answer + (expected.map { ", expected \($0)" } ?? "")
  }
}
