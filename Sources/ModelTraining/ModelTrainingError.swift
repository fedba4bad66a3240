/// Why a model could not be trained.
public enum ModelTrainingError: Error, Equatable, Sendable {
  /// The recipe cannot be read or makes no sense.
  case unreadableRecipe(path: String, reason: String)
  /// A training in this folder was begun with another recipe.
  case otherRecipe(folder: String, differences: [String])
  /// The file that holds data cannot be used.
  case unusableData(path: String, reason: String)
  /// There are no data where the recipe says.
  case missingData(path: String, hint: String)
}

extension ModelTrainingError: CustomStringConvertible {
  /// What went wrong and what to do; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .unreadableRecipe(let path, let reason):
      return "The recipe \(path) cannot be used: \(reason)."
    case .otherRecipe(let folder, let differences):
      return "The training in \(folder) was begun with another recipe: "
        + differences.joined(separator: "; ") + ". Take the old recipe, or another folder."
    case .unusableData(let path, let reason):
      return "\(path) cannot be used for training: \(reason)."
    case .missingData(let path, let hint):
      return "There are no training data at \(path). \(hint)"
    }
  }
}
