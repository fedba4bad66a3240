import Foundation
import LanguageModels
import PlumbKernels
import PlumbRuntime
import SmallTokenizer

@testable import ReinforcementLearning

/// A GPT-2 of two thin layers with random weights, in a folder.
struct SmallModel {
  let folder: URL
  let model: LanguageModel

  /// Writes and loads the model.
  init(in parent: URL, isTied: Bool = true) throws {
    folder = parent.appending(path: "small")
    let tokenizer = try smallTokenizer()
    let configuration = TransformerConfiguration(
      family: .gpt2, vocabulary: tokenizer.vocabularySize, width: 24, layers: 2,
      contextLength: 32, normalization: .init(.layer), positions: .learned,
      attention: .init(
        layers: 2, heads: 2, headWidth: 12, hasInputBias: true, hasOutputBias: true),
      feedForward: .init(width: 48, activation: .geluTanh, isGated: false, hasBias: true),
      isTied: isTied)
    try TransformerModel.initialized(configuration, seed: 4, deviation: 0.25).save(to: folder.path)
    try tokenizer.save(to: folder)
    model = try LanguageModel.load(folder.path)
  }

  /// A recipe of a few small steps.
  func recipe(
    _ reward: String = "count(\".\")", prompts: [String] = ["Good day"], steps: Int = 6
  ) throws -> FineTuningRecipe {
    let tokenizer = model.tokenizer
    var recipe = FineTuningRecipe(
      model: .init(name: folder.path, digest: try model.digest.value()),
      reward: try Reward(parsing: reward, tokenizer: tokenizer),
      prompts: try prompts.map { try PromptTokens($0, tokenizer: tokenizer) },
      threads: Threads.count)
    recipe.steps = steps
    recipe.batch = 16
    recipe.tokens = 8
    recipe.samples = 3
    recipe.snapshotInterval = 2
    recipe.schedule = .constant(0.02)
    return recipe
  }
}

/// The files below a folder with their contents, by relative path.
func contents(of folder: URL) throws -> [String: Data] {
  var files: [String: Data] = [:]
  for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
    files[path] = FileManager.default.contents(atPath: folder.appending(path: path).path)
  }
  return files
}

/// The number of threads that tests compute with.
enum Threads {
  static var count: Int { (try? ComputeThread.shared().threadCount) ?? 1 }
}
