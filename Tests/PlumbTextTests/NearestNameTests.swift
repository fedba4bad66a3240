import PlumbText
import Testing

@Suite("Nearest names")
struct NearestNameTests {
  @Test(
    "The edit distance counts insertions, deletions and exchanges",
    arguments: [
      ("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2), ("a", "a", 0),
    ])
  func distance(a: String, b: String, expected: Int) {
    #expect(editDistance(Array(a), Array(b)) == expected)
    #expect(editDistance(Array(b), Array(a)) == expected)
  }

  @Test("The most similar name is suggested, and none where nothing is similar")
  func nearest() {
    let names = ["mixed4a", "mixed4b", "conv2d0", ""]
    #expect(names.nearest(to: "mixed4") == "mixed4a")
    #expect(names.nearest(to: "MIXED4B") == "mixed4b")
    #expect(names.nearest(to: "xyz") == nil)
    #expect([String]().nearest(to: "a") == nil)
  }
}
