import Foundation
import LanguageModeling

/// The arms of a comparison and what parts share, while it runs.
struct Workbench {
  let subject: DriftSubject
  let settings: DriftSettings
  let scorer: ArmScorer
  let classes: RewardClasses?
  let sampler: ArmSampler
  let bootstrap: Bootstrap
  let progress: (DriftProgress) -> Void

  /// The arm of the base.
  private(set) var base: Arm
  /// The base's states at its own tokens.
  private(set) var baseStates: [Float]
  private(set) var profile: BaseProfile
  /// The arm of each seed.
  private(set) var tuned: [Arm] = []
  /// The states of each seed's tokens: of the tuned body, and of the base's.
  private(set) var tunedStates: [(after: [Float], before: [Float])] = []
  private(set) var budgets: [DivergenceBudget] = []

  /// Draws the arms that every part needs.
  init(
    _ subject: DriftSubject, _ settings: DriftSettings, classifier: RegisterClassifier?,
    progress: @escaping (DriftProgress) -> Void
  ) throws {
    self.subject = subject
    self.settings = settings
    self.progress = progress
    scorer = ArmScorer(pieces: subject.pieces, reward: subject.reward, classifier: classifier)
    classes = subject.reward?.classes
    sampler = ArmSampler(
      prompts: subject.prompts.map(\.ids), count: settings.completions, length: subject.length,
      endOfText: subject.endOfText, seed: settings.seed)
    bootstrap = Bootstrap(
      completions: settings.completions, seeds: subject.afters.count,
      replicates: settings.replicates, seed: settings.seed)

    let body = subject.before.body
    var completions = try Self.drawn(
      sampler, Policy(subject.before, temperature: subject.temperature), "before", [body], progress)
    baseStates = completions.states[0]
    completions.states = []
    base = scorer.arm(completions)
    profile = try BaseProfile(
      completions, states: baseStates, unembedding: subject.before.unembedding, classes: classes,
      temperature: subject.temperature)
    for after in subject.afters {
      let bodies = after.model.body === body ? [body] : [after.model.body, body]
      var completions = try Self.drawn(
        sampler, Policy(after.model, temperature: subject.temperature), after.name, bodies,
        progress)
      let states = (after: completions.states[0], before: completions.states[bodies.count - 1])
      completions.states = []
      tunedStates.append(states)
      tuned.append(scorer.arm(completions))
      budgets.append(
        try DivergenceBudget(
          completions, states: states, after: after.model.unembedding,
          before: subject.before.unembedding, classes: classes, temperature: subject.temperature))
    }
  }

  /// Draws completions of a policy and measures them.
  func arm(_ policy: Policy, _ name: String, count: Int? = nil) throws -> Arm {
    scorer.arm(
      try Self.drawn(sampler.drawing(count ?? settings.completions), policy, name, [], progress))
  }

  /// How many completions of an arm tell its divergence, which varies less than topics do.
  static let divergenceCompletions = 300

  /// Draws completions of a model and measures them, and the first ones' divergence from the base.
  func measuredArm(
    _ model: Policy.Model, _ name: String, count: Int
  ) throws -> (arm: Arm, budget: DivergenceBudget) {
    let body = subject.before.body
    let bodies = model.body === body ? [body] : [model.body, body]
    var completions = try Self.drawn(
      sampler.drawing(count), Policy(model, temperature: subject.temperature), name, bodies,
      progress)
    let budget = try DivergenceBudget(
      completions, states: (completions.states[0], completions.states[bodies.count - 1]),
      after: model.unembedding, before: subject.before.unembedding, classes: nil,
      temperature: subject.temperature, limit: Self.divergenceCompletions)
    completions.states = []
    return (scorer.arm(completions), budget)
  }

  private static func drawn(
    _ sampler: ArmSampler, _ policy: Policy, _ name: String, _ bodies: [any PolicyBody],
    _ progress: (DriftProgress) -> Void
  ) throws -> Completions {
    progress(DriftProgress(stage: name, done: 0, total: sampler.count))
    return try sampler.sample(policy, recording: bodies) { done in
      progress(DriftProgress(stage: name, done: done, total: sampler.count))
    }
  }

  /// Differences of values `[seed][completion]` from the base's, completion by completion.
  static func differences(_ values: [[Double]], from base: [Double]) -> [[Double]] {
    values.map { zip($0, base).map { $0 - $1 } }
  }

  /// The topics that the question is about: politics by its words, and by register.
  var focus: [Int] { [ArmScorer.politicsLexicon] + (scorer.politicalRegister.map { [$0] } ?? []) }
}

/// How far a comparison has come.
public struct DriftProgress: Sendable {
  /// The arm that is being drawn.
  public let stage: String
  /// How many of its completions are done.
  public let done: Int
  /// How many it has.
  public let total: Int
}
