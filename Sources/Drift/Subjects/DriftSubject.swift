/// What is compared: one model before, one or more after, and how they were trained.
public struct DriftSubject: Sendable {
  /// A state of training.
  public struct Snapshot: Sendable {
    /// The step after which it was taken.
    public let step: Int
    /// The model then.
    public let model: Policy.Model

    /// Creates a snapshot.
    public init(step: Int, model: Policy.Model) {
      self.step = step
      self.model = model
    }
  }

  /// A tuned model.
  public struct Tuned: Sendable {
    /// What it is called in the report.
    public let name: String
    /// The model at the end of training.
    public let model: Policy.Model
    /// The number of training steps, if it is known.
    public let steps: Int?
    /// States during training, ascending; the last may be the end.
    public let snapshots: [Snapshot]

    /// Creates a tuned model.
    public init(
      name: String, model: Policy.Model, steps: Int? = nil, snapshots: [Snapshot] = []
    ) {
      self.name = name
      self.model = model
      self.steps = steps
      self.snapshots = snapshots
    }
  }

  /// A prompt.
  public struct Prompt: Sendable {
    /// The text as a reader sees it.
    public let text: String
    /// The tokens that the models see, at least one.
    public let ids: [Int]

    /// Creates a prompt.
    public init(text: String, ids: [Int]) {
      self.text = text
      self.ids = ids
    }
  }

  /// What the model before is called.
  public var name: String
  /// The model before.
  public var before: Policy.Model
  /// The models after, the seeds of one experiment.
  public var afters: [Tuned]
  /// The bytes of each token; none for special tokens.
  public var pieces: [[UInt8]]
  /// What training rewarded, if it is known.
  public var reward: DriftReward?
  /// The prompts.
  public var prompts: [Prompt]
  /// How many tokens a completion has at most.
  public var length: Int
  /// What divides the logits, in sampling and in every divergence.
  public var temperature: Float
  /// The token that ends a text, if there is one.
  public var endOfText: Int?

  /// Creates a subject.
  ///
  /// - Throws: ``DriftError/noModels`` or ``DriftError/differentVocabularies(before:after:name:)``.
  public init(
    name: String, before: Policy.Model, afters: [Tuned], pieces: [[UInt8]], reward: DriftReward?,
    prompts: [Prompt], length: Int, temperature: Float = 1, endOfText: Int?
  ) throws(DriftError) {
    guard !afters.isEmpty else { throw .noModels }
    for after in afters
    where after.model.unembedding.vocabulary != before.unembedding.vocabulary {
      throw .differentVocabularies(
        before: before.unembedding.vocabulary, after: after.model.unembedding.vocabulary,
        name: after.name)
    }
    self.name = name
    self.before = before
    self.afters = afters
    self.pieces = pieces
    self.reward = reward
    self.prompts = prompts
    self.length = length
    self.temperature = temperature
    self.endOfText = endOfText
  }

  /// Whether the models differ in their last layers alone.
  public var sharesBody: Bool { afters.allSatisfy { $0.model.body === before.body } }
}
