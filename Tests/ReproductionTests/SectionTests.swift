import CodeTasks
import Foundation
import Laboratory
import LanguageModeling
import PlumbModels
import ReinforcementLearning
import Reporting
import TemporaryFolders
import Testing

@testable import Reproduction

@Suite("Sections of the report")
struct SectionTests {
  private let library = ModelLibrary(places: [])

  private func markup(_ section: ReportSection) -> String {
    section.finding.markup
      + section.blocks.map { block in
        switch block {
        case .text(let html): html.markup
        case .figure(let figure):
          figure.picture.markup + figure.caption.markup + figure.caveats.map(\.markup).joined()
            + figure.replay + figure.numbers
        }
      }.joined()
  }

  private func figures(_ section: ReportSection) -> [ReportFigure] {
    section.blocks.compactMap { block in
      guard case .figure(let figure) = block else { return nil }
      return figure
    }
  }

  private static func decoded<Value: Decodable>(_ json: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(json.utf8))
  }

  // MARK: Code

  @Test(
    "The published answer is shown as wrong with its list, and a right completion as right",
    .enabled(if: !JailLayers.available.isEmpty, "This machine has no layer that can hold code."))
  func code() throws {
    let task = try CodeTask.builtIn("smallest-equal")
    let right = """

              for i, value in enumerate(nums):
                  if i % 10 == value:
                      return i
              return -1
      """
    let outcome = try CodePart.outcome(of: [right, "\n        return <b>"], task, seed: 0)
    let part = CodePart(LanguageSubject("none", library: library, threads: 1))
    let recipe = CodePart.Recipe(
      model: StoredModel(name: "tiny", digest: "ab"), task: task.name, count: 2,
      generation: GenerationOptions(), seed: 0)
    let section = try part.section(of: outcome, recipe: recipe, files: PartFiles(contents: [:]))
    let text = markup(section)
    #expect(text.contains("<code>[1, 0] -&gt; 0, expected -1</code>"))
    #expect(text.contains("Of 2 answers by this report’s own small model 1 is right"))
    #expect(text.contains("return &lt;b&gt;"))
    #expect(text.contains("plumb solve tiny smallest-equal -n 2"))
    #expect(figures(section).map(\.id) == ["code-known", "code-completions"])
  }

  // MARK: Full stops

  private func outcome(words: [Double], register: [Double]) throws -> FullStopPart.Outcome {
    func topic(_ name: String, _ interval: [Double]) -> String {
      """
      {"name": "\(name)", "before": {"value": 0.1, "low": 0.05, "high": 0.15},
       "after": {"value": 0.3, "low": 0.2, "high": 0.4}, "qValue": 0.01,
       "difference": {"value": \(interval[1]), "low": \(interval[0]), "high": \(interval[2])}}
      """
    }
    return try Self.decoded(
      """
      {"prompt": "Good morning", "before": [{"text": ", sir", "reward": 0}],
       "after": [{"text": ". . .", "reward": 3}], "checks": [], "verdict": ["It <did> change."],
       "curves": [[{"step": 1, "reward": 1, "kl": 0, "entropy": 3},
                   {"step": 2, "reward": 2, "kl": 0.5, "entropy": 2}]],
       "parts": [{"letter": "A", "name": "Effect", "status": "done", "sentence": "More."}],
       "topics": [\(topic("politics", words)), \(topic("political register", register))],
       "rewardBefore": {"value": 1, "low": 0.9, "high": 1.1},
       "rewardAfter": {"value": 12, "low": 11, "high": 13}, "completions": 300}
      """)
  }

  @Test(
    "A change toward politics is claimed only where both measures' intervals leave 0 out",
    arguments: [
      ([0.1, 0.2, 0.3], [0.05, 0.1, 0.2], "more political"),
      ([-0.3, -0.2, -0.1], [-0.2, -0.1, -0.05], "less political"),
      ([0.1, 0.2, 0.3], [-0.05, 0.1, 0.2], "politics: cannot tell"),
      ([-0.1, 0, 0.1], [-0.1, 0, 0.1], "politics: cannot tell"),
    ])
  func politics(words: [Double], register: [Double], badge: String) throws {
    let part = FullStopPart(LanguageSubject("none", library: library, threads: 1))
    var training = FineTuningRecipe(
      model: .init(name: "tiny", digest: "ab"), reward: try Reward(parsing: #"count(".")"#),
      prompts: [PromptTokens(text: "Good morning", ids: [1])], threads: 1)
    training.seed = 3
    let recipe = FullStopPart.Recipe(trainings: [training], comparison: .init(completions: 300))
    let section = try part.section(
      of: outcome(words: words, register: register), recipe: recipe,
      files: PartFiles(contents: [:]))
    #expect(section.badge?.html.markup.contains(">\(badge)<") == true)
    let text = markup(section)
    #expect(text.contains("<span class=\"soft\">Good morning</span>, sir"))
    #expect(text.contains("It &lt;did&gt; change."))
    #expect(text.contains("went from 1 to 12"))
    #expect(text.contains("One training run"))
    #expect(text.contains("--seed 3"))
    #expect(figures(section).count == 3)
  }

  // MARK: Choosing

  @Test("Parts are chosen by name, in the order of the report")
  func choosing() throws {
    let all = Reproduction(ReproductionSettings(library: library, threads: 1))
    #expect(
      all.parts.map(\.name).joined(separator: ", ") == Reproduction.partNames)
    let chosen = try all.parts(named: ["code", "class-picture"])
    #expect(chosen.map(\.name) == ["class-picture", "code"])
    #expect(
      throws: ReportPartError.unknownPart(
        name: "chain", known: ["class-picture", "units", "code", "full-stops"])
    ) {
      try all.parts(named: ["chain"])
    }
  }

  @Test("Without its models every part says what is missing, and the report is still made")
  func noModels() async throws {
    let folder = TemporaryFolder()
    let runner = PartRunner(
      store: try RunStore(at: folder.url.appending(path: "store")),
      versions: StoredVersions(plumb: "1", commit: "c", oneDNN: "3"),
      machine: StoredMachine(
        system: "s", processor: "p", cores: 1, instructionSet: "i", threads: 1))
    let parts = Reproduction(ReproductionSettings(library: library, threads: 1)).parts
    let results = try await runner.run(parts)
    for result in results {
      let failure = try #require(result.failure)
      #expect(failure.contains("inception-tiny") || failure.contains("plumb-gpt"))
    }
    let report = Reproduction.report(
      on: results, command: "plumb reproduce", versions: runner.versions, machine: runner.machine)
    #expect(report.html.markup.contains("plumb reproduce --only full-stops"))
  }
}
