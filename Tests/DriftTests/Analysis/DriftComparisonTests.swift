import Foundation
import PlumbKernels
import PlumbModels
import PlumbRuntime
import ReinforcementLearning
import TemporaryFolders
import Testing

@testable import Drift

@Suite("Comparing models in folders", .serialized)
struct DriftComparisonTests {
  /// A recipe of few completions.
  private func recipe(_ before: String, _ afters: [String], completions: Int = 40) throws
    -> DriftRecipe
  {
    DriftRecipe(
      before: .init(name: before), afters: afters.map { .init(name: $0) },
      settings: DriftSettings(
        completions: completions, seed: 1, snapshotCompletions: 20, snapshots: 2, directions: 1,
        replicates: 50), threads: try ComputeThread.shared().threadCount)
  }

  private func library(_ parent: URL) -> ModelLibrary {
    ModelLibrary(folder: parent.path, environment: [:])
  }

  @Test("A fine-tuned last layer is compared over the base's own body, with all that its run tells")
  func fineTuned() throws {
    try withFolder { parent in
      let small = try SmallLanguageModel(in: parent)
      let run = parent.appending(path: "run")
      try FineTuningRun(try small.recipe(), model: small.model, folder: run).train()
      let recipe = try recipe(small.folder.path, [run.path])
      let loaded = try LoadedSubject(recipe, from: library(parent))
      #expect(loaded.subject.sharesBody)
      #expect(loaded.subject.reward?.name == "count(\".\")")
      #expect(loaded.subject.afters[0].snapshots.map(\.step) == [2, 4, 6])
      #expect(loaded.subject.prompts.map(\.text) == ["Good day"])

      var stages: Set<String> = []
      let outcome = try DriftComparison.run(
        recipe, from: library(parent), controls: parent.appending(path: "controls")
      ) { stages.insert($0.stage) }
      let usual = recipe.settings.usualArms(afters: 1)
      #expect((usual / 2...usual).contains(stages.count))
      #expect(outcome.report.budget.total.value > 0)
      #expect(outcome.report.budget.baseFromItself == 0)
      #expect((outcome.report.classes?.chainRuleError ?? 1) < 1e-5)
      #expect(outcome.report.removal?.removingAllGivesBase == true)
      #expect(outcome.report.timeline?.moments.map(\.step) == [0, 2, 6])
      #expect(outcome.recipe.before.digest == (try small.model.digest.value()))
    }
  }

  @Test("A model compared with itself did not change")
  func itself() throws {
    try withFolder { parent in
      let small = try SmallLanguageModel(in: parent)
      var recipe = try recipe(small.folder.path, [small.folder.path])
      recipe.reward = "count(\".\")"
      let outcome = try DriftComparison.run(
        recipe, from: library(parent), controls: parent.appending(path: "controls"))
      #expect(outcome.report.budget.largest == 0)
      #expect(outcome.report.verdict.count == 1)
    }
  }

  @Test("A model trained below its last layer is compared too; its directions do not apply")
  func otherBody() throws {
    try withFolder { parent in
      let small = try SmallLanguageModel(in: parent)
      var training = try small.recipe()
      training.trainedPart = .lastBlock
      let run = parent.appending(path: "run")
      try FineTuningRun(training, model: small.model, folder: run).train()
      let outcome = try DriftComparison.run(
        try recipe(small.folder.path, [run.path]), from: library(parent),
        controls: parent.appending(path: "controls"))
      #expect(outcome.report.budget.total.value > 0)
      #expect(outcome.report.swap != nil)
      let absent = outcome.report.parts.filter { $0.status == .doesNotApply }.map(\.letter)
      // Whether E applies is decided by the sample's weights, not by what was trained.
      #expect(absent.filter { $0 != "E" } == ["G", "H", "I"])
    }
  }

