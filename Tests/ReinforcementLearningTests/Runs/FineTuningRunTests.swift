import Foundation
import LanguageModels
import PlumbKernels
import PlumbModels
import PlumbRuntime
import TemporaryFolders
import Testing

@testable import ReinforcementLearning

@Suite("Fine-tuning runs", .serialized)
struct FineTuningRunTests {
  private func train(
    _ recipe: FineTuningRecipe, _ model: LanguageModel, _ folder: URL, limits: [Int?] = [nil]
  ) throws -> FineTuningRun {
    var run = try FineTuningRun(recipe, model: model, folder: folder)
    for (index, limit) in limits.enumerated() {
      if index > 0 { run = try FineTuningRun(recipe, model: model, folder: folder) }
      try run.train(limit: limit)
    }
    return run
  }

  @Test("Full stops come when they are rewarded, and the result is a model argument")
  func fullStops() throws {
    try withFolder { folder in
      let small = try SmallModel(in: folder)
      var recipe = try small.recipe(steps: 30)
      recipe.batch = 32
      recipe.penalty = .fixed(0.01)
      let run = try train(recipe, small.model, folder.appending(path: "run"))
      #expect(run.isFinished)
      let metrics = try run.folder.metrics()
      #expect(metrics.map(\.step) == Array(1...30))
      let late = metrics.suffix(5).reduce(0) { $0 + $1.reward / 5 }
      #expect(late > 4 * max(metrics[0].reward, 0.2), "\(metrics[0].reward), then \(late)")
      #expect(metrics[0].kl == 0 && metrics[29].kl > 0.1)
      #expect(run.checks.allSatisfy { $0.verdict != .failed })
      #expect(run.checks.contains { $0.kind == .tiedHead && $0.verdict == .note })
      #expect(run.folder.snapshotSteps == Array(stride(from: 2, through: 30, by: 2)))
      #expect(try run.folder.rollouts().count == 30 * 32)

      // Loaded again, the result writes what `after.json` says.
      let loaded = try LanguageModel.load(run.folder.url.path)
      #expect(!loaded.transformer.configuration.isTied)
      let after = try run.folder.after()
      #expect(try run.completions(of: loaded.transformer) == after)
      #expect(after.meanReward > (try run.folder.before()).meanReward)
      let earner = try #require(run.earners(of: after).first)
      #expect(earner.text.contains(".") && earner.credit > 0)

      // With other weights under the base's name, the delta is refused.
      let weights = small.folder.appending(path: "model.safetensors")
      var data = try Data(contentsOf: weights)
      data[data.count - 1] ^= 1
      try data.write(to: weights)
      #expect(throws: ModelError.self) { try LanguageModel.load(run.folder.url.path) }
    }
  }

