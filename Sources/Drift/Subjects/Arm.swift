import LanguageModeling

/// Completions of one policy with everything that is measured of them.
public struct Arm: Sendable {
  /// The completions.
  public let completions: Completions
  /// The text of each, without its prompt.
  public let texts: [String]
  /// The words of each.
  public let words: [[String]]
  /// What each is worth; empty without a reward.
  public let rewards: [Double]
  /// 1 where a completion is of a topic, `[topic][completion]`.
  public let topics: [[Double]]
  /// How many words of each topic a completion has, `[topic][completion]`, for topics that are lists
  /// of words.
  public let topicWords: [[Double]]

  /// Whether a position is prose: not a rewarded token right after another one.
  public func isProse(_ completion: Int, _ position: Int, _ classes: RewardClasses?) -> Bool {
    guard let classes, position > 0 else { return true }
    let ids = completions.ids[completion]
    return !(classes.isRewarded(ids[position]) && classes.isRewarded(ids[position - 1]))
  }

  /// The mean entropy in nats over positions of prose.
  public func proseEntropy(_ classes: RewardClasses?) -> Double {
    var (sum, count) = (0.0, 0)
    for (completion, entropies) in completions.entropies.enumerated() {
      for (position, entropy) in entropies.enumerated()
      where isProse(completion, position, classes) {
        sum += entropy
        count += 1
      }
    }
    return count > 0 ? sum / Double(count) : 0
  }
}

/// Turns completions into arms: texts, rewards, topics.
public struct ArmScorer: Sendable {
  /// The bytes of each token; none for special tokens.
  public let pieces: [[UInt8]]
  /// What the training rewarded, if it is known.
  public let reward: DriftReward?
  /// The topics, by their names; see ``init(pieces:reward:lexicons:classifier:)``.
  public let topicNames: [String]
  private let lexicons: [Lexicon.Matcher]
  private let classifier: RegisterClassifier?

  /// The number of the lexicon of politics among the topics.
  public static let politicsLexicon = 0
  /// The number of the political register among the topics, if there is a classifier.
  public var politicalRegister: Int? { classifier == nil ? nil : lexicons.count }

  /// Creates a scorer whose topics are the lexicons' and, with a classifier, "political register".
  public init(
    pieces: [[UInt8]], reward: DriftReward?, lexicons: [Lexicon] = Lexicon.topics,
    classifier: RegisterClassifier?
  ) {
    self.pieces = pieces
    self.reward = reward
    self.lexicons = lexicons.map(Lexicon.Matcher.init)
    self.classifier = classifier
    topicNames = lexicons.map(\.topic) + (classifier == nil ? [] : ["political register"])
  }

  /// The text of tokens.
  public func text(of ids: [Int]) -> String {
    String(decoding: ids.flatMap { pieces.indices.contains($0) ? pieces[$0] : [] }, as: UTF8.self)
  }

  /// Measures completions.
  public func arm(_ completions: Completions) -> Arm {
    let texts = completions.ids.map(text)
    let words = texts.map(WordList.words)
    let topicWords = lexicons.map { matcher in words.map { Double(matcher.count(in: $0)) } }
    var topics = topicWords.map { $0.map { $0 > 0 ? 1.0 : 0 } }
    if let classifier {
      // Texts with too few words, such as runs of full stops, are of no register.
      topics.append(words.map { (classifier.politicalProbability(of: $0) ?? 0) > 0.5 ? 1 : 0 })
    }
    return Arm(
      completions: completions, texts: texts, words: words,
      rewards: reward.map { reward in completions.ids.map(reward.value) } ?? [], topics: topics,
      topicWords: topicWords)
  }

  /// The number of the most probable register of words; that of ``registerNames``' last where there
  /// are too few.
  public func register(of words: [String]) -> Int {
    guard let classifier else { return 0 }
    return classifier.register(of: words) ?? classifier.registers.count
  }

  /// The names of the registers, and of none.
  public var registerNames: [String] { (classifier?.registers ?? []) + ["too few words"] }
}