  @Test("Runs that differ in more than their seeds are no seeds of one experiment")
  func otherExperiment() throws {
    try withFolder { parent in
      let small = try SmallLanguageModel(in: parent)
      for (name, steps, seed) in [("a", 2, UInt64(0)), ("b", 2, 1), ("c", 3, 2)] {
        var training = try small.recipe(steps: steps)
        training.seed = seed
        try FineTuningRun(
          training, model: small.model, folder: parent.appending(path: name)
        ).train()
      }
      func path(_ name: String) -> String { parent.appending(path: name).path }
      let seeds = try LoadedSubject(
        try recipe(small.folder.path, [path("a"), path("b")]), from: library(parent))
      #expect(seeds.subject.afters.map(\.name) == ["a (seed 0)", "b (seed 1)"])
      let error = #expect(throws: DriftError.self) {
        try LoadedSubject(
          try recipe(small.folder.path, [path("a"), path("c")]), from: library(parent))
      }
      #expect(
        error
          == .differentExperiments(
            first: path("a"), second: path("c"), field: "steps", values: "2 and 3"))
    }
  }

  @Test("A prompt that does not fit is refused with the numbers")
  func tooLong() throws {
    try withFolder { parent in
      let small = try SmallLanguageModel(in: parent)
      var recipe = try recipe(small.folder.path, [small.folder.path])
      recipe.tokens = 1000
      #expect(throws: DriftError.self) { try LoadedSubject(recipe, from: library(parent)) }
    }
  }

  @Test("A body with a cache computes what one without does")
  func bodies() throws {
    try withFolder { parent in
      let model = try SmallLanguageModel(in: parent).model.transformer
      let bodies: [any PolicyBody] = [try DecoderBody(model), RecomputingBody(model)]
      let sessions = try bodies.map { try $0.session(prompt: [3, 5], rows: 3, length: 4) }
      for tokens in [[1, 2, 3], [4, 5, 6], [7, 7, 7]] {
        for (first, second) in zip(sessions[0].states, sessions[1].states) {
          #expect(abs(first - second) < 1e-4)
        }
        for session in sessions { try session.advance(tokens) }
      }
    }
  }

  @Test("Training completions' shares add up to the rise of a token, after plain gradient descent")
  func attribution() throws {
    try withFolder { parent in
      let small = try SmallLanguageModel(in: parent)
      var training = try small.recipe()
      training.optimizer = .sgd()
      training.schedule = .constant(0.5)
      let folder = parent.appending(path: "run")
      try FineTuningRun(training, model: small.model, folder: folder).train()
      #expect(SampleAttribution.obstacle(training) == nil)
      let loaded = try LoadedSubject(
        try recipe(small.folder.path, [folder.path]), from: library(parent))
      let subject = loaded.subject
      let replay = try SampleAttribution(
        FineTuningFolder(folder), base: subject.before, pieces: subject.pieces)
      let states = try subject.before.body.session(
        prompt: subject.prompts[0].ids, rows: 1, length: 1
      ).states
      let token = try #require(loaded.base.tokenizer?.id(of: "."))
      let found = try replay.attribution(
        of: token, in: states, after: subject.afters[0].model.unembedding)
      #expect(abs(found.total) > 1e-3)
      #expect(abs(found.explained - found.total) < 1e-3 * abs(found.total))
      #expect(!found.raised.isEmpty)
    }
  }

  @Test(
    "Rewards that add up over tokens have classes, others do not",
    arguments: [
      ("count(\".\")", true), ("2 * count(\".\") - 0.1 * length", true), ("count(\"..\")", false),
      ("words(\"good\")", false), ("clip(count(\".\"), 0, 3)", false),
    ])
  func classes(text: String, addsUp: Bool) throws {
    try withFolder { parent in
      let model = try SmallLanguageModel(in: parent).model
      let reward = try Reward(parsing: text, tokenizer: model.tokenizer)
      let drift = try #require(
        try DriftReward(
          reward, tokenizer: model.tokenizer, vocabulary: model.transformer.configuration.vocabulary
        ))
      #expect((drift.perToken != nil) == addsUp)
      if let perToken = drift.perToken {
        let ids = [1, 4, 2, 9]
        let sum = ids.reduce(0) { $0 + perToken[$1] }
        #expect(abs(sum - (drift.value(ids) - drift.value([]))) < 1e-12)
      }
    }
  }
}
