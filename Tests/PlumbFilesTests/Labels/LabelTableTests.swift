import Foundation
import Goldens
import Testing

@testable import PlumbFiles

@Suite("Label tables")
struct LabelTableTests {
  private let table = """
    class_index\twnid\tlabel\timagenet1000_index
    0\t\tdummy\t
    1\tn02012849\tcrane\t134
    2\tn03126707\tcrane\t517
    3\tn02999410\tchain\t488\r

    """

  @Test("A label is found by index, WordNet id or name")
  func finds() throws {
    let labels = try LabelTable(table, path: "F")
    #expect(labels.labels.count == 4)
    #expect(try labels.label(for: "3").name == "chain")
    #expect(try labels.label(for: "n02012849").index == 1)
    #expect(try labels.label(for: "CHAIN").imageNetIndex == 488)
    #expect(labels[0]?.imageNetIndex == nil)
    #expect(labels[4] == nil)
  }

  @Test("What is not found is refused in one sentence")
  func refused() throws {
    let labels = try LabelTable(table, path: "F")
    #expect(
      message { _ = try labels.label(for: "chian") }
        == "F has no label 'chian'. The nearest name is 'chain'.")
    #expect(message { _ = try labels.label(for: "xylophone") } == "F has no label 'xylophone'.")
    #expect(message { _ = try labels.label(for: "7") } == "F has no label '7'.")
    #expect(message { _ = try labels.label(for: "") } == "F has no label ''.")
    #expect(
      message { _ = try labels.label(for: "crane") }
        == "F has 2 labels named 'crane'; choose one of n02012849, n03126707.")
  }

  @Test("What is no table is refused in one sentence")
  func malformed() {
    func open(_ text: String) -> String { message { _ = try LabelTable(text, path: "F") } }
    #expect(
      open("")
        == "F does not start with the columns of a label table; its first line should be "
        + "class_index, wnid and label with tabs between.")
    #expect(
      open("class_index\twnid\tlabel\n0\tx\n")
        == "Line 2 of F is no label; it needs an index of 0 or more and as many fields as the "
        + "first line.")
    #expect(
      open("class_index\twnid\tlabel\n0\tx\ta\n0\ty\tb\n")
        == "F gives two labels the index 0; remove one of them.")
    #expect(
      message { _ = try LabelTable(path: "/nowhere/labels.tsv") }
        == "/nowhere/labels.tsv cannot be read (no such file); check the path and its permissions.")
  }

  @Test(
    "Chain is where the data's page says, in all three tables",
    .enabled(if: SharedFiles.has("data/labels"), "\(SharedFiles.reason)"),
    arguments: [
      ("imagenet1000", 1000, 488), ("tinyimagenet200", 200, 171), ("inception5h", 1008, 827),
    ])
  func chain(name: String, count: Int, index: Int) throws {
    let labels = try LabelTable(path: SharedFiles.path("data/labels/\(name).tsv"))
    #expect(labels.labels.count == count)
    #expect(try labels.label(for: "n02999410").index == index)
    #expect(try labels.label(for: "chain").index == index)
  }
}
