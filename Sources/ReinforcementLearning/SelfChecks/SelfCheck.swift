/// A look for one mistake that would make a run's result worthless, and what it found.
public struct SelfCheck: Sendable, Hashable, Codable {
  /// What is looked for.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Tokens are scored by the distribution that they were sampled from.
    case onPolicy = "on-policy identity"
    /// The policy is the base before the first step.
    case startsAtBase = "no divergence at the start"
    /// The first step moves the weights.
    case weightsMove = "weights move"
    /// A reward that is the same for all would move nothing but noise.
    case constantReward = "constant reward"
    /// A reward is the same from ids and from text.
    case rewardFromText = "reward from text"
    /// Rewards differ between completions.
    case rewardVaries = "reward varies"
    /// No single completion makes the whole gradient.
    case heavyTail = "heavy tail"
    /// What a shared embedding means for the final layer.
    case tiedHead = "tied head"
    /// Whether sampled tokens are those of their text.
    case retokenization = "other tokens"
  }

  /// What a check found.
  public enum Verdict: String, Sendable, Hashable, Codable {
    /// Nothing is wrong.
    case passed
    /// Something to know.
    case note
    /// Something to worry about.
    case warning
    /// A mistake: the result would mean nothing.
    case failed
    /// The check has no meaning here.
    case doesNotApply = "does not apply"
  }

  /// What was looked for.
  public let kind: Kind
  /// What was found.
  public let verdict: Verdict
  /// What was found, with numbers, in a sentence or two.
  public let sentence: String

  /// Creates a finding.
  public init(_ kind: Kind, _ verdict: Verdict, _ sentence: String) {
    self.kind = kind
    self.verdict = verdict
    self.sentence = sentence
  }
}
