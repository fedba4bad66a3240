import Foundation
import LanguageModels
import PlumbRuntime
import PlumbTokenizers
import ReinforcementLearning

/// Trainings that differ from the experiment in one thing, to tell what that thing did.
///
/// Each lives in a folder of its own and is resumed, or not trained again, if it is there already.
public struct ControlTraining: Sendable {
  /// What was done instead.
  public let name: String
  /// The recipe.
  public let recipe: FineTuningRecipe

  /// The controls of a training.
  ///
  /// - Parameters:
  ///   - recipe: The experiment.
  ///   - tokenizer: The model's tokenizer.
  /// - Returns: Rewards shuffled within each batch; other targets that count as often as they occur;
  ///   plain gradient descent in place of AdamW, or the other way round.
  /// - Throws: `RewardError`.
  public static func all(
    of recipe: FineTuningRecipe, tokenizer: BPETokenizer?
  ) throws(RewardError) -> [ControlTraining] {
    func variant(
      _ name: String, _ change: (inout FineTuningRecipe) -> Void
    ) -> ControlTraining {
      var recipe = recipe
      change(&recipe)
      return ControlTraining(name: name, recipe: recipe)
    }
    var controls = [variant(ControlFindings.shuffled) { $0.control = .shuffledRewards }]
    for target in [",", "!", " the"] {
      let reward = try Reward(parsing: "count(\"\(target)\")", tokenizer: tokenizer)
      if reward == recipe.reward { continue }
      controls.append(variant("reward \(reward)") { $0.reward = reward })
    }
    if case .sgd = recipe.optimizer {
      controls.append(
        variant("AdamW instead of gradient descent") {
          $0.optimizer = .adamW()
          $0.schedule = .constant(1e-3)
        })
    } else {
      controls.append(
        variant("gradient descent instead of AdamW") {
          $0.optimizer = .sgd()
          $0.schedule = .constant(1)
        })
    }
    return controls
  }

  /// Trains, or goes on, or finds the result.
  ///
  /// - Parameters:
  ///   - model: The model that the experiment started from.
  ///   - folder: Where the trainings of all controls live, each in a folder of its own.
  ///   - report: Is told how many steps are done.
  /// - Returns: The result.
  /// - Throws: Errors of the training, or `CancellationError` after saving.
  public func train(
    _ model: LanguageModel, in folder: URL, report: (Int) -> Void
  ) throws -> TransformerModel {
    let own = folder.appendingPathComponent(folderName)
    let run = try FineTuningRun(recipe, model: model, folder: own)
    if !run.isFinished { try run.train { report($0.step) } }
    return try model.transformer.adding(run.folder.snapshot(step: recipe.steps))
  }

  private var folderName: String {
    let targets = [",": "comma", "!": "exclamation-mark"]
    let text = targets.reduce(name) { $0.replacing($1.key, with: $1.value) }
    return text.split { !$0.isLetter && $0 != "-" }.joined(separator: "-").lowercased()
  }
}
