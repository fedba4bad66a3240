import Foundation
import Goldens
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import Testing
import VisionModels

@testable import FeatureVisualization

@Suite("Visualizations of InceptionV1", .enabled(if: Golden.isPresent, "\(SharedFiles.reason)"))
struct InceptionV1Tests {
  private func network() throws -> VisualizedNetwork {
    let file = try SafetensorsFile(
      path: SharedFiles.path("golden/inceptionv1/inceptionv1_random_fp16.safetensors"))
    let parameters = ParameterStore()
    for name in file.names { try parameters.set(name, file.tensorOfFloats(name)) }
    return .inceptionV1(.lucent, parameters: parameters)
  }

  @Test("A class score rises under Lucid's transforms")
  func rises() throws {
    let recipe = VisualizationRecipe(
      .classScore(488), parameterization: Parameterization(height: 224, width: 224), steps: 8)
    let curve = try VisualizationRun(recipe, on: network()).finish().curve
    #expect(try #require(curve.last) > #require(curve.first))
  }

  @Test("Names are checked against its layers")
  func names() throws {
    let vocabulary = try network().vocabulary(height: 224, width: 224)
    #expect(throws: ObjectiveError.self) {
      try Objective(parsing: "mixed4a:508", in: vocabulary)
    }
    #expect(try Objective(parsing: "mixed4a:507 - class:488", in: vocabulary).needsClassScores)
  }
}