  @Test("Before and after share their random numbers: without a step they are the same")
  func sameDraws() throws {
    try withFolder { folder in
      let small = try SmallModel(in: folder)
      let run = try FineTuningRun(
        small.recipe(), model: small.model, folder: folder.appending(path: "run"))
      let before = try run.completions(of: nil)
      let unchanged = try small.model.transformer.adding(try run.policy.changes())
      #expect(!unchanged.configuration.isTied)
      #expect(try run.completions(of: unchanged) == before)
      #expect(
        before.completions.map(\.reward)
          == before.completions.map { completion in
            Double(completion.text.count { $0 == "." })
          })
    }
  }

  static let parts: [TrainedPart] = [
    .finalLayer, .tiedFinalLayer, .lastBlock, .all, .lowRank(rank: 2, alpha: 4),
  ]

  @Test("Interrupted and resumed, every file is the same to the bit", arguments: parts)
  func resumes(part: TrainedPart) throws {
    try withFolder { folder in
      let small = try SmallModel(in: folder)
      var recipe = try small.recipe(prompts: ["Good day", ""], steps: 5)
      recipe.trainedPart = part
      recipe.advantage = .init(
        baseline: .moving(decay: 0.5), credit: .rewardToGo(discount: 0.9))
      recipe.penalty = .adaptive(initial: 0.1, target: 0.5, horizon: 100)
      let (whole, parts) = (folder.appending(path: "whole"), folder.appending(path: "parts"))
      _ = try train(recipe, small.model, whole)
      _ = try train(recipe, small.model, parts, limits: [2, 1])
      // A process that was killed has written lines, and half a line, beyond its last checkpoint.
      for name in ["metrics.jsonl", "rollouts.jsonl"] {
        let file = parts.appending(path: name)
        let lines = try Data(contentsOf: whole.appending(path: name))
        try lines.prefix(lines.count - 7).write(to: file)
      }
      let run = try train(recipe, small.model, parts)
      #expect(run.isFinished)
      var (first, second) = (try contents(of: whole), try contents(of: parts))
      // The name of the folder is the name of the model.
      first["model/plumb.json"] = nil
      second["model/plumb.json"] = nil
      #expect(first.keys.sorted() == second.keys.sorted())
      for (path, data) in first { #expect(second[path] == data, "\(path) differs") }
    }
  }

  @Test("Every part of the model starts at the base and learns", arguments: parts)
  func learns(part: TrainedPart) throws {
    try withFolder { folder in
      let small = try SmallModel(in: folder)
      // Letters are common enough to learn from in a few steps.
      var recipe = try small.recipe("matches(\"[a-z]\")", steps: 25)
      recipe.trainedPart = part
      recipe.penalty = .fixed(0)
      recipe.samples = 0
      let run = try train(recipe, small.model, folder.appending(path: "run"))
      let metrics = try run.folder.metrics()
      #expect(metrics[0].kl == 0)
      let late = metrics.suffix(5).reduce(0) { $0 + $1.reward / 5 }
      #expect(late > metrics[0].reward + 0.5, "\(part.name): \(metrics[0].reward), then \(late)")
      let loaded = try LanguageModel.load(run.folder.url.path)
      #expect(loaded.transformer.configuration.isTied == (part != .finalLayer))
    }
  }

  @Test("A model with an unembedding of its own is trained as a whole, too")
  func untied() throws {
    try withFolder { folder in
      let small = try SmallModel(in: folder, isTied: false)
      var recipe = try small.recipe(steps: 2)
      recipe.trainedPart = .all
      let run = try train(recipe, small.model, folder.appending(path: "run"))
      let names = try run.policy.changes().keys
      #expect(names.contains("unembed.W_U") && names.contains("embed.W_E"))
      recipe.trainedPart = .tiedFinalLayer
      #expect(throws: FineTuningError.notTied(model: small.folder.path)) {
        try FineTuningRun(recipe, model: small.model, folder: folder.appending(path: "tied"))
      }
    }
  }

  @Test("Other methods run, and use a batch more than once", arguments: PolicyMethod.allCases)
  func methods(method: PolicyMethod) throws {
    try withFolder { folder in
      let small = try SmallModel(in: folder)
      var recipe = try small.recipe(steps: 4)
      recipe.apply(method)
      recipe.entropyBonus = 0.01
      recipe.epochs = method == .reinforce ? 1 : 3
      let run = try train(recipe, small.model, folder.appending(path: "run"))
      #expect(run.policy.updates == 4 * recipe.epochs)
      let metrics = try run.folder.metrics()
      #expect(metrics.allSatisfy { $0.loss.isFinite && $0.gradientNorm > 0 })
      #expect(method == .reinforce || metrics.contains { $0.clipped > 0 })
    }
  }

  @Test(
    "A body in lower precision is scored as it was sampled",
    arguments: [WeightPrecision.bf16, .int8])
  func lowerPrecision(precision: WeightPrecision) throws {
    try withFolder { folder in
      let small = try SmallModel(in: folder)
      var recipe = try small.recipe(steps: 8)
      recipe.precision = precision
      recipe.batch = 64
      let run = try train(recipe, small.model, folder.appending(path: "run"))
      #expect(run.checks.allSatisfy { $0.verdict != .failed })
      let metrics = try run.folder.metrics()
      #expect(metrics[0].kl == 0 && metrics[7].kl > 0)
      recipe.precision = .fp32
      let whole = try train(recipe, small.model, folder.appending(path: "whole"))
      #expect(try whole.folder.rollouts() != run.folder.rollouts())
    }
  }

  @Test("Shuffled rewards and a reward by the base's probability have what they need")
  func controls() throws {
    try withFolder { folder in
      let small = try SmallModel(in: folder)
      var recipe = try small.recipe("logprob + token(\".\")", steps: 2)
      recipe.control = .shuffledRewards
      let run = try train(recipe, small.model, folder.appending(path: "run"))
      let records = try run.folder.rollouts()
      #expect(records.count == 32 && records.allSatisfy { $0.reward < 1 })
    }
  }

  @Test("A loss that is not a number stops the run and keeps the last good state")
  func notFinite() throws {
    try withFolder { folder in
      let small = try SmallModel(in: folder)
      // Rewards that 32 bits cannot hold, once there is a full stop.
      let recipe = try small.recipe(#"1e300 * count(".")"#, steps: 9)
      let place = folder.appending(path: "run")
      let run = try FineTuningRun(recipe, model: small.model, folder: place)
      let error = #expect(throws: FineTuningError.self) { try run.train() }
      guard case .notFinite(let step, _, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(step == run.step + 1)
      #expect(
        error?.description.contains(
          "of step \(step) is not a number; a smaller learning rate may help. The last good state is"
            + " in \(place.path).") == true)
      let resumed = try FineTuningRun(recipe, model: small.model, folder: place)
      #expect(resumed.step == step - 1)
    }
  }

  @Test("A constant reward is said to be one")
  func constantReward() throws {
    try withFolder { folder in
      let small = try SmallModel(in: folder)
      let run = try train(
        small.recipe("3", steps: 1), small.model, folder.appending(path: "run"))
      let check = try #require(run.checks.first { $0.kind == .rewardVaries })
      #expect(check.verdict == .warning)
      #expect(
        check.sentence
          == "All 16 completions of the first batch are worth 3: a constant reward teaches nothing."
          + " Choose a reward that some completions earn now and then, or a larger batch.")
    }
  }

  @Test("A folder of another recipe, or of anything else, is left alone")
  func foldersOfOthers() throws {
    try withFolder { folder in
      let small = try SmallModel(in: folder)
      let place = folder.appending(path: "run")
      var recipe = try small.recipe(steps: 1)
      _ = try train(recipe, small.model, place)
      recipe.seed = 5
      let other = #expect(throws: FineTuningError.self) {
        try FineTuningRun(recipe, model: small.model, folder: place)
      }
      #expect(
        other?.description
          == "The run in \(place.path) was begun with another recipe: seed is 5, was 0. Take the old"
          + " recipe, or another folder.")
      #expect(throws: FineTuningError.notARun(folder: small.folder.path)) {
        try FineTuningRun(recipe, model: small.model, folder: small.folder)
      }
    }
  }

  @Test("Settings without a meaning are refused")
  func settings() throws {
    try withFolder { folder in
      let small = try SmallModel(in: folder)
      func refuse(_ sentence: String, _ change: (inout FineTuningRecipe) -> Void) throws {
        var recipe = try small.recipe(prompts: ["a", "b"])
        change(&recipe)
        let error = #expect(throws: FineTuningError.self) {
          try FineTuningRun(recipe, model: small.model, folder: folder.appending(path: "run"))
        }
        #expect(error?.description == sentence)
      }
      try refuse("The temperature is 0.0; it must be above 0.") { $0.temperature = 0 }
      try refuse(
        "The batch is 3; it must be 4 or more for 2 prompts, since a baseline needs two completions"
          + " of each."
      ) { $0.batch = 3 }
      try refuse(
        "The number of updates per batch is 2; it must be 1 without ratios of probabilities, as"
          + " REINFORCE has it."
      ) { $0.epochs = 2 }
      try refuse(
        "A prompt of 1 tokens and 40 new ones are more than the model's context of 32; shorten one"
          + " of them."
      ) { $0.tokens = 40 }
      try refuse("The precision is bf16; it must be fp32 where weights below the final layer move.")
      {
        $0.precision = .bf16
        $0.trainedPart = .lastBlock
      }
    }
  }
}
