/// Why a visualization could not be made.
public enum VisualizationError: Error, Equatable, Sendable {
  /// A recipe with a number that makes no sense.
  case invalidRecipe(field: String, value: String, requirement: String)
  /// The objective is the same for all images.
  case constantObjective(String)
  /// The objective became NaN or infinite.
  case nonFiniteObjective(step: Int)
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
    case .nonFiniteObjective(let step):
      return "The objective is not a finite number at step \(step); lower the learning rate."
    }
  }
}
