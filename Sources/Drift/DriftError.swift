/// Why two models could not be compared.
public enum DriftError: Error, Equatable, Sendable {
  /// The models have vocabularies of different sizes, or different tokens.
  case differentVocabularies(before: Int, after: Int, name: String)
  /// The models' tokenizers have the same size, but some token differs.
  case differentTokens(id: Int, before: String, after: String, name: String)
  /// There is nothing to compare.
  case noModels
  /// A file of a finetune folder cannot be read.
  case unreadable(file: String, reason: String)
  /// The after models were trained differently, so they are not seeds of one experiment.
  case differentExperiments(first: String, second: String, field: String, values: String)
  /// A setting makes no sense.
  case invalidSetting(name: String, value: String, needs: String)
  /// A model's numbers are not finite.
  case notFinite(name: String)
  /// A prompt and its continuation do not fit into the model's context.
  case tooLong(prompt: Int, length: Int, limit: Int)
}

extension DriftError: CustomStringConvertible {
  /// What went wrong, with which values, and what to do; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .differentVocabularies(let before, let after, let name):
      return "\(name) has \(after) tokens, but the model before has \(before); drift compares "
        + "models of one vocabulary, so give a model that was trained from the one before."
    case .differentTokens(let id, let before, let after, let name):
      return "Token \(id) is '\(after)' in \(name), but '\(before)' in the model before; drift "
        + "compares models of one vocabulary."
    case .noModels:
      return "There is no model to compare with; name at least one after the model before."
    case .unreadable(let file, let reason):
      return "\(file) cannot be read: \(reason)."
    case .differentExperiments(let first, let second, let field, let values):
      return "\(second) is not another seed of \(first): \(field) differs (\(values)). Compare "
        + "them one at a time."
    case .invalidSetting(let name, let value, let needs):
      return "\(name) is \(value); it must be \(needs)."
    case .notFinite(let name):
      return "\(name) gives logits that are not finite; its weights are damaged."
    case .tooLong(let prompt, let length, let limit):
      return "A prompt of \(prompt) tokens and \(length) new ones do not fit into the model's "
        + "context of \(limit); ask for fewer with --tokens."
    }
  }
}
