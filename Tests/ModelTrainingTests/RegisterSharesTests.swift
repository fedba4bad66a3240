import LanguageModeling
import Testing

@testable import ModelTraining

@Suite("Shares of registers")
struct RegisterSharesTests {
  @Test("Count completions by their words, and those that tell nothing as such")
  func counted() throws {
    let shares = RegisterShares(
      [
        "She looked at the old man by the door and laughed as he lit his pipe.",
        "The old woman looked at him and laughed; he lit his pipe by the door.",
        "I would like to book a table at a restaurant for two people at 7 pm please.",
        "....",
      ], prompt: "Well", tokens: 20, classifier: try #require(.shipped))
    #expect(shares.shares.map(\.register) == ["fiction", "dialogues", nil])
    #expect(shares.shares.map(\.share.share) == [0.5, 0.25, 0.25])
    #expect(shares.section.contains("4 completions of 20 tokens"))
    #expect(shares.section.contains("| fiction | 50.0 % |"))
    #expect(shares.section.contains("| too few words to tell | 25.0 % |"))
  }
}
