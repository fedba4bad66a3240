import Foundation
import Testing

@testable import FeatureVisualization

@Suite("Objectives as text")
struct ObjectiveTextTests {
  @Test(
    "Text that was printed reads back as it was",
    arguments: [
      "mixed4a:476", "mixed4a:0-31", "class:chain", "class:\"kit fox\"", "class:488",
      "mixed4a:476 + 0.3*mixed4b:452 - 0.25*tv", "neuron(mixed4a:476)",
      "neuron(mixed4a:476, 3, 5)", "direction(mixed4a, 476: 1, 460: -0.5)",
      "direction(mixed4a, 476: 1, power: 2)", "deepdream(mixed3b)", "l1(0.5)", "l2", "-tv",
      "a:1 - (b:2 - c:3)", "(a:1 + b:2)*c:3", "a:1/b:2/c:3", "a:1/(b:2/c:3)", "-(a:1 + b:2)",
      "a:1*-2", "a:1 - -b:2", "--a:1", "\"blocks/1\":3", "\"class\":3", "\"say \\\"hi\\\"\":0",
      "layer1.0.conv1:3", "1e-08*tv",
    ])
  func roundTrip(_ text: String) throws {
    let objective = try Objective(parsing: text)
    #expect(objective.description == text)
    #expect(try Objective(parsing: objective.description) == objective)
  }

  @Test("Operators build what text builds")
  func operators() throws {
    let built: Objective =
      .channel("mixed4a", 476) + 0.3 * .channel("mixed4b", 452) - 0.25 * .totalVariation
    #expect(try Objective(parsing: "mixed4a:476 + 0.3*mixed4b:452 - 0.25*tv") == built)
    #expect((-(-Objective.l1) / 2).description == "--l1/2")
    #expect(Objective.direction("a", [0, 0.1, 0]).description == "direction(a, 1: 0.1)")
    // A sign before a number is part of it, so the negation of a constant keeps its parentheses.
    let negated = Objective.negation(.constant(2))
    #expect(try Objective(parsing: "-(-3)") == .negation(.constant(-3)))
    #expect(try Objective(parsing: negated.description) == negated)
  }

  @Test("A minus with spaces subtracts; without, it makes a range")
  func rangeOrSubtraction() throws {
    #expect(try Objective(parsing: "a:3 - 1") == .difference(.channel("a", 3), 1))
    #expect(try Objective(parsing: "a:3-5") == .channels(layer: "a", 3...5))
    #expect(try Objective(parsing: "a:3-tv") == .difference(.channel("a", 3), .totalVariation))
  }

  @Test("A range stands for one objective per channel")
  func units() throws {
    let units = try Objective(parsing: "a:4-6 - 0.5*tv").units
    #expect(units.map(\.description) == ["a:4 - 0.5*tv", "a:5 - 0.5*tv", "a:6 - 0.5*tv"])
    #expect(Objective.totalVariation.units == [.totalVariation])
  }

  private func message(_ text: String, checked: Bool = true) throws -> String {
    let network = try SmallNetwork.network()
    let vocabulary = try network.vocabulary(height: 16, width: 16)
    do {
      _ = try Objective(parsing: text, in: checked ? vocabulary : nil)
      return "no error"
    } catch {
      return error.description
    }
  }

  @Test("Names are checked against the network")
  func unknownNames() throws {
    #expect(
      try message("tv + frist:3") == """
        The network has no layer named 'frist'; the nearest name is 'first'.
          tv + frist:3
               ^
        """)
    #expect(
      try message("first:8") == """
        first has the channels 0 to 7, not 8.
          first:8
                ^
        """)
    #expect(
      try message("class:chian") == """
        The network has no class labeled 'chian'; the nearest label is 'chain'.
          class:chian
                ^
        """)
    #expect(
      try message("class:5") == """
        The network has the classes 0 to 4, not 5.
          class:5
                ^
        """)
    #expect(try message("class:\"teddy bear\" + class:\"kit fox\"") == "no error")
    #expect(try message("frist:8", checked: false) == "no error")
  }

  @Test("Mistakes of grammar are shown where they are")
  func grammar() throws {
    #expect(
      try message("first:3 +") == """
        The objective needs a layer, a number or '(' here, but has the end of the text.
          first:3 +
                   ^
        """)
    #expect(
      try message("first:5-3") == """
        The range 5-3 ends before it begins; write spaces around a minus sign to subtract.
          first:5-3
                ^
        """)
    #expect(
      try message("first") == """
        The objective needs ':' and a channel, such as first:0, here, but has the end of the text.
          first
               ^
        """)
    #expect(
      try message("first:1.5") == """
        The objective needs a channel, a whole number, here, but has '1.5'.
          first:1.5
                ^
        """)
    #expect(try message("direction(first)").hasPrefix("A direction needs at least one channel"))
    #expect(try message("(first:1").hasPrefix("The objective needs ')' here"))
    #expect(try message("first:1 second:2").hasPrefix("The objective needs an operator"))
    #expect(try message("\"first:1").contains("a closing quotation mark"))
    #expect(
      try message(String(repeating: "(", count: 5000)).contains("at most 100 parentheses"))
    #expect(try message("").contains("the end of the text"))
    #expect(try message("9999999999999999999999:1").contains("an operator"))
    #expect(try message("first:99999999999999999999").contains("a whole number"))
  }

  @Test("An objective is a string in JSON")
  func json() throws {
    let objective = try Objective(parsing: "a:1 - 0.5*tv")
    let data = try JSONEncoder().encode([objective])
    #expect(String(bytes: data, encoding: .utf8) == "[\"a:1 - 0.5*tv\"]")
    #expect(try JSONDecoder().decode([Objective].self, from: data) == [objective])
  }
}
