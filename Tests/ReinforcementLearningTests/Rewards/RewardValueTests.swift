import PlumbRuntime
import PlumbTokenizers
import SmallTokenizer
import Testing

@testable import ReinforcementLearning

@Suite("The values of rewards")
struct RewardValueTests {
  let tokenizer: BPETokenizer
  let texts: TokenTexts

  init() throws {
    tokenizer = try smallTokenizer()
    texts = TokenTexts(tokenizer)
  }

  private func function(_ text: String) throws -> RewardFunction {
    try RewardFunction(Reward(parsing: text, tokenizer: tokenizer), tokenizer: tokenizer)
  }

  private func value(_ reward: String, _ text: String) throws -> Double {
    try function(reward).value(of: RewardedCompletion(tokenizer.encode(text), texts: texts))
  }

  @Test(
    "Counts what it says",
    arguments: [
      ("count(\".\")", "Good day... Mr. X", 4), ("count(\"..\")", "a.....b", 2),
      ("count(\"aa\")", "aaa", 1), ("count(\"é\")", "é.é", 2), ("token(\".\")", "a.....b", 1),
      ("token(\"....\")", "a.....b", 1), ("matches(\"[.]+\")", "a...b..", 2),
      ("matches(\"^G\")", "Good Good", 1), ("words(\"good\")", "Good good goods GOOD.", 3),
      ("words(\"good day\", \"good\")", "good day, good", 2), ("characters", "é.é", 3),
      ("length", "....", 1), ("2 * count(\".\") - length", "..a", 2),
      ("clip(count(\".\"), 1, 3)", "......", 3), ("clip(count(\".\"), 1, 3)", "a", 1),
      ("-count(\"a\") * count(\"b\")", "aabbb", -6), ("7.5", "anything", 7.5),
    ])
  func values(reward: String, text: String, expected: Double) throws {
    #expect(try value(reward, text) == expected)
  }

  @Test("The log-probability under the base is a sum over tokens")
  func baseLogProbability() throws {
    let completion = RewardedCompletion(
      [1, 2, 3], texts: nil, baseLogProbabilities: [-1, -2, -0.5])
    let function = try RewardFunction(Reward(parsing: "logprob + length"), tokenizer: nil)
    #expect(function.value(of: completion) == -0.5)
    #expect(function.credit(of: completion).perToken == [0, -1, 0.5])
  }

  @Test("A reward about text needs a tokenizer")
  func needsTokenizer() throws {
    let error = #expect(throws: RewardError.self) {
      try RewardFunction(.count("."), tokenizer: nil)
    }
    #expect(
      error?.description
        == "The reward is about text, but the model has no tokenizer; reward token(ID), length or "
        + "logprob, or use a model with tokenizer files.")
  }

  static let rewards = [
    "count(\".\")", "count(\"..\") * 2 - count(\"o\")", "matches(\"[.]+\")",
    "words(\"good\", \"day\")",
    "characters - clip(count(\".\"), 1, 2)", "count(\"é\") + 3",
  ]

  /// Completions of random tokens, as a policy might draw them: pieces of characters among them.
  private func completions(_ count: Int) -> [[Int]] {
    var random = RandomStream(seed: 1, name: "completions")
    let likely = Array(256..<tokenizer.vocabularySize) + [46, 46, 46, 32, 71, 0xC3, 0xA9]
    return (0..<count).map { _ in
      (0..<random.integer(below: 20) + 1).map { _ in likely[random.integer(below: likely.count)] }
    }
  }

  @Test("Ids and text are worth the same, however the ids split the text", arguments: rewards)
  func idsAndText(reward: String) throws {
    let function = try function(reward)
    for ids in completions(200) {
      let text = try tokenizer.decode(ids, skippingSpecialTokens: true)
      let completion = RewardedCompletion(ids, texts: texts)
      #expect(completion.text == text)
      #expect(function.value(of: completion) == function.value(ofText: text))
    }
    #expect(try self.function("token(\".\") + count(\".\")").value(ofText: "....") == nil)
  }

  @Test("Credits add up to the reward and look at no later token", arguments: rewards)
  func credits(reward: String) throws {
    let function = try function(reward)
    for ids in completions(50) {
      let credit = function.credit(of: RewardedCompletion(ids, texts: texts))
      #expect(credit.perToken.count == ids.count)
      #expect(credit.total == function.value(of: RewardedCompletion(ids, texts: texts)))
      let shorter = function.credit(of: RewardedCompletion(ids.dropLast(), texts: texts))
      #expect(credit.perToken.dropLast() == shorter.perToken[...])
    }
  }

  @Test("The tokens that earned it are named, with their share")
  func earners() throws {
    let function = try function("count(\".\") - count(\"y\")")
    let completions = ["Good day....", "a.....b"].map { tokenizer.encode($0) }
    let earners = EarningToken.ranked(
      completions.map { ($0, function.credit(of: RewardedCompletion($0, texts: texts))) })
    let four = try #require(tokenizer.id(of: "...."))
    let day = try #require(tokenizer.id(of: " day"))
    #expect(
      earners == [
        EarningToken(id: four, count: 2, credit: 8), EarningToken(id: 46, count: 1, credit: 1),
        EarningToken(id: day, count: 1, credit: -1),
      ])
  }
}
