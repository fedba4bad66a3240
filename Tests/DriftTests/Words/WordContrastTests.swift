import PlumbRuntime
import Testing

@testable import Drift

@Suite("Words")
struct WordContrastTests {
  @Test("That one side uses more are found, and those of both are not")
  func planted() {
    var stream = RandomStream(seed: 0, name: "words")
    let common = ["the", "and", "of", "to", "a"]
    func texts(_ extra: String, _ share: Double) -> [[String]] {
      (0..<400).map { _ in
        common.filter { _ in stream.uniformDouble() < 0.5 }
          + (stream.uniformDouble() < share ? [extra, extra, extra] : [])
      }
    }
    let before = texts("president", 0.05)
    let after = texts("president", 0.3)
    let contrast = WordContrast(before: before, after: after, prior: before)
    #expect(contrast.significant.map(\.word) == ["president"])
    #expect(contrast.words[0].z > 5)
    // Bursts count once.
    #expect(contrast.words[0].after <= 400)
    #expect(WordContrast(before: before, after: before, prior: before).significant.isEmpty)
  }
}
