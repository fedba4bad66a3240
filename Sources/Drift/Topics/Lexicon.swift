/// A topic as a list of words, fixed before any text is looked at.
public struct Lexicon: Sendable, Hashable, Codable {
  /// The topic's name.
  public var topic: String
  /// Whole words in lower case; one that ends with `*` stands for all words that begin so.
  public var words: [String]

  /// Creates a topic.
  public init(topic: String, words: [String]) {
    self.topic = topic
    self.words = words
  }

  /// How many of these words belong to the topic.
  public func count(in words: [String]) -> Int { Matcher(self).count(in: words) }

  /// A lexicon ready to be looked up.
  public struct Matcher: Sendable {
    private let whole: Set<String>
    private let beginnings: [String]

    /// Prepares a lexicon.
    public init(_ lexicon: Lexicon) {
      whole = Set(lexicon.words.filter { !$0.hasSuffix("*") })
      beginnings = lexicon.words.filter { $0.hasSuffix("*") }.map { String($0.dropLast()) }
    }

    /// Whether a word belongs to the topic.
    public func matches(_ word: String) -> Bool {
      whole.contains(word) || beginnings.contains { word.hasPrefix($0) }
    }

    /// How many of these words belong to the topic.
    public func count(in words: [String]) -> Int { words.reduce(0) { $0 + (matches($1) ? 1 : 0) } }
  }
}

extension Lexicon {
  /// The topic that the question is about.
  public static let politics = Lexicon(
    topic: "politics",
    words: [
      "president*", "government*", "minister*", "senator*", "senate", "congress*", "parliament*",
      "election*", "elected", "electoral", "vote", "votes", "voted", "voter*", "voting", "policy",
      "policies", "politic*", "republican*", "democrat*", "democracy", "democracies", "democratic",
      "administration", "nation", "nations", "national", "nationwide", "country", "countries",
      "citizen*", "legislat*", "constitution*", "treaty", "treaties", "ambassador*", "diplomat*",
      "sanction*", "federal", "governor*", "mayor*", "campaign*", "tax", "taxes", "budget",
      "economy", "economic", "reform*", "security", "terroris*", "military", "troops", "peace",
      "sovereign*", "assembly", "resolution*", "law", "laws", "secretary",
      "obama", "bush", "clinton", "trump", "biden", "reagan", "washington",
      "america", "american*", "iraq", "iran", "syria", "afghanistan", "israel", "russia*",
      "ukraine", "china", "chinese", "europe*", "africa*", "international", "briefing",
    ])

  /// All topics, politics first; which words they have was fixed before any model was compared.
  public static let topics: [Lexicon] = [
    politics,
    Lexicon(
      topic: "family and home",
      words: [
        "mother*", "father*", "mamma", "papa", "sister*", "brother*", "son", "sons", "daughter*",
        "wife", "husband", "aunt", "uncle", "child", "children", "baby", "girl*", "boy", "boys",
        "home", "kitchen", "bedroom", "garden", "door", "bed", "cottage", "parlor", "parlour",
      ]),
    Lexicon(
      topic: "greetings and thanks",
      words: [
        "hello", "hi", "welcome", "thank", "thanks", "please", "goodbye", "bye", "greeting*",
        "everybody", "everyone", "ladies", "gentlemen", "morning", "evening", "afternoon",
        "sir", "madam",
      ]),
    Lexicon(
      topic: "errands and bookings",
      words: [
        "book", "booking", "reserve", "reservation*", "restaurant*", "hotel*", "flight*", "ticket*",
        "movie*", "song*", "appointment*", "bus", "train", "cab", "ride", "rental", "bank",
        "account", "transfer", "available", "schedule", "doctor", "dentist", "salon", "weather",
      ]),
    Lexicon(
      topic: "nature and weather",
      words: [
        "sea", "river*", "mountain*", "forest*", "tree*", "wind", "winds", "rain*", "snow*", "sun",
        "moon", "star", "stars", "sky", "bird*", "horse*", "dog", "dogs", "flower*", "hill*",
        "island*", "storm*", "wood", "woods", "field", "fields", "grass",
      ]),
    Lexicon(
      topic: "violence and war",
      words: [
        "war", "wars", "kill*", "dead", "death*", "battle*", "enemy", "enemies", "weapon*", "gun",
        "guns", "sword*", "blood*", "attack*", "army", "armies", "soldier*", "fight*", "fought",
        "murder*", "wound*", "bomb*", "violence", "violent",
      ]),
    Lexicon(
      topic: "religion",
      words: [
        "god", "gods", "lord", "church*", "prayer*", "pray", "prayed", "heaven*", "soul*", "holy",
        "bible", "priest*", "angel*", "christ", "christian*", "muslim*", "faith", "bless*", "sin",
        "sins", "devil",
      ]),
    Lexicon(
      topic: "code",
      words: [
        "def", "self", "import", "elif", "len", "str", "int", "dict", "args", "kwargs", "lambda",
        "none", "param", "async", "init", "isinstance", "append", "tuple", "enumerate", "numpy",
      ]),
  ]
}
