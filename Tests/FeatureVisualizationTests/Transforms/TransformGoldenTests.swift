import Goldens
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import Testing
import VisionModels

@testable import FeatureVisualization

@Suite("Transforms against Lucent", .enabled(if: Golden.isPresent, "\(SharedFiles.reason)"))
struct TransformGoldenTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let steps: [(Transform, TransformDraw.Choice)]
    var tolerance: Float = 1e-4

    var testDescription: String { name }
  }

  static let gray = Transform.Margin.gray(level: 0.5)
  static let jitter = Transform.jitter(pixels: 8, edge: .zeros)
  static let scale = Transform.scale(factors: [], convention: .lucent)
  static let rotate = Transform.rotate(degrees: [], convention: .lucent)

  static let cases = [
    Case(name: "pad_constant_12", steps: [(.pad(pixels: 12, margin: gray), .none)]),
    Case(name: "pad_constant_3", steps: [(.pad(pixels: 3, margin: gray), .none)]),
    Case(name: "pad_reflect_4", steps: [(.pad(pixels: 4, margin: .reflection), .none)]),
    Case(
      name: "translate_0_0", steps: [(jitter, .shift(down: 0, right: 0))], tolerance: 1e-5),
    Case(
      name: "translate_3_5", steps: [(jitter, .shift(down: 5, right: 3))], tolerance: 1e-5),
    Case(name: "scale_0.9", steps: [(scale, .factor(0.9))]),
    Case(name: "scale_1.06", steps: [(scale, .factor(1.06))]),
    Case(name: "scale_1.1", steps: [(scale, .factor(1.1))]),
    Case(name: "rotate_-10", steps: [(rotate, .angle(-10))]),
    Case(name: "rotate_3", steps: [(rotate, .angle(3))]),
    Case(name: "rotate_7", steps: [(rotate, .angle(7))]),
    Case(
      name: "composed",
      steps: [
        (.pad(pixels: 12, margin: gray), .none), (jitter, .shift(down: 1, right: 3)),
        (scale, .factor(0.9)), (rotate, .angle(-10)), (jitter, .shift(down: 2, right: 1)),
      ]),
    Case(
      name: "upsample_bilinear_align_corners", steps: [(.enlarge(height: 55, width: 43), .none)]),
  ]

  @Test("Images and gradients match", arguments: cases)
  func matches(_ item: Case) throws {
    let golden = try Golden.file("transforms.safetensors")
    let input = try golden.tensorOfFloats("input")
    let size = [Int](input.shape.sizes[2...])
    let transforms = item.steps.map(\.0)
    let draw = TransformDraw(choices: item.steps.map(\.1))
    let image = Node.input("image", input.shape)
    let output = try transforms.applied(to: image, draw)
    let weights = try Golden.functional(height: output.shape[2], width: output.shape[3])
    let objective = try output.dotProduct(.input("A", weights.shape))
    let program = try Program(
      Graph([
        "output": output, "gradient": try gradient(of: objective, for: [image])[0],
      ]), parameters: ParameterStore())
    var inputs = try transforms.inputs(draw, from: size)
    inputs["image"] = input
    inputs["A"] = weights
    let results = try program(inputs)
    for (key, name) in [(item.name, "output"), (item.name + ".grad_input", "gradient")] {
      let got = try #require(results[name])
      let expected = try golden.tensorOfFloats(key)
      #expect(got.shape == expected.shape)
      let difference = largestDifference(got.elements, expected.elements)
      #expect(difference <= item.tolerance, "\(key): largest difference \(difference)")
    }
  }

  @Test("Total variation and L2 match")
  func penalties() throws {
    let golden = try Golden.file("transforms.safetensors")
    let input = try golden.tensorOfFloats("input")
    let image = Node.input("image", input.shape)
    let network = VisionNetwork(input: image, layers: [], logits: nil)
    let program = try Program(
      Graph([
        "tv": try Objective.totalVariation.node(on: network, image: image),
        "l2": try Objective.l2.node(on: network, image: image),
      ]), parameters: ParameterStore())
    let results = try program(["image": input])
    let variation = try golden.floats("total_variation_l1")[0]
    // Sums of thousands of numbers in different orders.
    #expect(abs(try #require(results["tv"]).scalar - variation) <= 1e-5 * variation)
    let squares = try golden.floats("l2_mean")[0] * Float(input.shape.count)
    #expect(abs(try #require(results["l2"]).scalar - squares.squareRoot()) <= 1e-3)
  }
}
