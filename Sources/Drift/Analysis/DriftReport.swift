/// Everything that a comparison found.
public struct DriftReport: Sendable {
  /// A completion before and the one after that was drawn with the same random numbers.
  public struct Pair: Sendable, Encodable {
    /// The prompt.
    public let prompt: String
    /// The base's completion.
    public let before: String
    /// The completion of the first tuned model.
    public let after: String
  }

  /// The model before.
  public let before: String
  /// The models after.
  public let afters: [String]
  /// The reward, if it is known.
  public let reward: String?
  /// The prompts.
  public let prompts: [String]
  /// The settings.
  public let settings: DriftSettings
  /// Whether intervals speak of new training runs, not only of these.
  public let isOverSeeds: Bool
  /// Completions side by side.
  public let pairs: [Pair]

  /// Part A.
  public internal(set) var effect: EffectFindings
  /// Part B.
  public internal(set) var budget: BudgetFindings
  /// Part C.
  public internal(set) var classes: ClassFindings?
  /// Part D.
  public internal(set) var swap: SwapFindings?
  /// Part E.
  public internal(set) var selection: SelectionNull?
  /// Part F.
  public internal(set) var sharpening: SharpeningFindings?
  /// Part G.
  public internal(set) var controls: ControlFindings?
  /// Part H.
  public internal(set) var anatomy: AnatomyFindings?
  /// Part I.
  public internal(set) var removal: RemovalFindings?
  /// Part J.
  public internal(set) var words: WordFindings
  /// Part K.
  public internal(set) var measures: MeasureFindings?
  /// Part L.
  public internal(set) var diversity: DiversityFindings
  /// Part M.
  public internal(set) var frontier: RewardFrontier?
  /// Part N.
  public internal(set) var timeline: Timeline?
  /// Which training completions raised a word, if that was asked for.
  public internal(set) var attribution: AttributionFindings?

  /// The parts in order, each with its status and one sentence.
  public internal(set) var parts: [DriftPart] = []
  /// The answer, from the numbers alone.
  public internal(set) var verdict: [String] = []
}
