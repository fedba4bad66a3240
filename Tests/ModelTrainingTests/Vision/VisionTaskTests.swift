import Foundation
import PlumbFiles
import PlumbGraph
import PlumbModels
import PlumbRuntime
import Testing
import VisionModels

@testable import ModelTraining

@Suite("Vision training")
struct VisionTaskTests {
  static func training(_ stages: [VisionTraining.Stage]) throws -> VisionTraining {
    VisionTraining(
      data: "set",
      network: try InceptionTiny(
        classes: 4, stem: [8, 8, 8], stemKernel: 5,
        modules: Array(repeating: [8, 8, 8, 8, 8, 8], count: 9)),
      stages: stages,
      augmentation: .init(
        smallestArea: 0.5, unscaled: 0.3, largestAspect: 1.3, flips: true, color: 0.1),
      labelSmoothing: 0.1)
  }

  static func recipe(_ training: VisionTraining, steps: Int = 30) -> TrainingRecipe {
    TrainingRecipe(
      name: "test", subject: .vision(training), steps: steps, batch: 16,
      optimizer: .sgd(momentum: 0.9, nesterov: true, weightDecay: 1e-4),
      schedule: .cosine(peak: 0.1, warmup: 3, total: steps), precision: .fp32, seed: 1,
      evaluationInterval: steps)
  }

  static func task(
    _ folder: PictureFolder, _ stages: [VisionTraining.Stage] = [.init(size: 32, share: 1)],
    steps: Int = 30
  ) throws -> VisionTask {
    let training = try training(stages)
    return try VisionTask(
      training, recipe: recipe(training, steps: steps),
      data: (folder.path as NSString).deletingLastPathComponent)
  }

  @Test("A batch depends on the step alone")
  func batches() throws {
    let folder = try PictureFolder(classes: 4)
    let first = try Self.task(folder)
    let second = try Self.task(folder)
    let late = try first.batch(step: 7)
    _ = try first.batch(step: 0)
    #expect(try first.batch(step: 7) == late)
    #expect(try second.batch(step: 7) == late)
    #expect(try second.batch(step: 8) != late)
  }

  @Test("Every epoch shows every picture once")
  func epochs() throws {
    let folder = try PictureFolder(classes: 4)
    let task = try Self.task(folder)
    // 2 shards of 16 pictures in batches of 16.
    for epoch in 0..<2 {
      let labels = try (0..<2).flatMap { step in
        try #require(task.batch(step: 2 * epoch + step)["labels"]).elements.map { Int($0) }
      }
      #expect(labels.sorted() == (0..<4).flatMap { Array(repeating: $0, count: 8) })
    }
  }

  @Test("Learns 64 pictures, and the exported model knows them")
  func learns() throws {
    let folder = try PictureFolder(classes: 4)
    let task = try Self.task(
      folder, [.init(size: 32, share: 0.5), .init(size: 64, share: 0.5)], steps: 30)
    let place = (folder.path as NSString).deletingLastPathComponent + "/run"
    let run = try TrainingRun(task.recipe, task: task, folder: place)
    var reports: [TrainingRun.Report] = []
    try run.train(reportInterval: 5) { reports.append($0) }
    let (first, last) = (try #require(reports.first), try #require(reports.last))
    #expect(try #require(last.metrics["loss"]) < 0.6 * #require(first.metrics["loss"]))
    #expect(try #require(last.metrics["accuracy"]) > 0.9)
    let scores = try task.evaluate(run.parameters, isFinal: true)
    #expect(try #require(scores["accuracy"]) > 0.7)
    #expect(try #require(scores["accuracyLow"]) < #require(scores["accuracy"]))

    let model = try run.export()
    let loaded = try VisionModel(ModelLibrary().find(model))
    let images = try TinyImageNet(folder: folder.path).validationImages()
    let again = try VisionScores(
      on: images, parameters: loaded.parameters, classes: loaded.classCount
    ) { try loaded.network(on: $0) }
    #expect(again.accuracy.share == scores["accuracy"])
    #expect(again.counts == [4, 4, 4, 4])

    let data = (folder.path as NSString).deletingLastPathComponent
    let printed = try ModelEvaluation.scores(
      of: ModelLibrary().find(model), library: ModelLibrary(), data: data)
    #expect(printed.map(\.name) == ["top-1", "top-5"] + folder.classes)
    #expect(printed[0].estimate == scores["accuracy"])
    #expect(printed[0].count == 16)
    let card = try task.card(
      ofModelIn: model, facts: .init(recipe: task.recipe, steps: 30, seconds: 61, threads: 1))
    #expect(card.contains("- 30 steps of 16 pictures, 15.0 epochs"))
    #expect(card.contains("| n00000003 | "))
  }

  @Test("A resumed training is an uninterrupted one, across a change of size")
  func resumes() throws {
    let folder = try PictureFolder(classes: 4)
    let stages: [VisionTraining.Stage] = [.init(size: 16, share: 0.5), .init(size: 24, share: 0.5)]
    let place = (folder.path as NSString).deletingLastPathComponent
    func weights(_ name: String, parts: [Int]) throws -> [String: [Float]] {
      var values: [String: [Float]] = [:]
      for limit in parts {
        let task = try Self.task(folder, stages, steps: 8)
        let run = try TrainingRun(task.recipe, task: task, folder: "\(place)/\(name)")
        try run.train(limit: limit) { _ in }
        for name in run.parameters.names { values[name] = try run.parameters.value(name).elements }
      }
      return values
    }
    let whole = try weights("whole", parts: [8])
    #expect(try weights("before", parts: [3, 5]) == whole)
    #expect(try weights("at", parts: [4, 4]) == whole)
    #expect(try weights("behind", parts: [6, 2]) == whole)
  }

  @Test("A training can start from the weights of another")
  func startsFromWeights() throws {
    let folder = try PictureFolder(classes: 4)
    let place = (folder.path as NSString).deletingLastPathComponent
    let task = try Self.task(folder, steps: 4)
    let first = try TrainingRun(task.recipe, task: task, folder: "\(place)/first")
    try first.train { _ in }
    var recipe = task.recipe
    recipe.start = "../first"
    let second = try TrainingRun(recipe, task: task, folder: "\(place)/second")
    #expect(second.step == 0)
    for name in second.parameters.names {
      #expect(try second.parameters.value(name) == first.parameters.value(name))
    }
    recipe.start = "../nowhere"
    #expect(throws: ModelTrainingError.self) {
      try TrainingRun(recipe, task: task, folder: "\(place)/third")
    }
  }

