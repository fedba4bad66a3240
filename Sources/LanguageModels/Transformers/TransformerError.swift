import PlumbFiles

/// Why a language model's folder could not be read or written.
public enum TransformerError: Error, Equatable, Sendable {
  /// A file could not be opened.
  case unreadable(file: String, reason: String)
  /// A file could not be written.
  case unwritable(file: String, reason: String)
  /// The configuration is not a JSON object.
  case malformedConfiguration(file: String, problem: String)
  /// The configuration lacks a field.
  case missingField(file: String, field: String)
  /// A field of the configuration has another type than it must have.
  case wrongField(file: String, field: String, needs: String)
  /// The model is of a kind that Plumbline does not have.
  case unknownArchitecture(file: String, name: String)
  /// A setting asks for something that Plumbline does not compute.
  case unsupportedSetting(file: String, setting: String, value: String)
  /// Numbers of the configuration contradict each other.
  case inconsistent(file: String, problem: String)
  /// The files of a family cannot say what a model computes.
  case inexpressible(family: String)
  /// The folder has no safetensors file.
  case noWeights(folder: String)
  /// A tensor has another shape than the configuration says.
  case wrongShape(file: String, tensor: String, expected: [Int], got: [Int])
  /// A tensor's elements are not real numbers.
  case notReal(file: String, tensor: String, type: StoredType)
  /// A batch of prompts is empty, or one of its prompts is.
  case emptyPrompt(row: Int?)
  /// A token id is not one of the model's.
  case unknownToken(id: Int, vocabulary: Int)
  /// A prompt and what should follow it are longer than the model's context.
  case promptTooLong(prompt: Int, new: Int, limit: Int)
  /// More positions are asked for than the model or its cache has.
  case tooLong(positions: Int, limit: Int)
}

extension TransformerError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      return "\(file) cannot be read (\(reason)); check the path and its permissions."
    case .unwritable(let file, let reason):
      return "\(file) cannot be written (\(reason)); choose another folder or free some space."
    case .malformedConfiguration(let file, let problem):
      return "\(file) is not a model configuration: \(problem); copy or download it again."
    case .missingField(let file, let field):
      return "\(file) has no field '\(field)', without which the model is not determined."
    case .wrongField(let file, let field, let needs):
      return "The field '\(field)' of \(file) must be \(needs)."
    case .unknownArchitecture(let file, let name):
      let known = TransformerConfiguration.Family.allCases.map(\.rawValue).joined(separator: ", ")
      return "\(file) describes a model of the type '\(name)'; Plumbline has \(known)."
    case .unsupportedSetting(let file, let setting, let value):
      return "\(file) sets '\(setting)' to \(value), which Plumbline does not compute."
    case .inconsistent(let file, let problem):
      return "\(file) contradicts itself: \(problem)."
    case .inexpressible(let family):
      return "A configuration of the family '\(family)' cannot say what this model computes;"
        + " set its family to 'plumbline'."
    case .noWeights(let folder):
      return "\(folder) has neither 'model.safetensors' nor 'model.safetensors.index.json';"
        + " download the weights as safetensors."
    case .wrongShape(let file, let tensor, let expected, let got):
      return "Tensor '\(tensor)' of \(file) has the shape \(got), but the configuration says"
        + " \(expected); weights and config.json belong to different models."
    case .notReal(let file, let tensor, let type):
      return "Tensor '\(tensor)' of \(file) holds elements of the type \(type.rawValue);"
        + " weights must be real numbers."
    case .emptyPrompt(nil):
      return "A batch needs at least one prompt."
    case .emptyPrompt(let row?):
      return "Prompt \(row) of the batch has no tokens; give each prompt at least one."
    case .unknownToken(let id, let vocabulary):
      return "The token id \(id) is outside of the model's vocabulary, 0 to \(vocabulary - 1);"
        + " check that the tokenizer belongs to the model."
    case .promptTooLong(let prompt, let new, let limit):
      let excess = prompt + new - limit
      return "The prompt has \(prompt) tokens, which with \(new) new ones is \(excess) more than"
        + " the model's context of \(limit); shorten the prompt or generate fewer tokens."
    case .tooLong(let positions, let limit):
      return "\(positions) positions are asked for, but there are only \(limit);"
        + " shorten the prompt or generate fewer tokens."
    }
  }
}
