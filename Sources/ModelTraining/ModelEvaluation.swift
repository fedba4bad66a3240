import Foundation
import PlumbModels
import PlumbRuntime
import VisionModels

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
    case .vision(let training):
      progress("validation pictures")
      let model = try VisionModel.load(location.url.path, from: library)
      return try VisionScores(of: model, dataSet: "\(data)/\(training.data)").heldOutScores(
        classes: model.labelNames)
    }
  }
}

extension VisionScores {
  /// Top-1 and top-5, then top-1 of each class, with Wilson intervals.
  ///
  /// - Parameter classes: The names of the classes, in order.
  /// - Returns: The scores.
  func heldOutScores(classes: [String]) -> [HeldOutScore] {
    func score(_ name: String, _ value: WilsonInterval, _ count: Int) -> HeldOutScore {
      HeldOutScore(
        name: name, unit: "share of pictures", estimate: value.share, low: value.low,
        high: value.high, count: count)
    }
    let all = counts.reduce(0, +)
    return [score("top-1", accuracy, all), score("top-5", accuracyInFive, all)]
      + zip(classes, zip(right, counts)).map { name, hits in
        score(name, WilsonInterval(successes: hits.0, of: hits.1), hits.1)
      }
  }
}
