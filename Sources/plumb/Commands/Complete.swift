import ArgumentParser
import Foundation
import LanguageModeling
import PlumbKernels

/// Continues a text with a language model.
struct Complete: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Continue a text with a language model.",
    discussion: """
      Draws are keyed by the seed, the number of the completion and that of the token: completion 3 \
      is the same alone (--first 3) as among ten (-n 10). What --json prints can be replayed with \
      --replay. The defaults are those of Hugging Face's generate with do_sample: temperature 1, \
      top-k 50.
      """)

  @Argument(help: "A model's name or folder; not needed with --replay.")
  var model: String?

  @Argument(help: "The text to continue; an empty one is the start of a document.")
  var prompt: String?

  @Option(help: "The prompt as token ids, such as '12,5,7', for models without a tokenizer.")
  var ids: TokenIDs?

  @Option(name: [.customShort("n"), .long], help: "How many completions.")
  var completions = 1

  @Option(help: "The number of the first completion.")
  var first = 0

  @Option(help: "How many tokens each completion has at most.")
  var newTokens = 30

  @OptionGroup var sampling: SamplingOptions

  @Option(help: "A text that ends a completion, which is cut before it; may be given repeatedly.")
  var stop: [String] = []

  @Option(help: "Random seed; the same seed gives the same completions.")
  var seed: UInt64 = 0

  @Option(help: "How the weights are kept: fp32, bf16 or int8.")
  var precision = WeightPrecision.fp32

  @Flag(help: "Show every token with its probability and the runners-up.")
  var tokens = false

  @Option(help: "How many of the most probable tokens are shown with each; 3 with --tokens.")
  var top: Int?

  @Flag(
    inversion: .prefixedNo,
    help: "Put the token that begins a text first, for models that have one.")
  var begin = true

  @Option(help: "Repeat what a file printed by --json records.")
  var replay: String?

  @OptionGroup var modelOptions: ModelOptions
  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object, a transcript that --replay takes.")
  var json = false

  func validate() throws {
    if replay != nil {
      guard prompt == nil, ids == nil else {
        throw ValidationError("--replay takes the prompt from the file; leave it out.")
      }
    } else {
      guard model != nil else { throw ValidationError("Name a model, or a file to --replay.") }
      guard (prompt == nil) != (ids == nil) else {
        throw ValidationError("Give the prompt as a text or as --ids, one of the two.")
      }
    }
    guard completions >= 1 else {
      throw ValidationError("--completions must be 1 or more, not \(completions).")
    }
    guard first >= 0 else { throw ValidationError("--first must be 0 or more, not \(first).") }
    guard newTokens >= 1 else {
      throw ValidationError("--new-tokens must be 1 or more, not \(newTokens).")
    }
    if let top, top < 0 { throw ValidationError("--top must be 0 or more, not \(top).") }
    if let empty = stop.first(where: \.isEmpty) {
      throw ValidationError("--stop needs a text, not '\(empty)'.")
    }
    do { try sampling.sampling.validate() } catch { throw ValidationError("\(error)") }
  }

  func run() async throws {
    let count = threads.apply()
    let recorded = try replay.map { try CompletionRecipe(contentsOf: $0) }
    let name = model ?? recorded?.model.name ?? ""
    let writer = try WritingModel.load(
      name, from: modelOptions.library, precision: recorded?.precision ?? precision)
    var recipe = try recorded ?? recipe(for: writer, named: name, threads: count)
    if json || recorded != nil {
      let digest = try writer.digest.value()
      if let expected = recipe.model.digest, expected != digest {
        throw WritingError.otherWeights(model: name, expected: expected, got: digest)
      }
      recipe.model.digest = digest
    }
    let view = CompletionView(
      isSilent: json, showsTokens: tokens, recipe: recipe, tokenizer: writer.tokenizer)
    let written = try await interruptible { [recipe] in
      try view.begin()
      return try recipe.run(on: writer) { try view.update($0, text: $1) }
    }
    if json {
      let fields = Fields(
        prompt: .init(text: recipe.prompt, ids: recipe.promptIDs), completions: written)
      try CommandOutput("complete", recipe: recipe, fields).print()
    } else {
      try view.finish(written)
    }
  }

  private func recipe(
    for writer: WritingModel, named name: String, threads: Int
  ) throws -> CompletionRecipe {
    let promptIDs =
      try ids?.values ?? writer.tokens(of: prompt ?? "", addsBeginning: begin)
    guard !promptIDs.isEmpty else {
      throw CommandFailure(
        "The prompt is empty, and '\(name)' has no token that starts a document; give a text.")
    }
    return CompletionRecipe(
      model: name, prompt: prompt, promptIDs: promptIDs, first: first, count: completions,
      options: GenerationOptions(
        newTokens: newTokens, sampling: sampling.sampling, seed: seed,
        endTokens: writer.tokenizer?.endOfText.map { [$0] } ?? [], stopStrings: stop),
      precision: precision, threads: threads, alternatives: top ?? (tokens ? 3 : 0))
  }

  private struct Fields: Encodable {
    struct Prompt: Encodable {
      let text: String?
      let ids: [Int]
    }
    let prompt: Prompt
    let completions: [WrittenCompletion]
  }
}

/// Token ids on the command line, separated by commas.
struct TokenIDs: ExpressibleByArgument {
  let values: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map {
      Int($0.trimmingCharacters(in: .whitespaces))
    }
    guard !parts.isEmpty, parts.allSatisfy({ $0 ?? -1 >= 0 }) else { return nil }
    values = parts.compactMap(\.self)
  }
}

extension WeightPrecision: ExpressibleByArgument {}
extension Sampling.Semantics: ExpressibleByArgument {}

/// How tokens are chosen.
struct SamplingOptions: ParsableArguments {
  @Flag(help: "Take the most probable token each time.")
  var greedy = false

  @Option(help: "What logits are divided by; lower is more cautious.")
  var temperature: Float = 1

  @Option(help: "Choose among this many of the most probable tokens; 0 for all.")
  var topK = 50

  @Option(help: "Choose among the most probable tokens that have this mass together.")
  var topP: Float = 1

  @Option(help: "Choose among tokens with this share of the largest probability.")
  var minP: Float = 0

  @Option(help: "Divide positive logits of tokens seen before by this.")
  var repetitionPenalty: Float = 1

  @Option(help: "Subtract this from the logits of tokens that were generated.")
  var presencePenalty: Float = 0

  @Option(help: "Subtract this for each time that a token was generated.")
  var frequencyPenalty: Float = 0

  @Option(help: "Whose order and edge cases to follow: hf, tl (TransformerLens) or mlx.")
  var semantics = Sampling.Semantics.huggingFace

  /// What the options say.
  var sampling: Sampling {
    Sampling(
      semantics: semantics, temperature: greedy ? 0 : temperature,
      topK: topK == 0 || greedy ? nil : topK, topP: topP, minP: minP,
      repetitionPenalty: repetitionPenalty, presencePenalty: presencePenalty,
      frequencyPenalty: frequencyPenalty)
  }
}
