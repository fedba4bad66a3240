import FeatureVisualization
import Foundation
import Laboratory
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import Reporting
import VisionModels

/// Channels and neurons from the bottom of a network to its top, beside images that excite them.
public struct UnitsPart: ReportPart {
  /// A unit of a layer.
  public struct Unit: Codable, Sendable, Hashable {
    /// The layer.
    public var layer: String
    /// The channel.
    public var channel: Int

    var name: String { "\(layer)-\(channel)" }
  }

  /// The images that are searched for examples.
  public struct Images: Codable, Sendable, Hashable {
    /// The folder or archive.
    public var path: String
    /// At most so many are looked at.
    public var limit: Int
  }

  /// What decides the pictures.
  public struct Recipe: Codable, Sendable {
    /// One channel of each layer.
    public var units: [Unit]
    /// The picture of each channel, in the order of the units.
    public var channels: [PictureRecipe]
    /// The picture of the neuron in the middle of each channel.
    public var neurons: [PictureRecipe]
    /// The images to search; `nil` if none were given.
    public var images: Images?
    /// What tells these images from others.
    public var imagesDigest: String?
  }

  /// What came of it.
  public struct Outcome: Codable, Sendable {
    struct Example: Codable, Sendable {
      let name: String
      let value: Double
    }
    struct Found: Codable, Sendable {
      let unit: Unit
      let channel: PictureWork.Made
      let neuron: PictureWork.Made
      let examples: [Example]
    }
    let found: [Found]
    let imageCount: Int
    let damagedCount: Int
  }

  private let vision: VisionSubject
  private let images: Images?
  private let seed: UInt64
  private static let exampleCount = 8
  private static let steps = 160

  /// Creates the part.
  ///
  /// - Parameters:
  ///   - vision: The classifier.
  ///   - images: A folder or archive to search for examples; `nil` for none.
  ///   - imageLimit: At most so many images are looked at.
  ///   - seed: Decides which channels are shown, the starting points and the transforms.
  public init(
    _ vision: VisionSubject, images: String? = nil, imageLimit: Int = 2000, seed: UInt64 = 0
  ) {
    self.vision = vision
    self.images = images.map { Images(path: $0, limit: imageLimit) }
    self.seed = seed
  }

  /// `units`.
  public var name: String { "units" }
  /// The heading.
  public var title: String { "Inside: from edges to things" }
  /// Ten pictures of 160 steps, and a scan if there are images.
  public var expectedSeconds: Double { images == nil ? 45 : 75 }

  /// One channel from each of a few layers, drawn by the seed, so that none is shown because it is
  /// pretty.
  ///
  /// - Throws: The errors of finding and loading the model, and of images that are not there.
  public func plan() throws -> PartPlan<Recipe> {
    let model = try vision.model()
    let units = try drawnUnits(of: model)
    let (height, width) = model.usualPictureSize
    func recipe(_ objective: Objective) throws -> PictureRecipe {
      PictureRecipe(
        model: try vision.reference(), threads: vision.threads,
        visualization: VisualizationRecipe(
          objective,
          parameterization: Parameterization(.fourier(), height: height, width: width),
          transforms: .lucid, steps: Self.steps, seed: seed))
    }
    let recipe = Recipe(
      units: units, channels: try units.map { try recipe(.channel($0.layer, $0.channel)) },
      neurons: try units.map { try recipe(.neuron($0.layer, $0.channel)) }, images: images,
      imagesDigest: try images.map(Self.fingerprint))
    return PartPlan(recipe: recipe, seed: seed, models: [try vision.storedModel()])
  }

  /// One channel of each of up to five layers, spread from the first to the last.
  private func drawnUnits(of model: VisionModel) throws -> [Unit] {
    let image = Node.input(
      "image",
      .images(batch: 1, channels: 3, height: model.input.height, width: model.input.width))
    let network = try model.network(on: image)
    let named = ["mixed3a", "mixed3b", "mixed4a", "mixed4c", "mixed4e", "mixed5b"]
    var layers = network.layers.filter { named.contains($0.name) }
    if layers.isEmpty {
      // Another architecture: its layers with positions, evenly spread.
      let spatial = network.layers.filter { $0.node.shape.rank == 4 && $0.node.shape[1] > 3 }
      layers = (1...6).compactMap { place in
        spatial.isEmpty ? nil : spatial[(spatial.count - 1) * place / 6]
      }
    }
    return layers.map { layer in
      var draw = RandomStream(seed: seed, name: "units/\(layer.name)")
      return Unit(layer: layer.name, channel: draw.integer(below: layer.node.shape[1]))
    }
  }

