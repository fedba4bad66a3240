/// Part A: reward and topics before and after.
public struct EffectFindings: Sendable, Codable {
  /// The mean reward before, after, and the difference; `nil` without a reward.
  public var reward: Contrast?
  /// The topics.
  public var topics: [TopicEffect]
  /// The effect on politics per prompt, where there are several.
  public var prompts: [PromptEffect]

  /// A number before and after.
  public struct Contrast: Sendable, Codable {
    /// Before.
    public var before: Estimate
    /// After.
    public var after: Estimate
    /// After minus before.
    public var difference: Estimate
  }

  /// The effect on the completions of one prompt.
  public struct PromptEffect: Sendable, Codable {
    /// The prompt.
    public var prompt: String
    /// The share of completions with a word of politics.
    public var politics: Contrast
    /// The mean reward.
    public var reward: Contrast?
  }
}

/// Part B: where the divergence is spent.
public struct BudgetFindings: Sendable, Codable {
  /// A token and its share of the divergence.
  public struct TokenShare: Sendable, Codable {
    /// The token's id.
    public var id: Int
    /// The token's text.
    public var token: String
    /// Nats per completion; negative where the token became rarer.
    public var nats: Double
  }

  /// A place where much was spent.
  public struct Place: Sendable, Codable {
    /// The text before.
    public var context: String
    /// The token that was sampled.
    public var token: String
    /// Nats.
    public var nats: Double
  }

  /// Nats per completion.
  public var total: Estimate
  /// Nats per token.
  public var perToken: Double
  /// Nats at each position; intervals over completions and seeds.
  public var perPosition: [Estimate]
  /// The share of completions that spend more than one nat at one token.
  public var largeStepShare: Estimate
  /// The median position of the first such token, from 0; `nil` where there is none.
  public var medianLargeStep: Int?
  /// The tokens that take most.
  public var tokens: [TokenShare]
  /// The most expensive places.
  public var places: [Place]
  /// The divergence of the base from itself by the same computation; 0 or something is broken.
  public var baseFromItself: Double
  /// The most nats that any completion of any seed spent.
  public var largest: Double
}

/// Part C: what the reward asked for, and what came along.
public struct ClassFindings: Sendable, Codable {
  /// Nats per completion between classes of reward: what the reward asks for at once.
  public var intended: Estimate
  /// Nats per completion among tokens that earn the same.
  public var collateral: Estimate
  /// Collateral as a share of both.
  public var collateralShare: Estimate
  /// Nats at each position, between classes and within them.
  public var perPosition: [[Double]]
  /// How far the two parts are from the whole at worst, in nats.
  public var chainRuleError: Double
  /// The tokens that take most of the collateral part, and how often the base puts a token that
  /// earns right after them.
  public var tokens: [CollateralToken]
  /// How often the base puts a token that earns after any token.
  public var rewardedNext: Double

  /// A token's share of the collateral part.
  public struct CollateralToken: Sendable, Codable {
    /// The token's text.
    public var token: String
    /// Nats per completion.
    public var nats: Double
    /// The base's probability of a token that earns right after it, where it was seen often enough.
    public var rewardedNext: Double?
  }
}

/// Part D: the two by two swap.
public struct SwapFindings: Sendable, Codable {
  /// One topic, or the reward.
  public struct Row: Sendable, Codable {
    /// The topic.
    public var topic: String
    /// The base.
    public var base: Estimate
    /// The tuned model's class probabilities with the base's words.
    public var classesAlone: Estimate
    /// The base's class probabilities with the tuned model's words.
    public var wordsAlone: Estimate
    /// The tuned model.
    public var tuned: Estimate
    /// What the class probabilities alone change.
    public var effectOfClasses: Estimate
    /// What the words alone change.
    public var effectOfWords: Estimate
    /// What is left: both together beyond their sum.
    public var interaction: Estimate
  }
  /// The reward first, then the topics.
  public var rows: [Row]
}

