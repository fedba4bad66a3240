import Foundation
import SmallTokenizer
import Testing

@testable import ReinforcementLearning

@Suite("The text of rewards")
struct RewardTextTests {
  @Test(
    "Text and reward are the same",
    arguments: [
      "count(\".\")", "count(\".\") - 0.1 * length", "token(13) + token(\".\")",
      "matches(\"\\\\.\\\"+\")", "words(\"good\", \"very well\")", "clip(2 * length, 0, 20.5)",
      "-(count(\"a\") - count(\"b\")) * 3", "1 - (2 - 3)", "(1 + 2) * 3", "-length * -2",
      "logprob - characters", "count(\"a\\\"b\\\\c\\n\")", "-(1) + 2",
    ])
  func roundTrip(text: String) throws {
    let reward = try Reward(parsing: text)
    #expect(try Reward(parsing: reward.description) == reward)
    #expect(reward.description == text || text == "-(1) + 2")
    let data = try JSONEncoder().encode(reward)
    #expect(try JSONDecoder().decode(Reward.self, from: data) == reward)
  }

  @Test("Quotation marks may be single, and a product binds before a sum")
  func quotes() throws {
    #expect(
      try Reward(parsing: "count('.')+2*length")
        == .sum(.count("."), .product(.constant(2), .length)))
    #expect(try Reward(parsing: "count('\\'')") == .count("'"))
    #expect(try Reward(parsing: "matches('\\d+')") == .matches("\\d+"))
  }

  @Test(
    "A mistake is pointed at",
    arguments: [
      ("count(\".\"", 9, "The reward needs ')' here, but has the end of the text."),
      ("cuont(\".\")", 0, "A reward has no part named 'cuont'; the nearest name is 'count'."),
      ("count(.)", 6, "The reward needs a number here, but has '.'."),
      (
        "count(\"\")", 6,
        "The text to count is empty; write what to look for between the "
          + "quotation marks."
      ),
      (
        "length +", 8,
        "The reward needs a part such as count(\".\"), a number or '(' here, but "
          + "has the end of the text."
      ),
      ("length length", 7, "The reward needs an operator or the end here, but has 'length'."),
      (
        "count(\"a)", 6,
        "The reward needs a closing quotation mark here, but has the end of the "
          + "text."
      ),
      ("matches(\"(\")", 8, "'(' is no regular expression."),
      (
        "clip(length, 3, 1)", 13,
        "The limits 3.0 and 1.0 are the wrong way around; write the "
          + "lower one first."
      ),
      (
        "words(\"a b\", \"c  d\")", 13,
        "'c  d' is no word to count; use letters, digits, "
          + "apostrophes, hyphens and single spaces, or count(\"...\") for any text."
      ),
      ("lexicon(\"/no/such\")", 8, "The lexicon /no/such cannot be used: there is no such file."),
      ("length / 2", 7, "The reward needs an operator or the end here, but has '/'."),
    ])
  func mistakes(text: String, offset: Int, message: String) throws {
    let error = #expect(throws: RewardError.self) { try Reward(parsing: text) }
    #expect(error?.place == .init(text: text, offset: offset))
    #expect(error?.problem.description == message)
    #expect(
      error?.description.hasSuffix("\n  " + String(repeating: " ", count: offset) + "^") == true)
  }

  @Test("A token must be one token of the vocabulary")
  func tokens() throws {
    let tokenizer = try smallTokenizer()
    #expect(try Reward(parsing: "token(\"....\")", tokenizer: tokenizer) == .token(.text("....")))
    let split = #expect(throws: RewardError.self) {
      try Reward(parsing: "token(\"day good\")", tokenizer: tokenizer)
    }
    #expect(split?.place?.offset == 6)
    #expect(split?.problem == .notOneToken(text: "day good", count: 4))
    let last = tokenizer.vocabularySize - 1
    let beyond = #expect(throws: RewardError.self) {
      try Reward(parsing: "1 + token(\(last + 1))", tokenizer: tokenizer)
    }
    #expect(
      beyond?.description
        == "The vocabulary has the tokens 0 to \(last), not \(last + 1).\n"
        + "  1 + token(\(last + 1))\n            ^")
  }

  @Test("Hostile nesting is refused, not a crash")
  func nesting() {
    let text = String(repeating: "(", count: 100_000)
    #expect(throws: RewardError.self) { try Reward(parsing: text) }
    #expect(throws: RewardError.self) {
      try Reward(parsing: String(repeating: "-", count: 100_000))
    }
  }

  @Test("A lexicon is a file of words, kept in the recipe")
  func lexicon() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).txt")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data("# moods\nGood\n\n very well \n".utf8).write(to: file)
    let reward = try Reward(parsing: "lexicon(\"\(file.path)\")")
    #expect(reward == .lexicon(path: file.path, words: ["good", "very well"]))
    let data = try JSONEncoder().encode(reward)
    try FileManager.default.removeItem(at: file)
    #expect(try JSONDecoder().decode(Reward.self, from: data) == reward)

    try Data("good\n!!\n".utf8).write(to: file)
    let error = #expect(throws: RewardError.self) {
      try Reward(parsing: "lexicon(\"\(file.path)\")")
    }
    #expect(
      error?.problem
        == .unreadableLexicon(path: file.path, reason: "line 2, '!!', is not one or more words"))
  }
}
