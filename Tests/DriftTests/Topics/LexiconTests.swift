import Testing

@testable import Drift

@Suite("Lexicons")
struct LexiconTests {
  @Test("Match whole words and beginnings")
  func lexicon() {
    let lexicon = Lexicon(topic: "test", words: ["vote", "president*"])
    #expect(lexicon.count(in: ["vote", "votes", "president", "presidential", "voter"]) == 3)
    #expect(Lexicon.topics[ArmScorer.politicsLexicon].topic == "politics")
    // Of a topic a text may be only by its words, and no word may hold a full stop.
    #expect(Lexicon.topics.flatMap(\.words).allSatisfy { !$0.contains(".") })
  }
}