/// Part F: the base made as sure of itself as the tuned model.
public struct SharpeningFindings: Sendable, Codable {
  /// One topic.
  public struct Row: Sendable, Codable {
    /// The topic.
    public var topic: String
    /// The base's share.
    public var base: Estimate
    /// The share at the other temperature.
    public var sharpened: Estimate
    /// What the temperature alone changes.
    public var effect: Estimate
    /// The tuned share minus that at the other temperature.
    public var unexplained: Estimate
  }
  /// The temperature.
  public var temperature: Double
  /// The tuned model's entropy per token of prose, in nats.
  public var targetEntropy: Double
  /// The entropy that was reached.
  public var reachedEntropy: Double
  /// The base's entropy.
  public var baseEntropy: Double
  /// The topics.
  public var rows: [Row]
}

/// Part H: the directions of the change of the last layer.
public struct AnatomyFindings: Sendable, Codable {
  /// One direction.
  public struct Direction: Sendable, Codable {
    /// The number, from 1.
    public var number: Int
    /// The singular value.
    public var singularValue: Double
    /// Its share of the sum of squares.
    public var energyShare: Double
    /// Nats per token of the divergence that it is answerable for.
    public var nats: Double
    /// The same as a share of all.
    public var divergenceShare: Double
    /// Whether its singular value is above the noise floor.
    public var isAboveNoise: Bool
    /// Tokens that it makes likelier where it reads a positive number.
    public var raised: [String]
    /// Tokens that it makes rarer there.
    public var lowered: [String]
    /// Texts at whose end it reads most.
    public var contexts: [String]
    /// The share of its writing that goes to tokens that earn.
    public var rewardedShare: Double
  }
  /// The seed of which this is the anatomy.
  public var name: String
  /// The share of the squared change that is gauge and changes nothing.
  public var gaugeShare: Double
  /// The noise floor of singular values, and where it comes from.
  public var noiseFloor: Double
  /// Where the floor comes from.
  public var noiseSource: String
  /// How many directions are above it.
  public var aboveNoise: Int
  /// How many directions there are.
  public var rank: Int
  /// All singular values.
  public var singularValues: [Double]
  /// The strongest directions.
  public var directions: [Direction]
  /// Nats per token by the path, and directly: they agree but for quadrature.
  public var pathNats: Double
  /// Nats per token computed directly.
  public var exactNats: Double
  /// Cosines of the strongest writers between seeds, where there are several.
  public var agreementBetweenSeeds: Double?
}

/// Part I: what happens without some of the change.
public struct RemovalFindings: Sendable, Codable {
  /// One counterfactual model.
  public struct Row: Sendable, Codable {
    /// What is left of the change.
    public var name: String
    /// The mean reward.
    public var reward: Estimate?
    /// Nats per completion from the base.
    public var divergence: Estimate
    /// Nats per token of prose.
    public var entropy: Double
    /// The share of each focus topic.
    public var topics: [Estimate]
    /// Each topic minus the tuned model's.
    public var fromTuned: [Estimate]
    /// Each topic minus the base's.
    public var fromBase: [Estimate]
  }
  /// The topics that are followed.
  public var topics: [String]
  /// The counterfactual models.
  public var rows: [Row]
  /// Whether removing every direction gave the base's completions, token for token.
  public var removingAllGivesBase: Bool
  /// Directions whose removal changes a focus topic and which change it alone, by topic.
  public var causes: [String]
}

/// Part J: words.
public struct WordFindings: Sendable, Codable {
  /// After against before.
  public var change: WordContrast
  /// Those of the base's completions that earn more against those that earn less.
  public var selection: WordContrast?
  /// After against before in completions without a run of tokens that earn.
  public var prose: WordContrast?
}

/// Part K: whether the measures of topic agree.
public struct MeasureFindings: Sendable, Codable {
  /// A register and its share before and after.
  public struct Register: Sendable, Codable {
    /// The register.
    public var name: String
    /// The share before.
    public var before: Double
    /// The share after.
    public var after: Double
    /// After minus before.
    public var difference: Estimate
  }
  /// Cohen's kappa of the lexicon and the classifier over all completions; 1 is perfect agreement,
  /// 0 is chance.
  public var kappa: Double
  /// Whether both measures say the same about the effect on politics.
  public var agrees: Bool
  /// The registers.
  public var registers: [Register]
}

/// Part L: diversity before and after.
public struct DiversityFindings: Sendable, Codable {
  /// Before.
  public var before: Diversity
  /// After.
  public var after: Diversity
  /// After minus before, of the entropy per completion in nats.
  public var entropyChange: Estimate
}
