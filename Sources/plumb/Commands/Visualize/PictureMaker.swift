import FeatureVisualization
import Foundation
import PlumbFiles
import PlumbRuntime

/// Makes the pictures of a plan, one after the other, with previews, states and a contact sheet.
struct PictureMaker {
  private let plan: PicturePlan
  private let network: VisualizedNetwork
  private let options: PictureOptions
  private let isQuiet: Bool
  private let output: OutputPlace
  private let scan: ExampleScan?

  /// Checks everything that can be checked before the work starts.
  init(
    _ plan: PicturePlan, network: VisualizedNetwork, output: String, options: PictureOptions,
    isQuiet: Bool
  ) throws {
    self.plan = plan
    self.network = network
    self.options = options
    self.isQuiet = isQuiet
    let isSingle = plan.items.count == 1 && plan.items[0].recipe.batch == 1
    self.output = try OutputPlace(output, isSingle: isSingle)
    scan = try options.scan.map { try ExampleScan(path: $0) }
    if let scan, let path = options.scan, let model = plan.items.first?.recipe.model,
      scan.origin.digest != model.digest
    {
      throw ExampleScanError.otherModel(
        file: path, model: scan.origin.model, needed: model.name)
    }
  }

  /// Makes all pictures and the sheet.
  func make() async throws -> [MadePicture] {
    var made: [MadePicture] = []
    var tiles: [ContactSheet.Tile] = []
    let cards = options.card ? try CardMaker(network, scan: scan, statistics: plan.statistics) : nil
    for (index, item) in plan.items.enumerated() {
      let label =
        plan.items.count == 1 ? item.name : "\(item.name) (\(index + 1)/\(plan.items.count))"
      let (run, pictures) = try await make(item, label: label)
      let texts = try cards?.cards(
        for: run.run.images(), item.recipe.visualization, pictures: run.pictures)
      for (number, picture) in pictures.enumerated() {
        let name = pictures.count == 1 ? item.name : "\(item.name)-\(number)"
        let path = output.path(name)
        try ImageFile.write(run.png(number), to: path)
        var result = MadePicture(
          path: path, objective: item.recipe.visualization.objective.description,
          curve: run.run.curve, recipe: item.recipe)
        result.card = texts?[number]
        if options.animate {
          let animation = output.path(name, ending: "apng")
          try ImageFile.write(run.animation(number), to: animation)
          result.animation = animation
        }
        made.append(result)
        tiles.append(.init(picture, caption: item.caption))
        if !isQuiet { print(Self.line(result)) }
      }
      for leftover in [output.state(item.name), output.preview(item.name)] {
        try? FileManager.default.removeItem(atPath: leftover)
      }
    }
    if tiles.count > 1 {
      let path = output.path("sheet")
      let sheet = ContactSheet(tiles, side: Self.side(tiles)).rendered()
      try ImageFile.write(ImageFile.png(sheet), to: path)
      for index in made.indices { made[index].sheet = path }
      if !isQuiet { print("All of them: \(path)") }
    }
    if cards != nil, !isQuiet { Self.printCards(made) }
    return made
  }

  private static func side(_ tiles: [ContactSheet.Tile]) -> Int {
    let longest = tiles.map { max($0.picture.height, $0.picture.width) }.max() ?? 128
    return min(max(longest, 128), 256)
  }

  private static func line(_ made: MadePicture) -> String {
    let end = made.curve.last.map { String(format: "%.4g", $0) } ?? "-"
    let start = made.curve.first.map { String(format: "%.4g", $0) } ?? "-"
    return "\(made.path): \(made.objective) from \(start) to \(end)"
      + (made.animation.map { ", \($0)" } ?? "")
  }

  private static func printCards(_ made: [MadePicture]) {
    // Three columns fit a terminal.
    for first in stride(from: 0, to: made.count, by: 3) {
      let part = made[first..<min(first + 3, made.count)]
      let cards = part.compactMap { picture in
        picture.card.map {
          (URL(fileURLWithPath: picture.path).deletingPathExtension().lastPathComponent, $0)
        }
      }
      print("\n" + PictureCard.table(cards))
    }
  }

  /// Optimizes the images of one recipe.
  private func make(
    _ item: PicturePlan.Item, label: String
  ) async throws -> (run: PictureRun, pictures: [PixelImage]) {
    let run = try PictureRun(
      item.recipe, on: network, frameCount: options.animate ? 60 : 0)
    let state = output.state(item.name)
    if FileManager.default.fileExists(atPath: state) {
      try run.resume(from: state)
      Self.note("\(item.name): going on at step \(run.run.curve.count), from \(state).")
    }
    let line = ProgressLine(label, unit: "steps")
    var lastPreview = ContinuousClock.now
    do {
      line.update(run.run.curve.count, of: item.recipe.visualization.steps)
      while !run.run.isFinished {
        try Task.checkCancellation()
        await Task.yield()
        let progress = try run.step()
        line.update(
          progress.step, of: progress.total,
          note: String(format: "objective %.4g", progress.objective))
        if options.preview > 0, ContinuousClock.now - lastPreview > .seconds(options.preview) {
          try ImageFile.write(
            ImageFile.png(Self.strip(try run.currentPictures())), to: output.preview(item.name))
          lastPreview = .now
        }
      }
      line.finish()
    } catch is CancellationError {
      line.finish()
      if !run.run.curve.isEmpty {
        try run.save(to: state)
        Self.note(
          "\(item.name): step \(run.run.curve.count) is saved in \(state); the same command goes "
            + "on from there.")
      }
      throw CancellationError()
    }
    return (run, try run.currentPictures())
  }

  /// Pictures side by side.
  private static func strip(_ pictures: [PixelImage]) -> PixelImage {
    if pictures.count == 1 { return pictures[0] }
    let side = max(pictures[0].height, pictures[0].width)
    return ContactSheet(pictures.map { .init($0) }, side: side).rendered()
  }

  private static func note(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  /// Makes the picture of a recipe once more, without anything beside it.
  static func replay(
    _ recipe: PictureRecipe, index: Int, on network: VisualizedNetwork, isQuiet: Bool
  ) async throws -> (png: Data, curve: [Float]) {
    let run = try PictureRun(recipe, on: network)
    guard index >= 0, index < recipe.batch else {
      throw CommandFailure("The recipe makes \(recipe.batch) images; there is no image \(index).")
    }
    let line = ProgressLine("replay", unit: "steps")
    while !run.run.isFinished {
      try Task.checkCancellation()
      await Task.yield()
      let progress = try run.step()
      line.update(progress.step, of: progress.total)
    }
    line.finish()
    return (try run.png(index), run.run.curve)
  }
}
