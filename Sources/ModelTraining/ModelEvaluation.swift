import Foundation
import PlumbModels

/// How good a trained model is on the data that its recipe held out.
public enum ModelEvaluation {
  /// Measures the weights of a model, whose folder holds the recipe that made it.
  ///
  /// - Parameters:
  ///   - location: The model.
  ///   - library: Where models are looked for.
  ///   - data: The folder of the data.
  ///   - progress: Is told the name of what is about to be measured.
  /// - Returns: The scores.
  /// - Throws: ``ModelTrainingError`` if the folder has no recipe or data are missing; errors of the
  ///   files and of the runtime.
  public static func scores(
    of location: ModelLocation, library: ModelLibrary, data: String,
    progress: (String) -> Void = { _ in }
  ) throws -> [HeldOutScore] {
    let recipe = try TrainingRecipe(
      contentsOf: location.url.appendingPathComponent("recipe.json").path)
    switch recipe.subject {
    case .language(let training):
      return try training.scores(ofModelIn: location.url.path, data: data, progress: progress)
    case .vision:
      progress("validation pictures")
      let model = try VisionModel.load(location.url.path, from: library)
      return try VisionScores(of: model, data: data).heldOutScores
    }
  }
}

extension VisionScores {
  /// Top-1 and top-5 with Wilson intervals.
  var heldOutScores: [HeldOutScore] {
    let count = counts.reduce(0, +)
    return [("top-1", accuracy), ("top-5", accuracyInFive)].map { name, value in
      HeldOutScore(
        name: name, unit: "share of pictures", estimate: value.share, low: value.low,
        high: value.high, count: count)
    }
  }
}
