import Foundation
import Goldens
import PlumbGraph
import PlumbRuntime
import Testing
import VisionModels

@testable import FeatureVisualization

@Suite("Visualizations")
struct VisualizationTests {
  private func recipe(
    _ text: String, _ basis: Parameterization.Basis = .fourier(), transforms: [Transform] = .none,
    steps: Int = 30, seed: UInt64 = 2, size: Int = 16, batch: Int = 1, hasAlpha: Bool = false
  ) throws -> VisualizationRecipe {
    VisualizationRecipe(
      try Objective(parsing: text),
      parameterization: Parameterization(
        basis, batch: batch, height: size, width: size, hasAlpha: hasAlpha),
      transforms: transforms, steps: steps, learningRate: 0.05, seed: seed)
  }

  @Test(
    "Every objective rises when it is optimized",
    arguments: [
      "first:3", "second:0-3", "second:5 + 0.5*first:2", "2*second:5 - second:6", "-second:7",
      "second:5/4", "neuron(first:1)", "neuron(second:4, 1, 2)", "direction(second, 3: 1, 5: -0.5)",
      "direction(second, 3: 1, 5: 0.5, power: 2)", "deepdream(second)", "class:chain", "class:3",
      "scores:2", "-tv", "-l1", "-l1(0.7)", "-l2", "-l2(0.3)", "second:5 - 0.001*tv",
      "second:5*first:2", "region(second:3, 1, 2, 4, 5)", "-diversity(second)",
      "interpolate(second:3, first:1)", "alignment(second)", "alignment(first, ratio: 5)",
      "inversion(second, photo)", "caricature(second, photo)",
      "caricature(first, photo, power: 2)", "-blur", "-boundary", "-boundary(3)",
      "second:5 - 0.1*alpha", "-alpha",
    ])
  func rises(_ text: String) throws {
    var recipe = try recipe(text, batch: 3, hasAlpha: text.contains("alpha"))
    // Gray images are aligned from the start.
    if text.hasPrefix("alignment") { recipe.parameterization.standardDeviation = 1 }
    let run = try VisualizationRun(
      recipe, on: SmallNetwork.network(),
      pictures: ["photo": ParameterizationTests.picture(16, 16)])
    let curve = try run.finish().curve
    let (first, last) = (try #require(curve.first), try #require(curve.last))
    #expect(last > first, "\(first) to \(last)")
  }

  @Test("Objectives that lack what they need say so")
  func needs() throws {
    func message(_ text: String) -> String {
      do {
        _ = try VisualizationRun(recipe(text), on: SmallNetwork.network())
        return "no error"
      } catch {
        return "\(error)"
      }
    }
    #expect(
      message("diversity(second)")
        == "diversity(second) compares images of a batch; ask for 2 images or more.")
    #expect(
      message("inversion(second, \"cat.png\")") == "The picture 'cat.png' was not supplied.")
    #expect(
      message("alpha")
        == "alpha is the opacity of images that have an alpha channel; ask for one.")
    #expect(message("boundary(0)") == "A boundary needs a width of 1 pixel or more.")
    #expect(
      message("region(second:1, 6, 0, 3, 1)")
        == "The region of 3 x 1 from column 6, row 0 is not on second, which has 8 columns and 8 "
        + "rows.")
  }

  @Test("A caricature's picture goes through the same transforms")
  func transformedPicture() throws {
    let picture = try ParameterizationTests.picture(20, 20)
    let recipe = try recipe(
      "inversion(first, photo)", .pixels, transforms: .lucid, steps: 6, size: 20)
    // The image that is the picture stays at distance 0 whatever is drawn.
    let run = try VisualizationRun(
      recipe, on: SmallNetwork.network(), startingFrom: .images(picture),
      pictures: ["photo": picture])
    try run.step()
    #expect(abs(try #require(run.curve.first)) < 1e-6)
  }

  @Test("Opacity falls where the objective does not need it")
  func opacity() throws {
    let recipe = try recipe("neuron(first:3, 4, 4) - 2*alpha", steps: 60, hasAlpha: true)
    let result = try VisualizationRun(recipe, on: SmallNetwork.network()).finish()
    #expect(result.picture(0).channels == 4)
    let far = result.images[0, 3, 12, 12]
    #expect(far < 0.3, "\(far)")
    #expect(result.images[0, 3, 4, 4] > far)
  }

  @Test("It rises in every parameterization", arguments: ParameterizationTests.bases())
  func risesInEvery(_ basis: Parameterization.Basis) throws {
    let run = try VisualizationRun(recipe("second:5", basis), on: SmallNetwork.network())
    let curve = try run.finish().curve
    #expect(try #require(curve.last) > #require(curve.first))
  }

  @Test("It rises under Lucid's and Lucent's transforms", arguments: [true, false])
  func risesTransformed(_ isLucid: Bool) throws {
    let transforms: [Transform] =
      isLucid ? .lucid : .lucent.dropLast() + [.enlarge(height: 40, width: 40)]
    let run = try VisualizationRun(
      recipe("deepdream(second)", transforms: transforms, steps: 40, size: 24),
      on: SmallNetwork.network())
    let curve = try run.finish().curve
    // Each step sees another view, so ends are compared by averages.
    let (start, end) = (curve.prefix(8).reduce(0, +), curve.suffix(8).reduce(0, +))
    #expect(end > start)
    // Sizes repeat and programs with them: eleven sizes and two ReLU rules at most.
    #expect(run.programCount <= 22 && run.programCount > 2)
  }

  @Test("The same recipe gives the same bytes", arguments: ParameterizationTests.bases())
  func repeats(_ basis: Parameterization.Basis) throws {
    let recipe = try recipe("second:5", basis, transforms: .lucid, steps: 12, size: 20)
    let network = try SmallNetwork.network()
    let first = try VisualizationRun(recipe, on: network).finish()
    let second = try VisualizationRun(recipe, on: network).finish()
    #expect(first.images == second.images)
    #expect(first.curve == second.curve)
    #expect(first.picture(0) == second.picture(0))
    var other = recipe
    other.seed = 3
    #expect(try VisualizationRun(other, on: network).finish().images != first.images)
  }

  @Test("Only the wanted channels are computed")
  func computesOnlyWanted() throws {
    let recipe = try recipe("second:5")
    let programs = try StepPrograms(
      recipe, network: SmallNetwork.network(), image: recipe.parameterization.image(seed: 1))
    let graph = try programs.program(programs.draw(0), .plain).compiledGraph
    #expect(!graph.nodes.contains { $0.shape.sizes == [1, 12, 8, 8] })
  }

  @Test(
    "Redirected ReLUs wake a silent unit",
    arguments: [
      VisualizationRecipe.RedirectedReLU.lucid, .lucent,
    ])
  func wakesSilentUnits(_ rule: VisualizationRecipe.RedirectedReLU) throws {
    // A bias so low that the unit is silent on every gray image.
    let parameters = try ParameterStore([
      "weight": Tensor([1, 3, 1, 1], [3, 3, 3]), "bias": Tensor([1], [-5]),
    ])
    let network = VisualizedNetwork(parameters: parameters) { image, rule in
      let layer = try image.convolved(
        with: .parameter("weight", [1, 3, 1, 1]), bias: .parameter("bias", [1]),
        geometry: .init()
      ).relu(rule: rule)
      return VisionNetwork(
        input: image, layers: [.init(name: "layer", node: layer)], logits: nil)
    }
    var recipe = try recipe("layer:0", .pixels, steps: 60, size: 4)
    recipe.redirectedReLU = rule
    #expect(try #require(VisualizationRun(recipe, on: network).finish().curve.last) > 0)
    recipe.redirectedReLU = .off
    #expect(try VisualizationRun(recipe, on: network).finish().curve.last == 0)
  }

  @Test("Reports each step and stops when cancelled")
  func progress() async throws {
    let recipe = try recipe("second:5", steps: 5)
    var steps: [Int] = []
    let run = try VisualizationRun(recipe, on: SmallNetwork.network())
    for try await progress in run {
      #expect(progress.total == 5)
      steps.append(progress.step)
    }
    #expect(steps == [1, 2, 3, 4, 5])
    #expect(run.isFinished)

    var endless = recipe
    endless.steps = .max
    let task = Task { [endless] in
      let run = try VisualizationRun(endless, on: SmallNetwork.network())
      for try await _ in run {}
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test("A run that was saved goes on as if it had not stopped")
  func resumes() throws {
    let recipe = try recipe("second:5", transforms: .lucid, steps: 12, size: 20)
    let network = try SmallNetwork.network()
    let whole = try VisualizationRun(recipe, on: network).finish()
    let first = try VisualizationRun(recipe, on: network)
    for _ in 0..<5 { try first.step() }
    let second = try VisualizationRun(recipe, on: network)
    try second.restore(first.state())
    let resumed = try second.finish()
    #expect(resumed.images == whole.images)
    #expect(resumed.curve == whole.curve)
  }

  @Test("Starts from another run's parameters")
  func startsFromState() throws {
    let network = try SmallNetwork.network()
    let first = try VisualizationRun(recipe("second:5", steps: 5), on: network)
    let images = try first.finish().images
    let second = try VisualizationRun(
      recipe("second:6", steps: 0), on: network, startingFrom: .state(first.state()))
    #expect(try second.finish().images == images)
    #expect(throws: VisualizationError.foreignState(parameter: "image.pixels")) {
      try VisualizationRun(
        recipe("second:6", .pixels), on: network, startingFrom: .state(first.state()))
    }
  }

  @Test("Starts from an image")
  func startsFromImage() throws {
    let picture = try ParameterizationTests.picture(16, 16)
    let result = try VisualizationRun(
      recipe("second:5", .pixels, steps: 0), on: SmallNetwork.network(),
      startingFrom: .images(picture)
    ).finish()
    #expect(largestDifference(result.images.elements, picture.elements) < 1e-4)
    #expect(result.picture(0).pixels.count == 3 * 16 * 16)
    #expect(abs(Float(result.picture(0)[0, 0, 0]) - picture[0, 0, 0, 0] * 255) <= 0.6)
  }

  @Test("A recipe survives JSON")
  func json() throws {
    let recipe = try recipe("class:\"kit fox\" - 0.1*tv", transforms: .lucent)
    let data = try JSONEncoder().encode(recipe)
    #expect(try JSONDecoder().decode(VisualizationRecipe.self, from: data) == recipe)
  }

  @Test("Recipes that cannot be followed are errors before the first step")
  func errors() throws {
    let network = try SmallNetwork.network()
    #expect(throws: VisualizationError.constantObjective("2")) {
      try VisualizationRun(recipe("2"), on: network)
    }
    #expect(throws: ObjectiveError.self) {
      try VisualizationRun(recipe("neuron(second:1, 8, 0)"), on: network)
    }
    var motionless = try recipe("second:5")
    motionless.learningRate = 0
    #expect(
      throws: VisualizationError.invalidRecipe(
        field: "learning rate", value: "0.0", requirement: "greater than 0")
    ) { try VisualizationRun(motionless, on: network) }
  }
}
