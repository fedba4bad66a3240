import Foundation

/// Why a task or a candidate could not be read, or a task cannot judge.
public enum CodeTaskError: Error, Equatable, Sendable {
  /// The file cannot be read.
  case unreadable(file: String, problem: String)
  /// A field of a task file is missing or wrong.
  case malformedTask(file: String, field: String, problem: String)
  /// No built-in task has this name.
  case unknownTask(name: String, builtIn: [String])
  /// A file has no problem of this name; `first` and `last` are names it has.
  case unknownProblem(name: String, first: String, last: String)
  /// A task's own reference or checker fails.
  case referenceFailed(task: String, input: String, problem: String)
  /// A task's reference and one of its examples disagree.
  case referenceDisagrees(task: String, input: String, expected: String, got: String)
  /// pass@k was asked for more completions than there are.
  case tooFewCompletions(k: Int, count: Int)
}

extension CodeTaskError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try.
  public var description: String {
    switch self {
    case .unreadable(let file, let problem):
      "\(file) cannot be read (\(problem)); check the path and its permissions."
    case .malformedTask(let file, let field, let problem):
      "\(file): '\(field)' \(problem)."
    case .unknownTask(let name, let builtIn):
      "There is no task '\(name)'; built in: \(builtIn.joined(separator: ", ")); or give a "
        + "task file."
    case .unknownProblem(let name, let first, let last):
      "There is no problem '\(name)'; the file has "
        + (first == last ? "'\(first)' alone." : "'\(first)' to '\(last)'.")
    case .referenceFailed(let task, let input, let problem):
      "The reference of task '\(task)' fails on \(input): \(problem); correct the task's reference "
        + "or checker."
    case .referenceDisagrees(let task, let input, let expected, let got):
      "The reference of task '\(task)' returns \(got) for \(input), but the example expects "
        + "\(expected); correct one of them."
    case .tooFewCompletions(let k, let count):
      "pass@\(k) needs \(k) completions or more, and there are \(count); sample more, or ask for a "
        + "smaller k."
    }
  }

  static func bytes(of file: String) throws(CodeTaskError) -> [UInt8] {
    do {
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    } catch {
      let exists = FileManager.default.fileExists(atPath: file)
      throw .unreadable(
        file: file, problem: exists ? "not a readable file" : "there is no such file")
    }
  }

  /// Returns the text of a candidate's source file.
  ///
  /// - Throws: ``unreadable(file:problem:)`` if there is none or it is not UTF-8.
  public static func source(of file: String) throws(CodeTaskError) -> String {
    guard let text = String(bytes: try bytes(of: file), encoding: .utf8) else {
      throw .unreadable(file: file, problem: "not UTF-8 text")
    }
    return text
  }
}
