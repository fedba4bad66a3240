import ArgumentParser
import FeatureVisualization
import Foundation
import PlumbFiles

/// Optimizes images that excite parts of a vision model.
struct Visualize: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Optimize images that excite parts of a vision model.",
    discussion: """
      OBJECTIVES are what to maximize, each one or several images:
        mixed4a:476          a channel           mixed4a:0-31       32 channels, one image each
        class:chain          a class             neuron(mixed4a:476)  a channel at the center
        mixed4a:476 + 0.3*mixed4b:452 - 0.25*tv   arithmetic, with penalties
        direction(mixed4a, 476: 1, 460: -0.5), region(mixed4a:476, 2, 3, 4, 5), deepdream(mixed4a),
        diversity(mixed4a), interpolate(mixed4a:476, mixed4a:460), alignment(mixed4a),
        inversion(mixed4a, "photo.png"), caricature(mixed4a, "photo.png", power: 4),
        tv, l1, l2, l1(0.5), l2(0.5), blur, boundary, alpha

      Every PNG holds the recipe that made it: 'plumb visualize --replay picture.png' makes the same \
      bytes again. Ctrl-C saves each image's state; the same command goes on from there.
      """)

  @Argument(help: "A model's name from 'plumb models', or a path.")
  var model: String?

  @Argument(help: "What to maximize, such as 'mixed4a:476' or 'class:chain'.")
  var objectives: [String] = []

  @Option(
    name: [.short, .long],
    help: "The folder for the pictures, or the PNG file if there is one.")
  var output = "visualizations"

  @Option(help: "Make the picture in this PNG file once more, from the recipe inside it.")
  var replay: String?

  @OptionGroup(title: "Images") var images: ImageOptions
  @OptionGroup(title: "Optimization") var optimization: OptimizationOptions
  @OptionGroup(title: "Results") var results: PictureOptions
  @OptionGroup(title: "Model") var models: ModelOptions
  @OptionGroup(title: "Model") var threads: ThreadOptions

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  func validate() throws {
    if replay != nil {
      guard objectives.isEmpty else {
        throw ValidationError("--replay takes everything from the picture; name no objectives.")
      }
      return
    }
    guard model != nil else { throw ValidationError("Name a model and an objective.") }
    guard !objectives.isEmpty else {
      throw ValidationError("Name an objective, such as 'mixed4a:476' or 'class:chain'.")
    }
  }

  func run() async throws {
    let command = self
    let made = try await interruptible { try await command.make() }
    if json {
      let output = CommandOutput("visualize", recipe: made.first?.recipe, Fields(images: made))
      try output.print()
    }
  }

  /// Makes all pictures.
  private func make() async throws -> [MadePicture] {
    if let replay { return [try await replayed(replay)] }
    let threadCount = threads.apply()
    let model = try models.visionModel(self.model ?? "")
    let network = VisualizedNetwork(model)
    let plan = try PicturePlan(
      objectives: objectives, images: images, optimization: optimization, model: model,
      network: network,
      reference: .init(
        name: self.model ?? "", digest: model.digest.value(), architecture: models.architecture,
        variant: models.variant),
      threads: threadCount)
    let maker = try PictureMaker(
      plan, network: network, output: output, options: results, isQuiet: json)
    return try await maker.make()
  }

  /// Makes the picture of a recipe once more and says whether the bytes are the same.
  private func replayed(_ path: String) async throws -> MadePicture {
    let (recipe, index) = try PictureRecipe.read(fromPicture: path)
    var threads = threads
    if threads.threads == nil { threads.threads = recipe.threads }
    threads.apply()
    var models = models
    if models.architecture == nil { models.architecture = recipe.model.architecture }
    if models.variant == nil { models.variant = recipe.model.variant }
    let model = try models.visionModel(self.model ?? recipe.model.name)
    let digest = try model.digest.value()
    guard digest == recipe.model.digest else {
      throw PictureError.otherWeights(
        model: model.name, expected: recipe.model.digest, got: digest)
    }
    let target = output == "visualizations" ? Self.replayPath(path) : output
    let data = try await PictureMaker.replay(
      recipe, index: index, on: VisualizedNetwork(model), isQuiet: json)
    try ImageFile.write(data.png, to: target)
    let isSame = try data.png == Data(contentsOf: URL(fileURLWithPath: path))
    if !json {
      print("\(target): \(isSame ? "the same bytes as" : "OTHER bytes than") \(path)")
    }
    return MadePicture(
      path: target, objective: recipe.visualization.objective.description, curve: data.curve,
      recipe: recipe, isSameAsOriginal: isSame)
  }

  /// Where a replay goes that was not told: `picture.replay.png` beside `picture.png`.
  private static func replayPath(_ path: String) -> String {
    let url = URL(fileURLWithPath: path)
    return url.deletingPathExtension().path + ".replay.png"
  }

  private struct Fields: Encodable {
    let images: [MadePicture]
  }
}

/// A finished picture, as `--json` reports it.
struct MadePicture: Encodable, Sendable {
  let path: String
  let objective: String
  let curve: [Float]
  var card: PictureCard?
  var animation: String?
  var sheet: String?
  let recipe: PictureRecipe
  /// Whether a replay gave the same bytes.
  var isSameAsOriginal: Bool?
}
