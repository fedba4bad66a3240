/// Why a fine-tuning could not begin or go on.
public enum FineTuningError: Error, Equatable, Sendable {
  /// A setting has no meaning.
  case outOfRange(name: String, value: String, range: String)
  /// A prompt and its completion are longer than the model's context.
  case tooLong(prompt: Int, tokens: Int, limit: Int)
  /// The model has no token at which a document starts.
  case noDocumentStart
  /// The model has no tokenizer, but a prompt is text.
  case needsTokenizer(prompt: String)
  /// The model's embedding and unembedding are two matrices already.
  case notTied(model: String)
  /// The model cannot be trained in that part.
  case noBlocks(model: String)
  /// A run in this folder was begun with another recipe.
  case otherRecipe(folder: String, differences: [String])
  /// The folder holds something that is not a run.
  case notARun(folder: String)
  /// A file of a run cannot be read.
  case unreadable(path: String, reason: String)
  /// A file of a run cannot be written.
  case unwritable(path: String, reason: String)
  /// The loss is not a number; the weights are those of the step before.
  case notFinite(step: Int, what: String, folder: String)
  /// A self-check failed.
  case failedCheck(step: Int, SelfCheck)
}

extension FineTuningError: CustomStringConvertible {
  /// What went wrong, with which values, and what to do; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .outOfRange(let name, let value, let range):
      return "The \(name) is \(value); it must be \(range)."
    case .tooLong(let prompt, let tokens, let limit):
      return "A prompt of \(prompt) tokens and \(tokens) new ones are more than the model's context"
        + " of \(limit); shorten one of them."
    case .noDocumentStart:
      return
        "The model has no token that starts or ends a document; give a prompt that is not empty."
    case .needsTokenizer(let prompt):
      return
        "The model has no tokenizer, so the prompt '\(prompt)' cannot become tokens; give token"
        + " ids instead."
    case .notTied(let model):
      return
        "'\(model)' has an unembedding of its own, so there is nothing to tie; leave out --tie."
    case .noBlocks(let model):
      return "'\(model)' has no blocks, so only its final layer can be trained."
    case .otherRecipe(let folder, let differences):
      return "The run in \(folder) was begun with another recipe: "
        + differences.joined(separator: "; ") + ". Take the old recipe, or another folder."
    case .notARun(let folder):
      return "\(folder) holds files but no recipe.json; choose an empty folder or a run's."
    case .unreadable(let path, let reason):
      return "\(path) cannot be read: \(reason)."
    case .unwritable(let path, let reason):
      return "\(path) cannot be written: \(reason)."
    case .notFinite(let step, let what, let folder):
      return "\(what) of step \(step) is not a number; a smaller learning rate may help. The last"
        + " good state is in \(folder)."
    case .failedCheck(let step, let check):
      return "A self-check failed at step \(step): \(check.sentence) --no-checks goes on anyway."
    }
  }
}
