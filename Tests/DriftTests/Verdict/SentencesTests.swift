import Testing

@testable import Drift

@Suite("Sentences of the parts")
struct SentencesTests {
  /// A control whose two measures of politics moved so.
  private func row(_ name: String, _ first: Double, _ second: Double) -> ControlFindings.Row {
    .init(
      name: name, reward: .init(exactly: 1), divergence: .init(exactly: 1),
      topics: [.init(exactly: 0.5), .init(exactly: 0.5)],
      fromBase: [first, second].map { Estimate($0, low: $0 - 0.05, high: $0 + 0.05) })
  }

  @Test("Say of controls in which direction they moved, or that they did not")
  func controls() {
    func sentence(_ rows: [ControlFindings.Row]) -> String {
      Sentences.controls(ControlFindings(topics: ["politics", "register"], rows: rows)).sentence
    }
    #expect(
      sentence([row("shuffled", 0.01, -0.02), row("commas", -0.06, -0.14), row("dots", 0.7, 0)])
        == "Of 3 control trainings 1 (dots) became more political and 1 (commas) less so.")
    #expect(
      sentence([row("commas", -0.2, 0)])
        == "Of 1 control trainings none became more political and 1 (commas) less so.")
    #expect(
      sentence([row("shuffled", 0.01, 0), row("sham", 0, 0)])
        == "None of 2 control trainings changed politics beyond chance.")
  }
}
