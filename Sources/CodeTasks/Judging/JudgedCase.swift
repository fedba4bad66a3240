/// An input with what is right for it.
struct JudgedCase: Sendable {
  let input: [PythonValue]
  /// Nil if a checker decides.
  let expected: PythonValue?
  let tolerance: Double?
}

/// The side that knows: it runs a task's reference or checker, never beside a candidate.
struct Oracle: Sendable {
  let task: CodeTask
  let harness: Harness
  /// Seconds for one list of inputs.
  let secondsLimit: Double

  /// The task's examples, with what the reference says of them.
  func examples() throws -> [JudgedCase] {
    let examples = task.examples
    guard case .reference(let source) = task.authority else {
      return examples.map {
        JudgedCase(input: $0.input, expected: $0.expected, tolerance: $0.tolerance)
      }
    }
    let values = try answers(of: source, entry: task.entry, inputs: examples.map(\.input))
    return try zip(examples, values).map { example, answer in
      guard case .value(let got, _) = answer else {
        throw failure(on: example.input, answer.reason)
      }
      if let expected = example.expected, !task.comparison.matches(expected, got) {
        throw CodeTaskError.referenceDisagrees(
          task: task.name, input: Self.text(example.input), expected: expected.description,
          got: got.description)
      }
      return JudgedCase(input: example.input, expected: got, tolerance: example.tolerance)
    }
  }

  /// Inputs that were made up, with what is right for them; without those that the reference
  /// rejects by raising an exception.
  func cases(_ inputs: [[PythonValue]]) throws -> [JudgedCase] {
    switch task.authority {
    case .examples: return []
    case .checker:
      return inputs.map { JudgedCase(input: $0, expected: nil, tolerance: nil) }
    case .reference(let source):
      let values = try answers(of: source, entry: task.entry, inputs: inputs)
      return zip(inputs, values).compactMap { input, answer in
        guard case .value(let expected, _) = answer else { return nil }
        return JudgedCase(input: input, expected: expected, tolerance: nil)
      }
    }
  }

  /// Whether each answer is right for its case.
  func judge(_ answers: [(judged: JudgedCase, got: PythonValue)]) throws -> [Bool] {
    guard case .checker(let source) = task.authority else {
      return answers.map { judged, got in
        var comparison = task.comparison
        if let tolerance = judged.tolerance { comparison.tolerance = tolerance }
        return judged.expected.map { comparison.matches($0, got) } ?? false
      }
    }
    // What is no plain value is no answer; the checker need not see it.
    let plain = answers.indices.filter {
      if case .other = answers[$0].got { return false }
      return true
    }
    let opinions = try self.answers(
      of: source, entry: "check",
      inputs: plain.map { answers[$0].judged.input + [answers[$0].got] })
    var verdicts = [Bool](repeating: false, count: answers.count)
    for (index, opinion) in zip(plain, opinions) {
      if case .value(.boolean(true), _) = opinion { verdicts[index] = true }
    }
    return verdicts
  }

  private func answers(
    of source: String, entry: String, inputs: [[PythonValue]]
  ) throws -> [Harness.Answer] {
    var answers: [Harness.Answer] = []
    var seconds = 0.0
    while answers.count < inputs.count {
      let run = try CandidateRun(
        source, entry: entry, inputs: inputs[answers.count...], harness: harness)
      answers += run.answers
      seconds += run.seconds
      guard let halt = run.halt, !(run.isWorthResuming && seconds < secondsLimit) else { continue }
      throw failure(on: inputs[answers.count], halt.explanation(entry: entry).reason)
    }
    return answers
  }

  private func failure(on input: [PythonValue], _ problem: String) -> CodeTaskError {
    .referenceFailed(task: task.name, input: Self.text(input), problem: problem)
  }

  private static func text(_ input: [PythonValue]) -> String {
    input.map(\.description).joined(separator: ", ")
  }
}

extension Harness.Answer {
  fileprivate var reason: String {
    switch self {
    case .value(let value, _): value.description
    case .raised(let failure): failure.text
    }
  }
}
