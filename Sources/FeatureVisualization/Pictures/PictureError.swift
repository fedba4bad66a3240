/// Why a picture could not be made again.
public enum PictureError: Error, Equatable, Sendable {
  /// The picture holds no recipe.
  case noRecipe(path: String)
  /// The recipe cannot be understood.
  case damagedRecipe(path: String)
  /// The recipe is of another command, or of a later version.
  case foreignRecipe(path: String, command: String, format: Int)
  /// A file that the recipe names is not the same any more.
  case changedFile(path: String)
  /// The model has other weights.
  case otherWeights(model: String, expected: String, got: String)
}

extension PictureError: CustomStringConvertible {
  /// What went wrong and what to do; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .noRecipe(let path):
      return "\(path) holds no recipe; choose a PNG that 'plumb visualize' made, and that no other "
        + "program has saved since."
    case .damagedRecipe(let path):
      return "The recipe in \(path) cannot be understood; make the picture anew."
    case .foreignRecipe(let path, let command, let format):
      return "The recipe in \(path) is of 'plumb \(command)', format \(format); replay it with the "
        + "program that made it."
    case .changedFile(let path):
      return "\(path) is not the file that the recipe was made with; put the old one back."
    case .otherWeights(let model, let expected, let got):
      return "The weights of \(model) are \(got), but the recipe needs \(expected); name the model "
        + "with those weights."
    }
  }
}