  @Test("A training can start from a model that another has exported")
  func startsFromModel() throws {
    let folder = try PictureFolder(classes: 4)
    let place = (folder.path as NSString).deletingLastPathComponent
    let task = try Self.task(folder, steps: 20)
    let first = try TrainingRun(task.recipe, task: task, folder: "\(place)/first")
    try first.train(reportInterval: 20) { _ in }
    _ = try first.export()
    let before = try task.evaluate(first.parameters, isFinal: true)

    var recipe = task.recipe
    recipe.start = "../first/export"
    let second = try TrainingRun(recipe, task: task, folder: "\(place)/second")
    let after = try task.evaluate(second.parameters, isFinal: true)
    // Half precision may change a picture near the boundary of two classes.
    let accuracies = try (#require(before["accuracy"]), #require(after["accuracy"]))
    #expect(abs(accuracies.0 - accuracies.1) <= 1.0 / 16)
  }

  @Test("Damaged pictures are left out and named")
  func damages() throws {
    let folder = try PictureFolder(classes: 4)
    let good = ImageFile.png(PictureFolder.picture(label: 0, index: 0))
    let wide = ImageFile.png(
      PixelImage(height: 64, width: 32, channels: 3, pixels: Array(repeating: 9, count: 64 * 96)))
    try folder.write(
      "train_02.tar",
      [
        ("train/n00000000/good.JPEG", good),
        ("train/n00000001/cut.JPEG", good.prefix(good.count / 2)),
        ("train/n00000001/text.JPEG", Data("no picture".utf8)),
        ("train/n00000002/wide.JPEG", wide), ("train/n99999999/other.JPEG", good),
      ])
    let images = try TinyImageNet(folder: folder.path).trainingImages()
    #expect(images.count == 33)
    #expect(images.damages.count == 4)
    #expect(images.damages[0].contains("train/n00000001/cut.JPEG is a damaged PNG"))
    #expect(images.damages[1].contains("train/n00000001/text.JPEG is neither a JPEG nor a PNG"))
    #expect(
      images.damages[2] == "train/n00000002/wide.JPEG has 64 x 32 pixels, not 64 x 64.")
    #expect(images.damages[3] == "train/n99999999/other.JPEG is in no class's folder.")
  }

  @Test("Missing data and bad recipes are said in one sentence")
  func failures() throws {
    let missing = #expect(throws: ModelTrainingError.self) { try TinyImageNet(folder: "/nowhere") }
    #expect(
      missing?.description == "There are no training data at /nowhere/wnids.txt. The folder needs"
        + " wnids.txt, train_*.tar.xz and val.tar.xz.")
    let folder = try PictureFolder(classes: 3)
    let error = #expect(throws: ModelTrainingError.self) { try Self.task(folder) }
    #expect(
      error?.description
        == "The recipe test cannot be used: the network has 4 classes, the data 3.")
  }
}
