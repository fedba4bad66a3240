import Foundation
import PlumbGraph
import PlumbRuntime
import Testing

@testable import FeatureVisualization

@Suite("Transforms as text")
struct TransformTextTests {
  @Test("Names of sets and lists of steps are understood")
  func parses() throws {
    #expect(try [Transform](parsing: "lucid") == .lucid)
    #expect(try [Transform](parsing: " lucent ") == .lucent)
    #expect(try [Transform](parsing: "none").isEmpty)
    // Lucid's set, spelled out but for the zeros that it draws more often.
    let spelled = try [Transform](parsing: "pad 12, jitter 8, scale 0.9-1.1, rotate 10, jitter 4")
    #expect(spelled.count == 5)
    #expect(spelled[0] == [Transform].lucid[0])
    #expect(spelled[1] == [Transform].lucid[1])
    #expect(spelled[2] == [Transform].lucid[2])
    #expect(spelled[4] == [Transform].lucid[4])
    #expect(
      try [Transform](parsing: "pad 3 mirror,pad 2 gray 1,jitter 5 zeros,crop 20x30,enlarge 9")
        == [
          .pad(pixels: 3, margin: .reflection), .pad(pixels: 2, margin: .gray(level: 1)),
          .jitter(pixels: 5, edge: .zeros), .cropOrPad(height: 20, width: 30),
          .enlarge(height: 9, width: 9),
        ])
    #expect(try [Transform](parsing: "part 0.2-0.5") == [.part(smallest: 0.2, largest: 0.5)])
  }

  @Test(
    "What is not understood is named",
    arguments: [
      "", "lucidd", "pad", "pad -1", "pad 3 blue", "jitter x", "scale 1.1", "scale 2-1",
      "rotate 200", "crop 0", "crop 3x", "part 0-1", "part 0.5-2", "jitter 4 crop",
    ])
  func errors(_ text: String) {
    #expect(throws: TransformTextError(step: text)) { try [Transform](parsing: text) }
  }

  @Test("A part of the image fills the whole, from corner to corner")
  func part() throws {
    let transforms: [Transform] = [.part(smallest: 0.5, largest: 0.5)]
    let image = Node.input("image", [1, 1, 5, 9])
    let draw = TransformDraw(choices: [.part(side: 0.5, down: 1, right: 0)])
    let program = try Program(
      Graph(["part": transforms.applied(to: image, draw)]), parameters: ParameterStore())
    var values: [Float] = []
    for y in 0..<5 { for x in 0..<9 { values.append(Float(10 * y + x)) } }
    var inputs = try transforms.inputs(draw, from: [5, 9])
    inputs["image"] = try Tensor([1, 1, 5, 9], values)
    let result = try #require(try program(inputs)["part"])
    // From row 2 to 4 and from column 0 to 4, in half steps.
    #expect(result[0, 0, 0, 0] == 20)
    #expect(result[0, 0, 4, 8] == 44)
    #expect(result[0, 0, 1, 1] == 25.5)
  }

  @Test("An objective rises when only parts are seen")
  func rises() throws {
    let recipe = VisualizationRecipe(
      try Objective(parsing: "deepdream(second)"),
      parameterization: Parameterization(height: 16, width: 16),
      transforms: [.part(smallest: 0.3, largest: 0.8)], steps: 40, seed: 2)
    let run = try VisualizationRun(recipe, on: SmallNetwork.network())
    let curve = try run.finish().curve
    #expect(curve.suffix(8).reduce(0, +) > curve.prefix(8).reduce(0, +))
    // Parts of all sizes share a program; that of the first steps' ReLU rule is forgotten.
    #expect(run.programCount == 1)
  }
}
