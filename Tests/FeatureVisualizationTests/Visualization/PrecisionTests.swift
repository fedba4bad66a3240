import Foundation
import PlumbGraph
import PlumbModels
import PlumbRuntime
import Testing
import VisionModels

@testable import FeatureVisualization

@Suite("Precisions")
struct PrecisionTests {
  /// What the class "chain" scores in fp32 on pictures that were optimized in a precision, by seed.
  private func scores(_ precision: Precision, _ network: VisualizedNetwork) throws -> [Double] {
    let objective = try Objective(parsing: "class:chain")
    let image = Node.input("image", .images(batch: 1, channels: 3, height: 32, width: 32))
    let score = try objective.node(
      on: network.network(on: image, rule: .plain), image: image, labels: network.labels,
      wordNetIDs: network.wordNetIDs)
    let program = try Program(Graph(["score": score]), parameters: network.parameters)
    return try (0..<4).map { (seed: UInt64) in
      let recipe = VisualizationRecipe(
        objective, parameterization: Parameterization(.fourier(), height: 32, width: 32),
        transforms: .none, steps: 256, precision: precision, seed: seed)
      let picture = try VisualizationRun(recipe, on: network).finish().images
      return Double(try #require(program(["image": picture])["score"]).scalar)
    }
  }

  @Test("Pictures made in bfloat16 please the fp32 network as those of other seeds do")
  func pictures() throws {
    let models = URL(filePath: #filePath).appending(path: "../../../../Models").standardized
    let network = VisualizedNetwork(
      try VisionModel(ModelLibrary().find(models.appending(path: "inception-tiny").path)))
    let exact = try scores(.fp32, network)
    let mean = exact.reduce(0, +) / Double(exact.count)
    let spread = try #require(exact.max()) - #require(exact.min())
    // A picture of noise scores near 0.
    #expect(mean > 5 && spread > 0)
    for precision in [Precision.mixed, .bf16] {
      let rounded = try scores(precision, network)
      #expect(rounded != exact)
      let difference = abs(rounded.reduce(0, +) / Double(rounded.count) - mean)
      #expect(difference < spread, "\(precision): \(rounded), fp32: \(exact)")
    }
  }
}
