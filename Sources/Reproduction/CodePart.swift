import CodeTasks
import Foundation
import Laboratory
import LanguageModeling
import Reporting

/// A model's answers to a programming task, each run in a jail and judged, the well-known one too.
public struct CodePart: ReportPart {
  /// What decides the answers and how they are judged.
  public struct Recipe: Codable, Sendable {
    /// The model; `nil` judges the known answer alone.
    public var model: StoredModel?
    /// The task.
    public var task: String
    /// How many completions are sampled.
    public var count: Int
    /// How they are sampled.
    public var generation: GenerationOptions
    /// Decides the random inputs.
    public var seed: UInt64
  }

  /// A program with its verdict.
  public struct Judged: Codable, Sendable {
    let text: String
    let verdict: Verdict
    let reason: String?
    let changedInput: Bool
    let inputs: Int

    init(_ report: CompletionReport) {
      text = report.text
      verdict = report.verdict
      reason = report.reason
      changedInput = report.counterexample?.changedInput ?? false
      inputs = report.inputs
    }
  }

  /// What came of it.
  public struct Outcome: Codable, Sendable {
    let prompt: String
    let known: [Judged]
    let knownNotes: [String]
    let completions: [Judged]
    let passAtOne: PassAtK?
    let layers: [String]
  }

  private let language: LanguageSubject
  private let count: Int
  private let seed: UInt64

  /// Creates the part.
  ///
  /// - Parameters:
  ///   - language: The model that answers.
  ///   - count: How many answers.
  ///   - seed: Decides the answers and the random inputs.
  public init(_ language: LanguageSubject, count: Int = 10, seed: UInt64 = 0) {
    self.language = language
    self.count = count
    self.seed = seed
  }

  /// `code`.
  public var name: String { "code" }
  /// The heading.
  public var title: String { "A program that looks right" }
  /// Ten completions, and some thousand runs in the jail.
  public var expectedSeconds: Double { 12 }

  /// Ten completions at temperature 0.8.
  ///
  /// - Throws: The errors of finding and loading the model.
  public func plan() throws -> PartPlan<Recipe> {
    let task = try CodeTask.builtIn("smallest-equal")
    let model = try language.storedModel()
    let recipe = Recipe(
      model: model, task: task.name, count: count,
      generation: GenerationOptions(
        newTokens: 120, sampling: Sampling(temperature: 0.8), seed: seed),
      seed: seed)
    return PartPlan(recipe: recipe, seed: seed, models: [model])
  }

  /// Samples and judges.
  ///
  /// - Throws: `CancellationError`; `JailError` where nothing can hold the code.
  public func perform(_ recipe: Recipe, in run: PartRun) async throws -> Outcome {
    let task = try CodeTask.builtIn(recipe.task)
    let texts = try task.completions(
      by: language.writingModel(), count: recipe.count, options: recipe.generation
    ) { tokens in
      run.report(tokens, of: recipe.generation.newTokens * 2, "writing")
    }
    return try Self.outcome(of: texts, task, seed: recipe.seed) { judged in
      let half = recipe.generation.newTokens
      run.report(
        half + half * judged / max(texts.count, 1), of: half * 2,
        "judging \(judged) of \(texts.count)")
    }
  }

  /// Judges the answers that come with a task, and completions of its prompt.
  static func outcome(
    of completions: [String], _ task: CodeTask, seed: UInt64, onJudged: (Int) -> Void = { _ in }
  ) throws -> Outcome {
    let judge = try CodeJudge(task: task, jail: .system(), seed: seed)
    let known = try task.knownAnswers.map { try judge.report(onSource: $0.source) }
    let reports = try completions.enumerated().map { index, text in
      try Task.checkCancellation()
      defer { onJudged(index + 1) }
      return try judge.report(onCompletion: text)
    }
    let passed = reports.count { $0.verdict == .pass }
    return Outcome(
      prompt: task.prompt, known: known.map(Judged.init), knownNotes: task.knownAnswers.map(\.note),
      completions: reports.map(Judged.init),
      passAtOne: reports.isEmpty ? nil : PassAtK(passed: passed, of: reports.count, k: 1),
      layers: (known + reports).first?.layers ?? [])
  }
}
