import PlumbFiles
import Testing

@Suite("Differences of recipes")
struct FieldDifferenceTests {
  private struct Recipe: Encodable {
    struct Stage: Encodable {
      var size: Int
    }
    var steps = 10
    var stages = [Stage(size: 32)]
    var start: String?
  }

  @Test("Equal recipes differ in nothing")
  func equal() {
    #expect(FieldDifference.between(Recipe(), and: Recipe()).isEmpty)
  }

  @Test("Changed, added and removed fields are named with both values, in order")
  func different() {
    let other = Recipe(steps: 12, stages: [.init(size: 48), .init(size: 64)], start: "before")
    let differences = FieldDifference.between(Recipe(), and: other)
    #expect(
      differences.map { "\($0)" } == [
        "stages[0].size is 32, was 48", "stages[1].size is absent, was 64",
        "start is absent, was before", "steps is 10, was 12",
      ])
  }
}
