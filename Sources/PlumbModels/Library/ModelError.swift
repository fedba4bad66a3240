/// Why a model could not be found, read or used.
public enum ModelError: Error, Equatable, Sendable {
  /// Nothing is called so; `nearest` are similar names, `searched` the places that were looked in.
  case unknownModel(name: String, nearest: [String], searched: [String])
  /// There is no such file or folder.
  case noSuchPath(path: String)
  /// The folder or file is no model.
  case notAModel(path: String)
  /// A file could not be opened.
  case unreadable(file: String, reason: String)
  /// A file could not be written.
  case unwritable(file: String, reason: String)
  /// A `plumb.json` is not as it must be.
  case malformedDescription(file: String, problem: String)
  /// The model works on something else than what is asked of it.
  case wrongKind(name: String, kind: ModelDescription.Kind, needed: ModelDescription.Kind)
  /// The model is changes of another, whose weights are not those that it was made from.
  case otherBase(name: String, base: String, expected: String, got: String)
  /// The model is described as changes of itself.
  case ownBase(name: String)
}

extension ModelError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .otherBase(let name, let base, let expected, let got):
      return "'\(name)' is a change of '\(base)', but the weights of that name are others now:"
        + " \(got), not \(expected). Bring the old weights back, or train again."
    case .ownBase(let name):
      return "'\(name)' is described as a change of itself; correct 'base' in its"
        + " \(ModelDescription.fileName)."
    case .unknownModel(let name, let nearest, let searched):
      let hint =
        nearest.isEmpty
        ? "" : " Similar names: \(nearest.map { "'\($0)'" }.joined(separator: ", "))."
      return "No model is called '\(name)'.\(hint) Looked in"
        + " \(searched.isEmpty ? "no folder" : searched.joined(separator: ", "));"
        + " 'plumb models list' shows what is there, --models DIR adds a folder."
    case .noSuchPath(let path):
      return "There is no file or folder \(path)."
    case .notAModel(let path):
      return "\(path) is no model: a folder needs plumb.json or a language model's config.json,"
        + " a file must be .onnx, .pb, .safetensors, .pth or .pt."
    case .unreadable(let file, let reason):
      return "\(file) cannot be read (\(reason)); check the path and its permissions."
    case .unwritable(let file, let reason):
      return "\(file) cannot be written (\(reason)); choose another folder or free some space."
    case .malformedDescription(let file, let problem):
      return "\(file) does not describe a model: \(problem)."
    case .wrongKind(let name, let kind, let needed):
      return "'\(name)' is a \(kind.rawValue) model, but this needs a \(needed.rawValue) model."
    }
  }
}
