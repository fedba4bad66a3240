import Foundation
import LanguageModels
import PlumbFiles
import PlumbModels
import PlumbRuntime
import ReinforcementLearning

/// The models of a recipe, read from their folders.
public struct LoadedSubject {
  /// What is compared.
  public var subject: DriftSubject
  /// The model before.
  public let base: LanguageModel
  /// The fine-tunings that made the models after, where they are such.
  public let runs: [FineTuningFolder?]
  /// The recipe that they share, if they are fine-tunings.
  public let training: FineTuningRecipe?
  /// What a reader should know: what could not be used, and why.
  public private(set) var notes: [String] = []
  private let threads: Int

  /// Reads the models.
  ///
  /// - Parameters:
  ///   - recipe: The recipe.
  ///   - library: Where names are looked for.
  /// - Throws: ``DriftError`` if the models do not belong together, `RewardError`
  ///   if the reward does not parse or suit the vocabulary, or what the models' loading throws.
  public init(_ recipe: DriftRecipe, from library: ModelLibrary) throws {
    threads = recipe.threads
    base = try LanguageModel.load(recipe.before.name, from: library)
    runs = recipe.afters.map { Self.run(at: $0.name) }
    let recipes = try runs.map { try $0?.recipe() }
    training = recipes.first ?? nil
    try Self.checkSeeds(recipes, names: recipe.afters.map(\.name))

    let tokenizer = base.tokenizer
    let vocabulary = base.transformer.configuration.vocabulary
    let before = Policy.Model(
      body: try DecoderBody(base.transformer, threads: recipe.threads),
      unembedding: try UnembeddingMatrix(of: base.transformer))
    var afters: [DriftSubject.Tuned] = []
    for (index, after) in recipe.afters.enumerated() {
      let model = try LanguageModel.load(after.name, from: library)
      try Self.check(model, named: after.name, against: base)
      afters.append(
        DriftSubject.Tuned(
          name: Self.name(after.name, recipes[index], among: recipe.afters.count),
          model: try Self.policy(model.transformer, base: base.transformer, before, recipe.threads),
          steps: recipes[index]?.steps,
          snapshots: try Self.snapshots(
            runs[index], recipes[index], base: base, before, threads: recipe.threads)))
    }

    let reward =
      try recipe.reward.map { try Reward(parsing: $0, tokenizer: tokenizer) }
      ?? training?.reward
    let driftReward = try reward.flatMap {
      try DriftReward($0, tokenizer: tokenizer, vocabulary: vocabulary)
    }
    var notes: [String] = []
    if reward != nil, driftReward == nil {
      notes.append(
        "The reward depends on the base's log-probabilities, so the parts about reward do not apply."
      )
    }
    let given = try recipe.prompts?.map { try PromptTokens($0, tokenizer: tokenizer) }
    let prompts =
      try given ?? training?.prompts ?? [try PromptTokens("", tokenizer: tokenizer)]
    let length = recipe.tokens ?? training?.tokens ?? 30
    let longest = prompts.map(\.ids.count).max() ?? 0
    let limit = base.transformer.configuration.contextLength
    guard longest + length <= limit else {
      throw DriftError.tooLong(prompt: longest, length: length, limit: limit)
    }
    let texts = tokenizer.map(TokenTexts.init)
    subject = try DriftSubject(
      name: base.name, before: before, afters: afters,
      pieces: (0..<vocabulary).map { id in
        texts?.bytes(of: id) ?? Array(" \(id)".utf8)
      },
      reward: driftReward,
      prompts: prompts.map { prompt in
        .init(
          text: prompt.text ?? prompt.ids.map(String.init).joined(separator: " "), ids: prompt.ids)
      }, length: length, temperature: recipe.temperature ?? training?.temperature ?? 1,
      endOfText: training?.stopsAtEnd == false ? nil : tokenizer?.endOfText)
    self.notes = notes
  }

