import ArgumentParser
import FeatureVisualization
import Foundation
import PlumbFiles
import PlumbRuntime
import VisionModels

/// Finds the images that excite units most.
struct Examples: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find the images that excite parts of a vision model most.",
    discussion: """
      One pass over the images finds the strongest and weakest examples of every unit of the chosen \
      layers. UNITS are 'mixed4a:476', 'mixed4a:0-31' or 'class:chain'. Examples are cropped to what \
      the unit saw and shown beside an optimized image. With --save the scan is kept, for \
      'plumb visualize --card --scan' and for other units later; an interrupted one goes on.
      """)

  @Argument(help: "A model's name from 'plumb models', or a path.")
  var model: String

  @Argument(help: "The units to show, such as 'mixed4a:476'.")
  var units: [String] = []

  @Option(help: "The images: a folder, or a tar archive (.tar, .tar.gz, .tar.xz).")
  var images: String

  @Option(help: "More layers to scan, with commas between; 'all' for every layer.")
  var layers: String?

  @Option(help: "Examples per unit.")
  var top = 9

  @Option(
    help: "Keep the scan in this safetensors file; one that is there is used or gone on with.")
  var save: String?

  @Option(name: [.short, .long], help: "The PNG file of the sheet, or a folder for it.")
  var output = "examples.png"

  @Option(help: "Steps of the optimized image beside the examples; 0 for none.")
  var steps = 256

  @Option(help: "Random seed of the optimized image.")
  var seed: UInt64 = 0

  @Flag(help: "Show the weakest examples too, and an image optimized against the unit.")
  var negative = false

  @OptionGroup(title: "Model") var models: ModelOptions
  @OptionGroup(title: "Model") var threads: ThreadOptions

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  func validate() throws {
    guard !units.isEmpty || layers != nil else {
      throw ValidationError("Name units, such as 'mixed4a:476', or --layers.")
    }
    guard (1...1000).contains(top) else {
      throw ValidationError("--top must be 1 to 1000, not \(top).")
    }
    guard (0...1_000_000).contains(steps) else {
      throw ValidationError("--steps must be 0 to 1000000, not \(steps).")
    }
    guard layers == nil || save != nil || !units.isEmpty else {
      throw ValidationError("Name units to show, or --save to keep the scan.")
    }
  }

  func run() async throws {
    let command = self
    let report = try await interruptible { try await command.make() }
    if json {
      try CommandOutput("examples", recipe: report.recipe, report).print()
    } else {
      print(report.text)
    }
  }

  private func make() async throws -> ExampleReport {
    let threadCount = threads.apply()
    let model = try models.visionModel(model)
    let network = VisualizedNetwork(model)
    let collection = try ImageCollection(path: images)
    let plan = try ExamplePlan(units: units, layers: layers, model: model, network: network)
    let sheet =
      try plan.units.isEmpty
      ? nil : OutputPlace(output, isSingle: true).path("examples")
    if let save { try OutputPath.prepare(file: save) }
    let origin = ExampleScan.Origin(
      model: self.model, digest: try model.digest.value(), images: images,
      height: model.input.height, width: model.input.width, topCount: top)
    let (scan, seconds) = try await scanned(plan, network, collection, origin)
    var report = ExampleReport(scan, units: plan.units, seconds: seconds)
    report.recipe = .init(
      model: .init(
        name: self.model, digest: origin.digest, architecture: models.architecture,
        variant: models.variant),
      images: images, units: units, layers: plan.layers, top: top, steps: steps, seed: seed,
      threads: threadCount)
    if let sheet {
      try await writeSheet(to: sheet, plan, scan, model, network, collection)
      report.sheet = sheet
    }
    return report
  }

  /// The scan: made, gone on with, or read if it is complete.
  private func scanned(
    _ plan: ExamplePlan, _ network: VisualizedNetwork, _ collection: ImageCollection,
    _ origin: ExampleScan.Origin
  ) async throws -> (scan: ExampleScan, seconds: Double?) {
    var layers = plan.layers
    var earlier: ExampleScan?
    if let save, FileManager.default.fileExists(atPath: save) {
      let scan = try ExampleScan(path: save)
      guard scan.origin == origin else { throw ExampleScanError.otherScan }
      let known = scan.layers.map(\.name)
      if let missing = layers.first(where: { !known.contains($0) }) {
        throw ExampleScanError.missingLayer(file: save, layer: missing, known: known)
      }
      if scan.isComplete { return (scan, nil) }
      (earlier, layers) = (scan, known)
    }
    let scanner = try ExampleScanner(
      network, layers: layers, collection: collection, origin: origin, continuing: earlier)
    let line = ProgressLine("scan", unit: "images")
    line.update(scanner.scan.passed, of: scanner.total)
    let start = ContinuousClock.now
    do {
      for try await passed in scanner { line.update(passed, of: scanner.total) }
    } catch {
      line.finish()
      if let save, scanner.scan.passed > 0 {
        scanner.finish()
        try scanner.scan.save(to: save)
        Self.note(
          "\(scanner.scan.passed) images are scanned and saved in \(save); the same command goes "
            + "on from there.")
      }
      throw error
    }
    line.finish()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    guard scanner.scan.imageCount > 0 else {
      throw scanner.scan.damaged.isEmpty
        ? ImageCollectionError.empty(path: images)
        : CommandFailure(
          "None of the \(scanner.scan.passed) pictures in \(images) can be read; the first problem: "
            + scanner.scan.damaged[0].reason)
    }
    if let save { try scanner.scan.save(to: save) }
    return (scanner.scan, seconds)
  }

  /// Optimizes an image per unit and writes the sheet.
  private func writeSheet(
    to path: String, _ plan: ExamplePlan, _ scan: ExampleScan, _ model: VisionModel,
    _ network: VisualizedNetwork, _ collection: ImageCollection
  ) async throws {
    var shown: [ExampleSheet.Unit] = []
    for unit in plan.units {
      var tiles: [ContactSheet.Tile] = []
      if steps > 0 {
        let picture = try await optimized(unit.objective, unit.name, model, network)
        tiles.append(.init(picture, caption: ["optimized"]))
        if negative {
          let objective = Objective.negation(unit.objective)
          let picture = try await optimized(objective, "-\(unit.name)", model, network)
          tiles.append(.init(picture, caption: ["against it"]))
        }
      }
      shown.append(
        .init(
          name: unit.name, layer: unit.layer, channel: unit.channel, visualizations: tiles))
    }
    let sheet = try ExampleSheet(
      scan, of: shown, on: network, collection: collection, showsBottom: negative)
    let picture = sheet.sheet(shown, showsBottom: negative).rendered()
    try ImageFile.write(ImageFile.png(picture), to: path)
  }

  private func optimized(
    _ objective: Objective, _ name: String, _ model: VisionModel, _ network: VisualizedNetwork
  ) async throws -> PixelImage {
    let (height, width) = model.usualPictureSize
    let recipe = VisualizationRecipe(
      objective, parameterization: Parameterization(height: height, width: width), steps: steps,
      seed: seed)
    let run = try VisualizationRun(recipe, on: network)
    let line = ProgressLine(name, unit: "steps")
    for try await progress in run { line.update(progress.step, of: progress.total) }
    line.finish()
    return try run.images().picture(0)
  }

  private static func note(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}

/// The units to show and the layers to scan.
struct ExamplePlan: Sendable {
  /// A unit.
  struct Unit: Sendable {
    let name: String
    let objective: Objective
    let layer: String
    let channel: Int
  }

  let units: [Unit]
  let layers: [String]

  init(
    units texts: [String], layers: String?, model: VisionModel, network: VisualizedNetwork
  ) throws {
    let vocabulary = try network.vocabulary(
      height: model.input.height, width: model.input.width)
    units = try texts.flatMap { try Objective(parsing: $0, in: vocabulary).units }.map { unit in
      let place = try vocabulary.unit(of: unit)
      return Unit(
        name: unit.description, objective: unit, layer: place.layer, channel: place.channel)
    }
    var names: [String] = []
    for name in units.map(\.layer) where !names.contains(name) { names.append(name) }
    if layers == "all" {
      names = vocabulary.layers.map(\.name)
    } else {
      for name in layers?.split(separator: ",").map(String.init) ?? [] where !names.contains(name) {
        names.append(name)
      }
    }
    self.layers = names
  }
}
