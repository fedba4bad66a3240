import CodeTasks
import Foundation
import LanguageModeling
import LanguageModels
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import PlumbTokenizers

/// Training a GPT-2-shaped transformer from scratch on text.
public final class LanguageTask: TrainingTask {
  /// What the model computes.
  public let configuration: TransformerConfiguration
  /// The tokenizer, learned from the training texts.
  public let tokenizer: BPETokenizer
  /// What could not be read; a damaged corpus is an error, so there is nothing.
  public var damages: [String] { [] }

  private let training: LanguageTraining
  private let name: String
  private let seed: UInt64
  private let batch: Int
  /// The tokens to train on, per corpus; each document follows the separator.
  private let tokens: [[UInt16]]
  private let schedule: WindowSchedule
  private let heldOut: [HeldOutText]

  /// Reads the texts, learns the tokenizer or reads the one that the folder holds, and encodes.
  ///
  /// - Parameters:
  ///   - training: What to train on.
  ///   - recipe: The rest of the recipe: steps, batch, seed.
  ///   - data: The folder of the corpora.
  ///   - folder: Where the tokenizer is kept between sessions.
  /// - Throws: ``ModelTrainingError`` if a corpus is missing or damaged.
  public init(
    _ training: LanguageTraining, recipe: TrainingRecipe, data: String, folder: String
  ) throws {
    self.training = training
    self.name = recipe.name
    self.seed = recipe.seed
    self.batch = recipe.batch
    let corpora = try training.corpora.map { corpus throws(ModelTrainingError) in
      try TextCorpus(path: data + "/" + corpus.file)
    }
    let tokenizer = try Self.tokenizer(training, corpora, in: folder + "/tokenizer")
    self.tokenizer = tokenizer
    self.configuration = training.configuration(vocabulary: tokenizer.vocabularySize)
    guard let separator = tokenizer.endOfText else {
      throw ModelTrainingError.unusableData(
        path: folder + "/tokenizer", reason: "the tokenizer has no end of text")
    }
    tokens = corpora.map { corpus in
      var ids: [UInt16] = []
      for document in corpus.training {
        ids.append(UInt16(separator))
        ids += tokenizer.encode(utf8: document).lazy.map { UInt16($0) }
      }
      return ids
    }
    for (corpus, ids) in zip(training.corpora, tokens) where ids.count <= training.context {
      throw ModelTrainingError.unusableData(
        path: corpus.file, reason: "it has \(ids.count) tokens, fewer than the context")
    }
    schedule = WindowSchedule(
      lengths: tokens.map(\.count), shares: training.corpora.map(\.share),
      window: training.context, batch: recipe.batch, steps: recipe.steps, seed: recipe.seed)
    heldOut = zip(training.corpora, corpora).map { description, corpus in
      HeldOutText(
        register: description.register, documents: corpus.heldOut, tokenizer: tokenizer)
    }
  }

  private static func tokenizer(
    _ training: LanguageTraining, _ corpora: [TextCorpus], in folder: String
  ) throws -> BPETokenizer {
    let url = URL(fileURLWithPath: folder)
    if FileManager.default.fileExists(atPath: folder) { return try .load(from: url) }
    var trainer = try BPETrainer(vocabularySize: training.vocabulary)
    // Shares of the vocabulary's text as of the training text, from the front of each corpus.
    let budget = 40_000_000.0
    let total = training.corpora.reduce(0) { $0 + $1.share }
    for (corpus, text) in zip(training.corpora, corpora) {
      var left = Int(budget * corpus.share / total)
      for document in text.training where left > 0 {
        trainer.add(String(decoding: document.prefix(left), as: UTF8.self))
        left -= document.count
      }
    }
    let tokenizer = try trainer.train()
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    try tokenizer.save(to: url)
    return tokenizer
  }

  // MARK: The network

  /// The mean negative log-probability of the next token in nats, as `loss`.
  public func graph() throws -> Graph {
    Graph(["loss": try configuration.predictionLosses(batch: batch).mean()])
  }

  /// None.
  public var updates: [String: String] { [:] }

  /// The matrices of the blocks.
  public var hiddenMatrices: Set<String> {
    Set(
      configuration.parameterShapes.filter {
        $0.name.hasPrefix("blocks.") && $0.shape.rank == 2
      }.map(\.name))
  }

  /// Weights as GPT-2 began; see `TransformerModel.initialized(_:seed:deviation:)`.
  public func initialParameters() throws -> [String: Tensor] {
    try values(of: TransformerModel.initialized(configuration, seed: seed).parameters)
  }

  /// See ``TrainingTask/parameters(ofModelIn:)``.
  public func parameters(ofModelIn folder: String) throws -> [String: Tensor] {
    try values(of: TransformerModel.load(from: folder).parameters)
  }

  /// The values of the network's parameters by name.
  private func values(of parameters: ParameterStore) throws -> [String: Tensor] {
    let names = configuration.parameterShapes.map(\.name)
    return Dictionary(uniqueKeysWithValues: try names.map { ($0, try parameters.value($0)) })
  }

