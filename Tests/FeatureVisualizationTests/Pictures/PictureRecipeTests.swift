import Foundation
import PlumbFiles
import PlumbRuntime
import TemporaryFolders
import Testing

@testable import FeatureVisualization

@Suite("Pictures with recipes")
struct PictureRecipeTests {
  private func recipe(
    _ text: String = "second:5", _ basis: Parameterization.Basis = .fourier(), steps: Int = 6,
    batch: Int = 1
  ) throws -> PictureRecipe {
    PictureRecipe(
      model: .init(name: "small", digest: "sha256:0"), threads: 2,
      visualization: VisualizationRecipe(
        try Objective(parsing: text),
        parameterization: Parameterization(basis, batch: batch, height: 20, width: 20),
        steps: steps, seed: 7))
  }

  private func finish(_ run: PictureRun) throws {
    while !run.run.isFinished { try run.step() }
  }

  @Test("A picture's recipe makes the same bytes again", arguments: ParameterizationTests.bases())
  func replays(_ basis: Parameterization.Basis) throws {
    let folder = TemporaryFolder()
    let run = try PictureRun(recipe("second:5", basis), on: SmallNetwork.network())
    try finish(run)
    let path = folder.path("picture.png")
    try ImageFile.write(run.png(0), to: path)

    let (read, index) = try PictureRecipe.read(fromPicture: path)
    #expect(read == run.recipe)
    #expect(index == 0)
    let again = try PictureRun(read, on: SmallNetwork.network())
    try finish(again)
    #expect(try again.png(0) == Data(contentsOf: URL(filePath: path)))
  }

  @Test("A recipe has the fields that all recipes have")
  func fields() throws {
    let object = try JSONSerialization.jsonObject(with: Data(recipe().json.utf8))
    let fields = try #require(object as? [String: Any])
    #expect(fields["plumb"] as? Int == 1)
    #expect(fields["command"] as? String == "visualize")
    #expect((fields["model"] as? [String: Any])?["digest"] as? String == "sha256:0")
    #expect(fields["seed"] as? Int == 7)
    #expect(fields["threads"] as? Int == 2)
    #expect(fields["objective"] as? String == "second:5")
  }

  @Test("An interrupted run goes on from its file to the same bytes, animation included")
  func resumes() throws {
    let folder = TemporaryFolder()
    let path = folder.path("state.safetensors")
    let whole = try PictureRun(recipe(batch: 2), on: SmallNetwork.network(), frameCount: 4)
    try finish(whole)
    let first = try PictureRun(recipe(batch: 2), on: SmallNetwork.network(), frameCount: 4)
    for _ in 0..<3 { try first.step() }
    try first.save(to: path)
    let second = try PictureRun(recipe(batch: 2), on: SmallNetwork.network(), frameCount: 4)
    try second.resume(from: path)
    try finish(second)
    #expect(try second.png(1) == whole.png(1))
    #expect(second.animation(1) == whole.animation(1))
    #expect(second.frames.count == whole.frames.count)

    let other = try PictureRun(recipe("second:6"), on: SmallNetwork.network())
    #expect(throws: VisualizationError.otherRecipe(file: path)) { try other.resume(from: path) }
  }

  @Test("Starts from a picture and from a state, which must stay as they were")
  func starts() throws {
    let folder = TemporaryFolder()
    let (path, state) = (folder.path("start.png"), folder.path("state.safetensors"))
    let picture = try ParameterizationTests.picture(20, 20).picture(0)
    try ImageFile.write(ImageFile.png(picture), to: path)
    var recipe = try recipe("second:5", .pixels, steps: 1)
    recipe.start = try .init(path: path)
    let run = try PictureRun(recipe, on: SmallNetwork.network())
    #expect(try run.currentPictures()[0].pixels.count == picture.pixels.count)
    let differences = zip(try run.currentPictures()[0].pixels, picture.pixels).map {
      abs(Int($0) - Int($1))
    }
    #expect(try #require(differences.max()) <= 1)
    try run.save(to: state)

    recipe.start = try .init(path: state)
    let forked = try PictureRun(recipe, on: SmallNetwork.network())
    #expect(try forked.currentPictures() == run.currentPictures())

    recipe.start = try .init(path: path)
    try ImageFile.write(ImageFile.png(picture, texts: [.init(keyword: "x", text: "y")]), to: path)
    #expect(throws: PictureError.changedFile(path: path)) {
      try PictureRun(recipe, on: SmallNetwork.network())
    }
  }

  @Test("Pictures without a recipe, or with a foreign one, say so")
  func errors() throws {
    let folder = TemporaryFolder()
    let path = folder.path("picture.png")
    let picture = try ParameterizationTests.picture(4, 4).picture(0)
    try ImageFile.write(ImageFile.png(picture), to: path)
    #expect(throws: PictureError.noRecipe(path: path)) {
      try PictureRecipe.read(fromPicture: path)
    }
    for (text, error) in [
      ("{", PictureError.damagedRecipe(path: path)),
      (
        #"{"plumb": 1, "command": "complete"}"#,
        .foreignRecipe(path: path, command: "complete", format: 1)
      ),
      (
        #"{"plumb": 9, "command": "visualize"}"#,
        .foreignRecipe(path: path, command: "visualize", format: 9)
      ),
      (#"{"plumb": 1, "command": "visualize"}"#, .damagedRecipe(path: path)),
    ] {
      try ImageFile.write(
        ImageFile.png(picture, texts: [.init(keyword: PNGText.recipeKeyword, text: text)]),
        to: path)
      #expect(throws: error) { try PictureRecipe.read(fromPicture: path) }
    }
  }
}
