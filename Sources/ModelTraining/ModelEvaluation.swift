import Foundation

/// How good a trained model is on the data that its recipe held out.
public enum ModelEvaluation {
  /// Measures the weights in a model folder, which holds the recipe that made it.
  ///
  /// - Parameters:
  ///   - folder: The model folder.
  ///   - data: The folder of the data.
  ///   - progress: Is told the name of each score that is about to be measured.
  /// - Returns: The scores.
  /// - Throws: ``ModelTrainingError`` if the folder has no recipe or data are missing; errors of the
  ///   files and of the runtime.
  public static func scores(
    ofModelIn folder: String, data: String, progress: (String) -> Void = { _ in }
  ) throws -> [HeldOutScore] {
    let recipe = try TrainingRecipe(contentsOf: folder + "/recipe.json")
    switch recipe.subject {
    case .language(let training):
      return try training.scores(ofModelIn: folder, data: data, progress: progress)
    case .vision(let training):
      return try training.scores(ofModelIn: folder, data: data, progress: progress)
    }
  }
}