  /// The windows of a step: `ids` `[batch, position]`, and `targets`, the tokens one further on.
  public func batch(step: Int) throws -> [String: Tensor] {
    var ids: [Int] = []
    var targets: [Int] = []
    for window in schedule[step] {
      let end = window.start + training.context
      ids += tokens[window.corpus][window.start..<end].lazy.map { Int($0) }
      targets += tokens[window.corpus][window.start + 1...end].lazy.map { Int($0) }
    }
    return [
      "ids": try Tensor(indices: ids, [batch, training.context]),
      "targets": try Tensor(indices: targets, [batch * training.context]),
    ]
  }

  // MARK: Scores

  /// Bits per byte on held-out documents, per register and for the mixture.
  public func evaluate(_ parameters: ParameterStore, isFinal: Bool) throws -> [String: Double] {
    let evaluation = try LanguageEvaluation(
      configuration, copying: parameters)
    return try evaluation.scores(
      of: heldOut, shares: training.corpora.map(\.share),
      tokenLimit: isFinal ? nil : 8 * training.context)
  }

  /// Writes a Hugging Face folder with the tokenizer, weights in half precision.
  public func export(_ parameters: ParameterStore, to folder: String) throws {
    let store = try ParameterStore(values(of: parameters))
    try TransformerModel(configuration, parameters: store).save(to: folder, as: .float16)
    try tokenizer.save(to: URL(fileURLWithPath: folder))
  }

  // MARK: The card

  /// See ``TrainingTask/card(ofModelIn:facts:)``.
  public func card(ofModelIn folder: String, facts: TrainingFacts) throws -> String {
    let model = try TransformerModel.load(from: folder)
    let scores = try training.scores(
      LanguageEvaluation(configuration, copying: model.parameters), on: heldOut,
      progress: { _ in })
    let decoder = try Decoder(model)
    return LanguageCard(
      facts: facts, training: training, scores: scores,
      weights: configuration.parameterShapes.reduce(0) { $0 + $1.shape.count },
      samples: [
        try samples("Texts from nothing", prompt: "", tokens: 60, of: decoder),
        try samples(
          "After \u{201C}Good morning\u{201D}", prompt: "Good morning", tokens: 30, of: decoder),
        try samples(
          "After \u{201C}def is_prime(n):\u{201D}", prompt: "def is_prime(n):", tokens: 60,
          of: decoder),
      ].compactMap(\.self),
      registers: try registers(after: "Good morning", of: decoder),
      python: try pythonShares(of: decoder)
    ).text
  }

  /// Completions of a prompt as long as the context allows; none if the prompt fills it.
  private func completions(
    of prompt: [Int], numbers: Range<Int>, tokens: Int, sampling: Sampling = Sampling(),
    by decoder: Decoder
  ) throws -> (tokens: Int, completions: [Completion])? {
    let tokens = min(tokens, training.context - prompt.count)
    guard tokens > 0 else { return nil }
    let completions = try decoder.completions(
      of: prompt, numbers: numbers,
      options: GenerationOptions(
        newTokens: tokens, sampling: sampling, endTokens: tokenizer.endOfText.map { [$0] } ?? []),
      tokenizer: tokenizer)
    return (tokens, completions)
  }

  /// The registers of 500 completions.
  private func registers(after prompt: String, of decoder: Decoder) throws -> RegisterShares? {
    guard let classifier = RegisterClassifier.shipped,
      let (tokens, completions) = try completions(
        of: tokenizer.encode(prompt), numbers: 0..<500, tokens: 30, sampling: Sampling(topK: nil),
        by: decoder)
    else { return nil }
    return RegisterShares(
      completions.map(\.text), prompt: prompt, tokens: tokens, classifier: classifier)
  }

  /// How often functions are valid, as they come and with the likeliest tokens alone.
  private func pythonShares(of decoder: Decoder) throws -> [PythonShare] {
    guard training.corpora.contains(where: { $0.register == "code" }),
      let jail = try? Jail.system()
    else { return [] }
    let check = SyntaxCheck(jail)
    do {
      let ways: [(statesPurpose: Bool, temperature: Float)] = [
        (true, 0.2), (true, 1), (false, 0.2), (false, 1),
      ]
      return try ways.map { way in
        try PythonShare(
          temperature: way.temperature, statesPurpose: way.statesPurpose, check: check
        ) { prompt in
          try completions(
            of: tokenizer.encode(prompt), numbers: 0..<PythonShare.completions,
            tokens: PythonShare.tokens, sampling: Sampling(temperature: way.temperature),
            by: decoder
          )?.completions.map { ($0.text, $0.finish == .end) } ?? []
        }
      }
    } catch is JailError {
      // Where nothing can hold code, none is run.
      return []
    }
  }

  /// Ten completions as `plumb complete` draws them.
  private func samples(
    _ title: String, prompt: String, tokens: Int, of decoder: Decoder
  ) throws -> LanguageCard.Samples? {
    let ids = prompt.isEmpty ? tokenizer.endOfText.map { [$0] } ?? [] : tokenizer.encode(prompt)
    guard
      let (tokens, completions) = try completions(
        of: ids, numbers: 0..<10, tokens: tokens, by: decoder)
    else { return nil }
    let given = prompt.isEmpty ? "--ids \(ids[0])" : "\"\(prompt)\""
    return LanguageCard.Samples(
      title: title,
      command: "plumb complete \(name) \(given) -n 10 --new-tokens \(tokens)",
      texts: completions.map { prompt + $0.text })
  }
}
