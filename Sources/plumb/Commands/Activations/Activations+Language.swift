import LanguageModeling
import PlumbFiles
import PlumbModels
import PlumbRuntime

extension Activations {
  /// The values of a language model, of a text or of the tokens in a file.
  func languageValues() throws -> (values: [String: Tensor], model: ModelReference) {
    let model = try options.languageModel(model)
    let batch =
      input.hasSuffix(".safetensors")
      ? try TokenBatch(contentsOf: SafetensorsFile(path: input)) : try tokens(for: model)
    let target = try gradientOf.map { try TokenTarget($0, tokenizer: model.tokenizer) }
    let values = try LanguageActivations(model.transformer).values(
      of: batch, matching: HookPattern.list(hooks).map(\.text), gradientOf: target, row: row)
    let byName = Dictionary(values.map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
    return (byName, try model.reference())
  }

  /// The tokens of the text that was given.
  private func tokens(for model: LanguageModel) throws -> TokenBatch {
    guard let tokenizer = model.tokenizer else {
      throw CommandFailure(
        "'\(model.name)' has no tokenizer; give the tokens as 'input_ids' of a safetensors file.")
    }
    let ids = tokenizer.encode(input)
    guard !ids.isEmpty else { throw CommandFailure("The text is empty; give at least one token.") }
    return try TokenBatch([ids])
  }
}
