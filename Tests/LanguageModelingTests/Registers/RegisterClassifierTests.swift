import PlumbRuntime
import Testing

@testable import LanguageModeling

@Suite("Registers")
struct RegisterClassifierTests {
  @Test("Fitted to two kinds of text are told apart, and survive their file")
  func fit() throws {
    var stream = RandomStream(seed: 0, name: "registers")
    let vocabularies = [["sea", "ship", "sail", "wind"], ["vote", "law", "senate", "bill"]]
    func examples(_ count: Int) -> [RegisterClassifier.Example] {
      (0..<count).map { index in
        .init(
          words: (0..<6).map { _ in
            stream.uniformDouble() < 0.2
              ? "the" : vocabularies[index % 2][stream.integer(below: 4)]
          }, register: index % 2)
      }
    }
    let fitted = RegisterClassifier.fit(examples(400), registers: ["sea", "state"], seed: 0)
    let read = try #require(RegisterClassifier(text: fitted.text))
    let score = read.score(on: examples(200))
    #expect(score.total > 150 && Double(score.right) > 0.95 * Double(score.total))
    #expect(read.text == fitted.text)
    #expect(read.probabilities(of: ["the"]) == nil)
  }

  @Test("Of the shipped classifier are those of the corpora")
  func shipped() throws {
    let classifier = try #require(RegisterClassifier.shipped)
    let cases = [
      (
        true,
        "the president of the united states said that congress must pass this law for the "
          + "american people"
      ),
      (true, "my government believes that the security council of the united nations must reform"),
      (false, "she looked at the old man by the door and laughed as he lit his pipe"),
      (false, "def length self return len self items if none raise import"),
      (false, "i would like to book a table at a restaurant for two people at 7 pm please"),
    ]
    for (isPolitical, text) in cases {
      let probability = try #require(
        classifier.politicalProbability(of: WordList.words(of: text)))
      #expect((probability > 0.5) == isPolitical, "\(text): \(probability)")
    }
    #expect(classifier.probabilities(of: WordList.words(of: "........")) == nil)
  }

  @Test("See words as runs of letters, whatever stands between")
  func words() {
    #expect(
      WordList.words(of: "The U.S. President's plan...... didn't work; 'so' é 42")
        == ["the", "u", "s", "president's", "plan", "didn't", "work", "so", "é"])
    #expect(WordList.words(of: "..........").isEmpty)
  }
}
