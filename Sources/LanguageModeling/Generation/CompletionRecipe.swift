import Foundation
import PlumbKernels
import PlumbTokenizers

/// Everything that decides completions: the same recipe gives the same tokens, whatever the number
/// of threads.
public struct CompletionRecipe: Sendable, Hashable, Codable {
  /// Which weights are meant.
  public struct Model: Sendable, Hashable, Codable {
    /// The argument that named the model.
    public var name: String
    /// What tells its weights from all others.
    public var digest: String?
  }

  /// The version of the format.
  public var plumb = 1
  /// The command.
  public var command = "complete"
  /// The model.
  public var model: Model
  /// The text of the prompt, if it was one.
  public var prompt: String?
  /// The tokens of the prompt.
  public var promptIDs: [Int]
  /// The number of the first completion.
  public var first: Int
  /// How many completions there are.
  public var count: Int
  /// How they are written.
  public var options: GenerationOptions
  /// How the weights are kept.
  public var precision: WeightPrecision
  /// The number of threads that was used; it does not change the result.
  public var threads: Int
  /// How many of the most probable tokens are listed with each token.
  public var alternatives: Int

  /// The seed, which recipes of all commands have.
  public var seed: UInt64 { options.seed }

  /// Creates a recipe.
  public init(
    model: String, prompt: String?, promptIDs: [Int], first: Int = 0, count: Int = 1,
    options: GenerationOptions, precision: WeightPrecision, threads: Int, alternatives: Int = 0
  ) {
    self.model = Model(name: model, digest: nil)
    self.prompt = prompt
    self.promptIDs = promptIDs
    self.first = first
    self.count = count
    self.options = options
    self.precision = precision
    self.threads = threads
    self.alternatives = alternatives
  }

  private struct Transcript: Decodable {
    let recipe: CompletionRecipe
  }

  /// Reads the recipe of a transcript that `plumb complete --json` printed, or a recipe alone.
  ///
  /// - Throws: ``WritingError/noTranscript(file:reason:)``.
  public init(contentsOf file: String) throws(WritingError) {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw .noTranscript(file: file, reason: "it cannot be read")
    }
    let decoder = JSONDecoder()
    if let transcript = try? decoder.decode(Transcript.self, from: data) {
      self = transcript.recipe
    } else if let recipe = try? decoder.decode(CompletionRecipe.self, from: data) {
      self = recipe
    } else {
      throw .noTranscript(file: file, reason: "it has no recipe of that command")
    }
    guard command == "complete", plumb == 1, count > 0, options.newTokens > 0 else {
      throw .noTranscript(file: file, reason: "its recipe is of another command or version")
    }
  }

  /// Writes the completions.
  ///
  /// - Parameters:
  ///   - model: The model, loaded with the recipe's precision.
  ///   - onToken: Called after each step with how many tokens there are, and for a single completion
  ///     with the new text.
  /// - Returns: The completions with their tokens.
  /// - Throws: As ``Decoder/generate(_:options:tokenizer:unembedding:keepingLogitsIn:observe:)``.
  public func run(
    on model: WritingModel, onToken: ((Int, String) throws -> Void)? = nil
  ) throws -> [WrittenCompletion] {
    var watched = (first..<first + count).map { _ in [[WrittenCompletion.Alternative]]() }
    var stream = StopStream(model.tokenizer, stopStrings: options.stopStrings)
    let completions = try model.decoder.completions(
      of: promptIDs, numbers: first..<first + count, options: options, tokenizer: model.tokenizer
    ) { step in
      for (row, request) in step.requests.enumerated() where alternatives > 0 {
        watched[request].append(
          try Self.alternatives(alternatives, step.logits.logProbabilities(row), model.tokenizer))
      }
      let isText = count == 1 && !options.endTokens.contains(step.tokens[0])
      try onToken?(step.position + 1, isText ? stream.take(step.tokens[0]) : "")
    }
    try onToken?(options.newTokens, count == 1 ? stream.finish() : "")
    return try zip(completions, watched).map { completion, watched in
      try WrittenCompletion(completion, alternatives: watched, tokenizer: model.tokenizer)
    }
  }

  private static func alternatives(
    _ count: Int, _ logProbabilities: [Float], _ tokenizer: BPETokenizer?
  ) throws -> [WrittenCompletion.Alternative] {
    let border = TokenKernels.largest(
      min(count, logProbabilities.count), of: logProbabilities.span)
    let best = logProbabilities.indices.filter { logProbabilities[$0] >= border }
      .sorted { (logProbabilities[$1], $0) < (logProbabilities[$0], $1) }
    return try best.prefix(count).map {
      .init(id: $0, text: try tokenizer?.decode([$0]) ?? "", logprob: logProbabilities[$0])
    }
  }
}

/// A completion as it is shown and stored.
public struct WrittenCompletion: Sendable, Hashable, Codable {
  /// A token that was as likely or nearly so.
  public struct Alternative: Sendable, Hashable, Codable {
    /// The token's id.
    public var id: Int
    /// Its text; a part of a character is U+FFFD.
    public var text: String
    /// The logarithm of its probability by the model alone, in nats.
    public var logprob: Float
  }

  /// A token of the completion.
  public struct Token: Sendable, Hashable, Codable {
    /// The token's id.
    public var id: Int
    /// Its text; a part of a character is U+FFFD.
    public var text: String
    /// The logarithm of its probability by the model alone, in nats.
    public var logprob: Float
    /// The most probable tokens at its place, the most probable first; only if asked for.
    public var alternatives: [Alternative]?
  }

  /// The number of the completion.
  public var index: Int
  /// The text, cut before a stop string.
  public var text: String
  /// The ids of its tokens.
  public var ids: [Int]
  /// Its tokens.
  public var tokens: [Token]
  /// How it ended.
  public var finish: FinishReason

  init(
    _ completion: Completion, alternatives: [[Alternative]], tokenizer: BPETokenizer?
  ) throws {
    index = completion.index
    text = completion.text
    ids = completion.ids
    finish = completion.finish
    tokens = try zip(completion.ids, completion.logProbabilities).enumerated().map {
      place, token in
      Token(
        id: token.0, text: try tokenizer?.decode([token.0]) ?? "", logprob: token.1,
        alternatives: alternatives.isEmpty ? nil : alternatives[place])
    }
  }
}
