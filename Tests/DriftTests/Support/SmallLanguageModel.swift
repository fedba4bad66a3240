import Foundation
import PlumbKernels
import PlumbModels
import PlumbRuntime
import ReinforcementLearning

/// A GPT-2 of two thin layers with random weights, in a folder.
struct SmallLanguageModel {
  let folder: URL
  let model: LanguageModel

  /// Writes and loads the model.
  init(in parent: URL) throws {
    folder = parent.appending(path: "small")
    let tokenizer = try Self.tokenizer()
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

  /// All bytes, and a few words merged from the left.
  private static func tokenizer() throws -> BPETokenizer {
    var pieces = (0..<256).map { [UInt8($0)] }
    var merges: [(left: Int, right: Int)] = []
    var ids: [[UInt8]: Int] = [:]
    for (id, piece) in pieces.enumerated() { ids[piece] = id }
    // Each word is merged from the left, one byte at a time.
    for word in [" good", " day", "..", " Mr", "Good", "é"] {
      let bytes = Array(word.utf8)
      for end in 2...bytes.count {
        let whole = Array(bytes[..<end])
        guard ids[whole] == nil, let left = ids[Array(bytes[..<(end - 1)])],
          let right = ids[[bytes[end - 1]]]
        else { continue }
        ids[whole] = pieces.count
        pieces.append(whole)
        merges.append((left, right))
      }
    }
    // Runs of full stops are merged in pairs, as GPT-2's are.
    if let two = ids[Array("..".utf8)] {
      merges.append((two, two))
      pieces.append(Array("....".utf8))
    }
    let end = pieces.count
    pieces.append(Array("<|endoftext|>".utf8))
    return try BPETokenizer(
      pieces: pieces, merges: merges,
      addedTokens: [AddedToken(id: end, content: "<|endoftext|>", isSpecial: true)],
      configuration: .init(endOfText: end))
  }
}
