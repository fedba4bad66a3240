/// Problems in the format of OpenAI's human-eval: one JSON object a line.
///
/// Its tests are functions `check(candidate)` made of asserts, meant to run beside the candidate,
/// where an object that equals everything passes. Asserts of the form `candidate(LITERALS) ==
/// LITERAL` or `abs(candidate(LITERALS) - LITERAL) < LITERAL` are taken out and compared in the
/// host; if any other statement is left, the function also runs inside, and reports say so.
public enum HumanEval {
  /// Reads all problems of a `.jsonl` file.
  ///
  /// Numbers compare as in Python (`True == 1 == 1.0`), since the asserts do.
  ///
  /// - Throws: ``CodeTaskError/unreadable(file:problem:)``;
  ///   ``CodeTaskError/malformedTask(file:field:problem:)`` with the line's number; ``JailError``,
  ///   as the tests are taken apart in the jail.
  public static func tasks(file: String, jail: Jail) throws -> [CodeTask] {
    let lines = try CodeTaskError.bytes(of: file).split(separator: UInt8(ascii: "\n"))
    return try lines.enumerated().compactMap { index, line in
      // A line of spaces is no problem.
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) { return nil }
      return try task(line: Array(line), place: "\(file), problem \(index + 1)", jail: jail)
    }
  }

  static func task(line: [UInt8], place: String, jail: Jail) throws -> CodeTask {
    let json: JSONText
    do {
      json = try JSONReader.read(line)
    } catch {
      throw CodeTaskError.malformedTask(
        file: place, field: "byte \(error.offset)", problem: "is no valid JSON: \(error.problem)")
    }
    let fields = TaskFields(json: json, file: place)
    let test = try fields.text("test")
    let process = try Harness(jail: jail).extract(test)
    guard process.isDone, let rest = process.other.last?["rest"]?.integer else {
      throw fields.wrong("test", "is no Python that can be taken apart")
    }
    let examples = process.other.compactMap(example)
    return CodeTask(
      name: try fields.text("task_id"), prompt: try fields.text("prompt"),
      entry: try fields.text("entry_point"), parameters: [], examples: examples,
      authority: .examples, comparison: AnswerComparison(numbers: .python),
      stopStrings: CodeTask.usualStopStrings,
      insideCheck: rest > 0 || examples.isEmpty ? test : nil)
  }

  private static func example(_ frame: JSONText) -> CodeTask.Example? {
    guard let arguments = frame["arguments"]?.array,
      let expected = frame["expected"].flatMap(PythonValue.init(tagged:))
    else { return nil }
    return CodeTask.Example(
      input: arguments.compactMap(PythonValue.init(tagged:)), expected: expected,
      tolerance: frame["tolerance"]?.double)
  }
}