  /// Another model that came of the base, as a policy.
  func policy(_ model: TransformerModel) throws -> Policy.Model {
    try Self.policy(model, base: base.transformer, subject.before, threads)
  }

  /// The fine-tuning that lives in a folder, if one does.
  private static func run(at path: String) -> FineTuningFolder? {
    let folder = FineTuningFolder(
      URL(fileURLWithPath: (path as NSString).expandingTildeInPath))
    return FileManager.default.fileExists(atPath: folder.recipeFile.path) ? folder : nil
  }

  private static func name(
    _ path: String, _ recipe: FineTuningRecipe?, among count: Int
  ) -> String {
    let name = URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent
    guard let recipe, count > 1 else { return name }
    return "\(name) (seed \(recipe.seed))"
  }

  /// Seeds of one experiment differ in their seeds alone.
  private static func checkSeeds(
    _ recipes: [FineTuningRecipe?], names: [String]
  ) throws(DriftError) {
    func shared(_ recipe: FineTuningRecipe) -> FineTuningRecipe {
      var recipe = recipe
      (recipe.seed, recipe.threads, recipe.samples, recipe.snapshotInterval) = (0, 0, 0, 1)
      return recipe
    }
    guard let first = recipes.first, let first else { return }
    for (recipe, name) in zip(recipes, names).dropFirst() {
      guard let recipe else { continue }
      if let difference = FieldDifference.between(shared(first), and: shared(recipe)).first {
        throw .differentExperiments(
          first: names[0], second: name, field: difference.field,
          values: "\(difference.value ?? "none") and \(difference.other ?? "none")")
      }
    }
  }

  private static func check(
    _ model: LanguageModel, named name: String, against base: LanguageModel
  ) throws(DriftError) {
    let (before, after) = (
      base.transformer.configuration.vocabulary, model.transformer.configuration.vocabulary
    )
    guard before == after else {
      throw .differentVocabularies(before: before, after: after, name: name)
    }
    guard let old = base.tokenizer, let new = model.tokenizer else { return }
    for id in 0..<min(before, old.vocabularySize, new.vocabularySize) {
      let (first, second) = (try? old.piece(id), try? new.piece(id))
      if first != second {
        throw .differentTokens(
          id: id, before: String(decoding: first ?? [], as: UTF8.self),
          after: String(decoding: second ?? [], as: UTF8.self), name: name)
      }
    }
  }

  /// A model as a policy; it has the base's own body where nothing below the unembedding changed.
  private static func policy(
    _ model: TransformerModel, base: TransformerModel, _ before: Policy.Model, _ threads: Int
  ) throws -> Policy.Model {
    let unembedding = try UnembeddingMatrix(of: model)
    if try hasSameBody(model, base) {
      return Policy.Model(body: before.body, unembedding: unembedding)
    }
    return Policy.Model(body: try DecoderBody(model, threads: threads), unembedding: unembedding)
  }

  private static func hasSameBody(_ model: TransformerModel, _ base: TransformerModel) throws
    -> Bool
  {
    var configuration = model.configuration
    configuration.isTied = base.configuration.isTied
    configuration.hasUnembeddingBias = base.configuration.hasUnembeddingBias
    guard configuration == base.configuration else { return false }
    let last = ["unembed.W_U", "unembed.b_U"]
    for name in base.parameters.names where !last.contains(name) {
      guard try model.parameters.value(name) == base.parameters.value(name) else { return false }
    }
    return true
  }

  private static func snapshots(
    _ run: FineTuningFolder?, _ recipe: FineTuningRecipe?, base: LanguageModel,
    _ before: Policy.Model, threads: Int
  ) throws -> [DriftSubject.Snapshot] {
    // Those of another base say nothing about this one.
    guard let run, let recipe, try recipe.model.digest == base.digest.value() else { return [] }
    return try run.snapshotSteps.map { step in
      let model = try base.transformer.adding(run.snapshot(step: step))
      return DriftSubject.Snapshot(
        step: step, model: try policy(model, base: base.transformer, before, threads))
    }
  }
}
