/// Why a visualization could not be made.
public enum VisualizationError: Error, Equatable, Sendable {
  /// A recipe with a number that makes no sense.
  case invalidRecipe(field: String, value: String, requirement: String)
  /// The objective is the same for all images.
  case constantObjective(String)
  /// The objective became NaN or infinite.
  case nonFiniteObjective(step: Int)
  /// The saved state lacks a parameter, or has it in another size.
  case foreignState(parameter: String)
  /// A file is no saved visualization.
  case noState(file: String)
  /// A saved visualization is of another recipe.
  case otherRecipe(file: String)
}

extension VisualizationError: CustomStringConvertible {
  /// What went wrong, with which values; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .invalidRecipe(let field, let value, let requirement):
      return "\(field) must be \(requirement), not \(value)."
    case .constantObjective(let objective):
      return "The objective '\(objective)' does not depend on the image; name a layer or a "
        + "penalty."
    case .foreignState(let parameter):
      return "The saved state has no parameter '\(parameter)' of this size; start with the "
        + "parameterization and the size that it was saved with."
    case .noState(let file):
      return "\(file) is no saved visualization; choose a file that an interrupted run left."
    case .otherRecipe(let file):
      return "\(file) was saved by a run with other options; repeat the command that left it, or "
        + "remove the file."
    case .nonFiniteObjective(let step):
      return "The objective is not a finite number at step \(step); lower the learning rate."
    }
  }
}