  /// What tells images from others without reading them: names, sizes and dates.
  private static func fingerprint(_ images: Images) throws -> String {
    let collection = try ImageCollection(path: images.path)
    var lines: [String] = []
    for name in collection.names ?? [""] {
      let path = name.isEmpty ? images.path : "\(images.path)/\(name)"
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      let size = attributes[.size] as? UInt64 ?? 0
      let date = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
      lines.append("\(name) \(size) \(date)")
    }
    return CanonicalJSON.digest(of: lines.joined(separator: "\n"))
  }

  // MARK: Doing

  /// Makes the pictures, and searches the images.
  ///
  /// - Throws: `CancellationError`, and the errors of pictures and images.
  public func perform(_ recipe: Recipe, in run: PartRun) async throws -> Outcome {
    let network = VisualizedNetwork(try vision.model())
    let pictureSteps = recipe.units.count * 2 * Self.steps
    let scanSteps = recipe.images == nil ? 0 : pictureSteps / 2
    let scan = try await scan(recipe, network) { share in
      run.report(Int(share * Double(scanSteps)), of: scanSteps + pictureSteps, "dataset images")
    }
    let cards = try CardMaker(network, scan: scan)
    let examples = try await keepExamples(of: recipe, scan, network, in: run)
    var found: [Outcome.Found] = []
    for (index, unit) in recipe.units.enumerated() {
      func made(_ kind: String, _ picture: PictureRecipe, _ order: Int) async throws
        -> PictureWork.Made
      {
        try await PictureWork(name: "\(unit.name)-\(kind)", recipe: picture, network: network)
          .made(in: run, cards: cards) { progress in
            run.report(
              scanSteps + (index * 2 + order) * Self.steps + progress.step,
              of: scanSteps + pictureSteps, "\(kind) of \(unit.layer):\(unit.channel)")
          }
      }
      found.append(
        Outcome.Found(
          unit: unit, channel: try await made("channel", recipe.channels[index], 0),
          neuron: try await made("neuron", recipe.neurons[index], 1), examples: examples[index]))
    }
    return Outcome(
      found: found, imageCount: scan?.imageCount ?? 0, damagedCount: scan?.damaged.count ?? 0)
  }

  /// Looks at the images once, with all units of the layers.
  private func scan(
    _ recipe: Recipe, _ network: VisualizedNetwork, onProgress: (Double) -> Void
  ) async throws -> ExampleScan? {
    guard let images = recipe.images else { return nil }
    let model = try vision.model()
    let scanner = try ExampleScanner(
      network, layers: recipe.units.map(\.layer), collection: ImageCollection(path: images.path),
      origin: ExampleScan.Origin(
        model: model.name, digest: try model.digest.value(), images: images.path,
        height: model.input.height, width: model.input.width, topCount: Self.exampleCount))
    let total = min(scanner.total ?? images.limit, images.limit)
    for try await passed in scanner {
      onProgress(Double(passed) / Double(max(total, 1)))
      if passed >= images.limit { break }
    }
    scanner.finish()
    return scanner.scan
  }

  /// Keeps the part of each example that its unit sees, as files.
  private func keepExamples(
    of recipe: Recipe, _ scan: ExampleScan?, _ network: VisualizedNetwork, in run: PartRun
  ) async throws -> [[Outcome.Example]] {
    guard let scan, let images = recipe.images else { return recipe.units.map { _ in [] } }
    let shown = recipe.units.map {
      ExampleSheet.Unit(name: $0.name, layer: $0.layer, channel: $0.channel)
    }
    let sheet = try ExampleSheet(
      scan, of: shown, on: network, collection: ImageCollection(path: images.path),
      showsBottom: false)
    return try recipe.units.map { unit in
      var examples: [Outcome.Example] = []
      for example in scan.layer(unit.layer)?.units[unit.channel].top ?? [] {
        guard let crop = sheet.crop(example, layer: unit.layer) else { continue }
        try run.recorder.keep(
          ImageFile.png(crop), as: "\(unit.name)-example-\(examples.count).png",
          mediaType: "image/png")
        examples.append(
          Outcome.Example(name: scan.name(of: example), value: Double(example.value)))
      }
      return examples
    }
  }
}
