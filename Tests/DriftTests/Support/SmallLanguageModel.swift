import Foundation
import LanguageModels
import PlumbKernels
import PlumbRuntime
import ReinforcementLearning
import SmallTokenizer

/// A GPT-2 of two thin layers with random weights, in a folder.
struct SmallLanguageModel {
  let folder: URL
  let model: LanguageModel

  /// Writes and loads the model.
  init(in parent: URL) throws {
    folder = parent.appending(path: "small")
    let tokenizer = try smallTokenizer()
    let configuration = TransformerConfiguration(
      family: .gpt2, vocabulary: tokenizer.vocabularySize, width: 24, layers: 2,
      contextLength: 32, normalization: .init(.layer), positions: .learned,
      attention: .init(
        layers: 2, heads: 2, headWidth: 12, hasInputBias: true, hasOutputBias: true),
      feedForward: .init(width: 48, activation: .geluTanh, isGated: false, hasBias: true),
      isTied: true)
    try TransformerModel.initialized(configuration, seed: 4, deviation: 0.25).save(to: folder.path)
    try tokenizer.save(to: folder)
    model = try LanguageModel.load(folder.path)
  }

  /// A recipe of a few small steps.
  func recipe(steps: Int = 6) throws -> FineTuningRecipe {
    var recipe = FineTuningRecipe(
      model: .init(name: folder.path, digest: try model.digest.value()),
      reward: try Reward(parsing: "count(\".\")", tokenizer: model.tokenizer),
      prompts: [try PromptTokens("Good day", tokenizer: model.tokenizer)],
      threads: try ComputeThread.shared().threadCount)
    recipe.steps = steps
    recipe.batch = 16
    recipe.tokens = 8
    recipe.samples = 3
    recipe.snapshotInterval = 2
    recipe.schedule = .constant(0.02)
    return recipe
  }
}
