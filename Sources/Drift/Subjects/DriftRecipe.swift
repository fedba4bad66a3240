/// Everything that decides a comparison; what is `nil` comes from the fine-tuning's own recipe.
public struct DriftRecipe: Sendable, Hashable, Codable {
  /// A model and what tells its weights from others.
  public struct Model: Sendable, Hashable, Codable {
    /// The name or path by which it is found.
    public var name: String
    /// The digest of its weights.
    public var digest: String?

    /// Names a model.
    public init(name: String, digest: String? = nil) {
      self.name = name
      self.digest = digest
    }
  }

  /// The version of the format.
  public var plumb = 1
  /// The command.
  public var command = "drift"
  /// The model before.
  public var before: Model
  /// The models after, the seeds of one experiment.
  public var afters: [Model]
  /// The reward as an expression.
  public var reward: String?
  /// The prompts as texts; the empty one is the start of a document.
  public var prompts: [String]?
  /// The most tokens of a completion.
  public var tokens: Int?
  /// What divides the logits.
  public var temperature: Float?
  /// How thoroughly models are compared.
  public var settings: DriftSettings
  /// Whether control trainings are made.
  public var hasControls = false
  /// The token whose rise is attributed to training completions.
  public var attribution: String?
  /// The number of threads, on which the last bits depend.
  public var threads: Int

  /// Creates a recipe with the defaults.
  public init(before: Model, afters: [Model], settings: DriftSettings, threads: Int) {
    self.before = before
    self.afters = afters
    self.settings = settings
    self.threads = threads
  }
}
