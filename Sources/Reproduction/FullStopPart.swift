import Drift
import Foundation
import Laboratory
import LanguageModeling
import PlumbRuntime
import ReinforcementLearning
import Reporting

/// A language model rewarded for full stops: what it wrote before and after, and what else changed.
public struct FullStopPart: ReportPart {
  /// What decides the training and the comparison.
  public struct Recipe: Codable, Sendable {
    /// The trainings, which differ in their seeds alone.
    public var trainings: [FineTuningRecipe]
    /// How the models are compared.
    public var comparison: DriftSettings
  }

  /// One step of training.
  public struct Step: Codable, Sendable {
    let step: Int
    let reward: Double
    let kl: Double
    let entropy: Double
  }

  /// A completion before or after.
  public struct Sample: Codable, Sendable {
    let text: String
    let reward: Double
  }

  /// A part of the comparison.
  public struct Finding: Codable, Sendable {
    let letter: String
    let name: String
    let status: String
    let sentence: String
  }

  /// How a topic's share of completions changed.
  public struct Topic: Codable, Sendable {
    let name: String
    let before: Estimate
    let after: Estimate
    let difference: Estimate
    let qValue: Double
  }

  /// What came of it.
  public struct Outcome: Codable, Sendable {
    let prompt: String
    let before: [Sample]
    let after: [Sample]
    /// Of each training, its steps.
    let curves: [[Step]]
    /// What the self-checks found, in words.
    let checks: [String]
    /// The answer of the comparison, from its numbers alone.
    let verdict: [String]
    let parts: [Finding]
    let topics: [Topic]
    /// The mean reward per completion of the comparison's arms.
    let rewardBefore: Estimate?
    let rewardAfter: Estimate?
    /// Completions per arm.
    let completions: Int
  }

  let language: LanguageSubject
  private let seeds: Int
  private let seed: UInt64
  private static let prompt = "Good morning"

  /// Creates the part.
  ///
  /// - Parameters:
  ///   - language: The model to train.
  ///   - seeds: How many trainings; intervals over seeds need five.
  ///   - seed: The first training's seed.
  public init(_ language: LanguageSubject, seeds: Int = 1, seed: UInt64 = 0) {
    self.language = language
    self.seeds = seeds
    self.seed = seed
  }

  /// `full-stops`.
  public var name: String { "full-stops" }
  /// The heading.
  public var title: String { "Rewarded for full stops" }
  /// 200 steps of 64 completions per seed, and the comparison.
  public var expectedSeconds: Double { 60 * Double(seeds) + 60 }

  /// REINFORCE on the final layer alone, 200 steps of 64 completions of 30 tokens.
  ///
  /// - Throws: The errors of finding and loading the model.
  public func plan() throws -> PartPlan<Recipe> {
    let writer = try language.writingModel()
    let stored = try language.storedModel()
    let trainings = try (0..<seeds).map { index in
      var recipe = FineTuningRecipe(
        model: FineTuningRecipe.Model(name: stored.name, digest: stored.digest),
        reward: try Reward(parsing: #"count(".")"#, tokenizer: writer.tokenizer),
        prompts: [try PromptTokens(Self.prompt, tokenizer: writer.tokenizer)],
        threads: language.threads)
      recipe.seed = seed &+ UInt64(index)
      return recipe
    }
    return PartPlan(
      recipe: Recipe(
        trainings: trainings, comparison: DriftSettings(completions: 300, seed: seed)),
      seed: seed, models: [stored])
  }
}
