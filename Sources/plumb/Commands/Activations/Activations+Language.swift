import LanguageModeling
import LanguageModels
import PlumbFiles
import PlumbModels
import PlumbRuntime

extension Activations {
  /// The values of a language model.
  func languageValues() throws -> (values: [String: Tensor], model: ModelReference) {
    let model = try options.languageModel(model)
    let target = try gradientOf.map { try TokenTarget($0, tokenizer: model.tokenizer) }
    let batch = try tokens(for: model)
    let reader = LanguageActivations(model.transformer)
    let patterns = HookPattern.list(hooks)
    let values: [LanguageActivations.Value]
    if newTokens > 0 {
      guard batch.ids.shape[0] == 1, !batch.isPadded else {
        throw CommandFailure("--new-tokens needs a single prompt without padding.")
      }
      let (completion, written) = try reader.valuesWhileWriting(
        after: batch.ids.elements.map { Int($0) },
        options: GenerationOptions(newTokens: newTokens, sampling: .greedy), matching: patterns,
        gradientOf: target)
      Console.note("Wrote the tokens \(completion.ids.map(String.init).joined(separator: ",")).")
      values = written
    } else {
      values = try reader.values(of: batch, matching: patterns, gradientOf: target, row: row)
    }
    return (
      Dictionary(values.map { ($0.name, $0.tensor) }) { $1 }, try model.reference()
    )
  }

  /// The batch of a file, or the tokens of a text with the one that the model expects first.
  private func tokens(for model: LanguageModel) throws -> TokenBatch {
    if input.hasSuffix(".safetensors") {
      return try TokenBatch(contentsOf: SafetensorsFile(path: input))
    }
    guard let tokenizer = model.tokenizer else {
      throw CommandFailure(
        "'\(model.name)' has no tokenizer; give a safetensors file with 'input_ids' as the input.")
    }
    return try TokenBatch([(tokenizer.beginOfText.map { [$0] } ?? []) + tokenizer.encode(input)])
  }
}
