import Foundation

extension CodeTask {
  /// Reads a task from a JSON file.
  ///
  /// - Throws: ``CodeTaskError/unreadable(file:problem:)`` if there is no such file,
  ///   ``CodeTaskError/malformedTask(file:field:problem:)`` if a field is missing or wrong.
  public init(file: String) throws(CodeTaskError) {
    try self.init(json: CodeTaskError.bytes(of: file), file: file)
  }

  /// Reads a task from JSON; `file` is the name that errors show.
  ///
  /// Texts may be one string or a list of lines. `examples` holds `input` (one value per parameter)
  /// and `expected`; each entry of `parameters` a `name` and one of `"integer": [from, through]`,
  /// `"boolean": true`, `"string": {"alphabet", "length"}`, `"list": {"of", "length"}` and
  /// `"choice": []`.
  ///
  /// - Throws: ``CodeTaskError/malformedTask(file:field:problem:)``.
  public init(json bytes: [UInt8], file: String) throws(CodeTaskError) {
    let json: JSONText
    do {
      json = try JSONReader.read(bytes)
    } catch {
      throw .malformedTask(
        file: file, field: "byte \(error.offset)", problem: "is no valid JSON: \(error.problem)")
    }
    let fields = TaskFields(json: json, file: file)
    guard json["format"]?.integer == 1 else { throw fields.wrong("format", "must be 1") }
    name = try fields.text("name")
    prompt = try fields.text("prompt")
    entry = try fields.text("entry")
    parameters = try fields.parameters()
    examples = try fields.examples(parameterCount: parameters.count)
    stopStrings = try fields.strings("stop") ?? Self.usualStopStrings
    comparison = try fields.comparison()
    insideCheck = nil
    let isNamed = entry.split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
      $0.first?.isNumber == false && $0.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    }
    guard isNamed, entry.split(separator: ".").count <= 2 else {
      throw fields.wrong("entry", "must be 'function' or 'Class.method', not '\(entry)'")
    }
    switch (json["reference"], json["checker"]) {
    case (.some, .some): throw fields.wrong("checker", "cannot stand beside 'reference'")
    case (.some, nil): authority = .reference(try fields.text("reference"))
    case (nil, .some): authority = .checker(try fields.text("checker"))
    case (nil, nil):
      guard !examples.isEmpty, examples.allSatisfy({ $0.expected != nil }) else {
        throw fields.wrong(
          "reference", "is missing, and not every example has an 'expected' value")
      }
      authority = .examples
    }
    guard !examples.isEmpty || !parameters.isEmpty else {
      throw fields.wrong("parameters", "must declare inputs if there are no 'examples'")
    }
  }
}

/// The fields of one task file, for messages that name them.
struct TaskFields {
  let json: JSONText
  let file: String

  func wrong(_ field: String, _ problem: String) -> CodeTaskError {
    .malformedTask(file: file, field: field, problem: problem)
  }

  func text(_ field: String) throws(CodeTaskError) -> String {
    guard let value = json[field] else { throw wrong(field, "is missing") }
    if let text = value.string, !text.isEmpty { return text }
    if let lines = try strings(field), !lines.isEmpty { return lines.joined(separator: "\n") }
    throw wrong(field, "must be a text or a list of lines")
  }

  func strings(_ field: String) throws(CodeTaskError) -> [String]? {
    guard let value = json[field] else { return nil }
    let items = value.array?.compactMap(\.string)
    guard let items, items.count == value.array?.count else {
      throw wrong(field, "must be a list of strings")
    }
    return items
  }

  func comparison() throws(CodeTaskError) -> AnswerComparison {
    var comparison = AnswerComparison.strict
    if let name = json["comparison"] {
      guard let numbers = AnswerComparison.Numbers(rawValue: name.string ?? "") else {
        throw wrong("comparison", "must be 'strict' or 'python'")
      }
      comparison.numbers = numbers
    }
    if let tolerance = json["tolerance"] {
      guard let value = tolerance.double, value >= 0 else {
        throw wrong("tolerance", "must be a number, 0 or more")
      }
      comparison.tolerance = value
    }
    return comparison
  }

  func examples(parameterCount: Int) throws(CodeTaskError) -> [CodeTask.Example] {
    guard let value = json["examples"] else { return [] }
    guard let items = value.array else { throw wrong("examples", "must be a list") }
    var examples: [CodeTask.Example] = []
    for (index, item) in items.enumerated() {
      guard let input = item["input"]?.array else {
        throw wrong("examples[\(index)].input", "must be a list with one value per parameter")
      }
      guard parameterCount == 0 || input.count == parameterCount else {
        throw wrong(
          "examples[\(index)].input",
          "must be a list of \(parameterCount) values, one per parameter, not \(input.count)")
      }
      examples.append(
        CodeTask.Example(
          input: input.map(PythonValue.init(plain:)),
          expected: item["expected"].map(PythonValue.init(plain:)), tolerance: nil))
    }
    return examples
  }

  func parameters() throws(CodeTaskError) -> [CodeTask.Parameter] {
    guard let value = json["parameters"] else { return [] }
    guard let items = value.array else { throw wrong("parameters", "must be a list") }
    var parameters: [CodeTask.Parameter] = []
    for (index, item) in items.enumerated() {
      let field = "parameters[\(index)]"
      guard let name = item["name"]?.string else { throw wrong("\(field).name", "is missing") }
      parameters.append(
        CodeTask.Parameter(name: name, values: try generator(item, field: field)))
    }
    return parameters
  }

  private func generator(_ json: JSONText, field: String) throws(CodeTaskError) -> InputGenerator {
    if let range = json["integer"] { return .integer(try self.range(range, "\(field).integer")) }
    if json["boolean"] != nil { return .boolean }
    if let choices = json["choice"] {
      guard let values = choices.array, !values.isEmpty else {
        throw wrong("\(field).choice", "must be a list with at least one value")
      }
      return .choice(values.map(PythonValue.init(plain:)))
    }
    if let string = json["string"] {
      guard let alphabet = string["alphabet"]?.string, !alphabet.isEmpty else {
        throw wrong("\(field).string.alphabet", "must be a string with at least one character")
      }
      return .string(
        alphabet: Array(alphabet), length: try length(string, "\(field).string.length"))
    }
    if let list = json["list"] {
      guard let item = list["of"] else { throw wrong("\(field).list.of", "is missing") }
      return .list(
        of: try generator(item, field: "\(field).list.of"),
        length: try length(list, "\(field).list.length"))
    }
    throw wrong(field, "must have one of 'integer', 'boolean', 'string', 'list' and 'choice'")
  }

  private func length(_ json: JSONText, _ field: String) throws(CodeTaskError) -> ClosedRange<Int> {
    let range = try self.range(json["length"] ?? .null, field)
    guard range.lowerBound >= 0 else { throw wrong(field, "must not be negative") }
    return range
  }

  private func range(_ json: JSONText, _ field: String) throws(CodeTaskError) -> ClosedRange<Int> {
    guard let ends = json.array, ends.count == 2, let low = ends[0].integer,
      let high = ends[1].integer, low <= high
    else { throw wrong(field, "must be two whole numbers, [from, through]") }
    return low...high
  }
}
