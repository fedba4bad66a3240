import PlumbKernels
import PlumbRuntime

/// Everything that decides a fine-tuning by reward: the same recipe on the same machine and thread
/// count gives the same weights, to the bit.
public struct FineTuningRecipe: Sendable, Hashable, Codable {
  /// The model that a run starts from.
  public struct Model: Sendable, Hashable, Codable {
    /// The name by which it is found, or its path.
    public var name: String
    /// What tells its weights from all others.
    public var digest: String

    /// Creates a reference.
    public init(name: String, digest: String) {
      self.name = name
      self.digest = digest
    }
  }

  /// A change to the experiment that must not matter, or should, to compare with.
  public enum Control: String, Sendable, Hashable, Codable, CaseIterable {
    /// Rewards are dealt out at random among the completions of each step: what moves now is noise.
    case shuffledRewards = "shuffled-rewards"
  }

  /// The version of the format.
  public var plumb = 1
  /// The command that made the run.
  public var command = "finetune"
  /// The model that the run starts from.
  public var model: Model
  /// What a completion is worth.
  public var reward: Reward
  /// What is completed, in turn.
  public var prompts: [PromptTokens]
  /// Which weights move.
  public var trainedPart: TrainedPart = .finalLayer
  /// How the weights of a body that does not move are kept; the final layer is fp32 always, so that
  /// tokens are scored by the very distribution that they were drawn from.
  public var precision = WeightPrecision.fp32
  /// The number of steps; each draws a batch of completions.
  public var steps = 200
  /// Completions per step.
  public var batch = 64
  /// The most tokens of a completion.
  public var tokens = 30
  /// What divides the logits, in sampling, log-probabilities, entropy and divergence alike.
  public var temperature: Float = 1
  /// Whether the model's end of text ends a completion.
  public var stopsAtEnd = true
  /// How much better than expected an outcome was.
  public var advantage = AdvantageEstimator()
  /// What is increased.
  public var objective = PolicyObjective()
  /// Updates per batch of completions.
  public var epochs = 1
  /// How divergence from the base is held against the policy, in nats.
  public var penalty = KLPenalty.fixed(0.3)
  /// How much entropy is worth, per nat.
  public var entropyBonus = 0.0
  /// How gradients become steps.
  public var optimizer = Optimizer.adamW()
  /// How the learning rate depends on the step.
  public var schedule = LearningRateSchedule.constant(3e-4)
  /// The L2 norm to which longer gradients are shortened; `nil` leaves them.
  public var clippingNorm: Double?
  /// A change to compare with, or none.
  public var control: Control?
  /// Steps between two snapshots of the weights.
  public var snapshotInterval = 20
  /// Completions of each prompt before and after.
  public var samples = 10
  /// Whether mistakes are looked for.
  public var checksItself = true
  /// Decides all draws.
  public var seed: UInt64 = 0
  /// The number of threads, on which the last bits depend.
  public var threads: Int

  /// Creates a recipe with the defaults.
  public init(model: Model, reward: Reward, prompts: [PromptTokens], threads: Int) {
    self.model = model
    self.reward = reward
    self.prompts = prompts
    self.threads = threads
  }
}

extension FineTuningRecipe {
  /// Checks that every number is one that can be meant.
  ///
  /// - Throws: ``FineTuningError/outOfRange(name:value:range:)``.
  public func validate() throws(FineTuningError) {
    func require(_ holds: Bool, _ name: String, _ value: Any, _ range: String)
      throws(FineTuningError)
    {
      guard holds else { throw .outOfRange(name: name, value: "\(value)", range: range) }
    }
    try require(!prompts.isEmpty, "number of prompts", 0, "1 or more")
    try require(steps >= 1, "number of steps", steps, "1 or more")
    try require(tokens >= 1, "number of tokens", tokens, "1 or more")
    try require(
      temperature > 0 && temperature.isFinite, "temperature", temperature, "above 0")
    try require(epochs >= 1, "number of updates per batch", epochs, "1 or more")
    try require(
      epochs == 1 || objective.ratio != .none, "number of updates per batch", epochs,
      "1 without ratios of probabilities, as REINFORCE has it")
    try require(
      precision == .fp32 || trainedPart == .finalLayer, "precision", precision.rawValue,
      "fp32 where weights below the final layer move")
    try require(samples >= 0, "number of samples", samples, "0 or more")
    try require(snapshotInterval >= 1, "snapshot interval", snapshotInterval, "1 or more")
    let perPrompt = advantage.baseline == .mean || advantage.baseline == .leaveOneOut ? 2 : 1
    try require(
      batch >= perPrompt * prompts.count, "batch", batch,
      "\(perPrompt * prompts.count) or more for \(prompts.count) prompts"
        + (perPrompt == 2 ? ", since a baseline needs two completions of each" : ""))
    switch penalty {
    case .fixed(let coefficient):
      try require(coefficient >= 0, "KL coefficient", coefficient, "0 or more")
    case .adaptive(let initial, let target, let horizon):
      try require(initial > 0, "first KL coefficient", initial, "above 0")
      try require(target > 0, "KL target", target, "above 0")
      try require(horizon > 0, "KL horizon", horizon, "above 0")
    }
    switch objective.ratio {
    case .none: break
    case .token(let clip), .sequence(let clip):
      try require(clip > 0 && clip < 1, "clip range", clip, "between 0 and 1")
    }
    if case .lowRank(let rank, _) = trainedPart {
      try require(rank >= 1, "rank", rank, "1 or more")
    }
  }
}
