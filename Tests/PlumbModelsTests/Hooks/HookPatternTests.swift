import Testing

@testable import PlumbModels

@Suite("Hook patterns")
struct HookPatternTests {
  @Test(
    "Stars stand for any letters, question marks for one",
    arguments: [
      ("mixed4*", "mixed4a", true), ("mixed4*", "mixed4a_1x1", true), ("mixed4*", "mixed5a", false),
      ("mixed4?", "mixed4a", true), ("mixed4?", "mixed4a_1x1", false), ("*", "anything", true),
      ("blocks.*.attn.hook_pattern", "blocks.11.attn.hook_pattern", true),
      ("blocks.*.attn.hook_pattern", "blocks.1.attn.hook_q", false), ("*a*b*", "xxaxxbxx", true),
      ("*ab", "aab", true), ("a", "", false), ("", "", true),
    ])
  func matching(pattern: String, name: String, matches: Bool) {
    #expect(HookPattern(pattern).matches(name) == matches)
  }

  @Test("Names come in their own order, once")
  func order() throws {
    let patterns = HookPattern.list("b*, a ,*2")
    #expect(
      try HookPattern.names(matching: patterns, in: ["a", "b1", "b2", "c"]) == ["a", "b1", "b2"])
  }

  @Test("The result may be asked for by name, though it is given anyway")
  func result() throws {
    #expect(try HookPattern.names(matching: HookPattern.list("a,output"), in: ["a"]) == ["a"])
    #expect(try HookPattern.names(matching: HookPattern.list("output"), in: ["a"]).isEmpty)
  }

  @Test("A pattern that means nothing is answered with the nearest name")
  func nothing() {
    let error = #expect(throws: HookError.self) {
      try HookPattern.names(matching: [HookPattern("mixed9a*")], in: ["mixed4a", "conv2d0"])
    }
    #expect(
      error?.description == "None of the 2 hook points matches 'mixed9a*'. The nearest name is"
        + " 'mixed4a'. 'plumb models info' lists them all.")
  }
}
