import Foundation
import PlumbFiles
import PlumbGraph
import PlumbKernels
import PlumbModels
import PlumbRuntime
import VisionModels

/// The training of an image classifier.
public final class VisionTask: TrainingTask {
  /// The recipe.
  public let recipe: TrainingRecipe
  /// What of the recipe is about vision.
  public let training: VisionTraining

  private let dataSet: TinyImageNet
  private let images: ImageSet
  private let validation: ImageSet
  /// The order of the pictures in the epoch that was asked for last.
  private var order: (epoch: Int, pictures: [Int])?

  /// Reads the data of a recipe.
  ///
  /// - Parameters:
  ///   - training: What of the recipe is about vision.
  ///   - recipe: The recipe.
  ///   - data: The data folder.
  /// - Throws: ``ModelTrainingError`` if data are missing or the recipe makes no sense.
  public convenience init(
    _ training: VisionTraining, recipe: TrainingRecipe, data: String
  ) throws(ModelTrainingError) {
    let dataSet = try TinyImageNet(folder: "\(data)/\(training.data)")
    try self.init(
      training, recipe: recipe, dataSet: dataSet, images: dataSet.trainingImages(),
      validation: dataSet.validationImages())
  }

  /// Creates a training on pictures that are in memory.
  ///
  /// - Throws: ``ModelTrainingError/unreadableRecipe(path:reason:)`` if the recipe makes no sense.
  init(
    _ training: VisionTraining, recipe: TrainingRecipe, dataSet: TinyImageNet, images: ImageSet,
    validation: ImageSet
  ) throws(ModelTrainingError) {
    if let problem = training.problem {
      throw .unreadableRecipe(path: recipe.name, reason: problem)
    }
    guard training.network.classes == dataSet.classes.count else {
      throw .unreadableRecipe(
        path: recipe.name,
        reason: "the network has \(training.network.classes) classes, the data "
          + "\(dataSet.classes.count)")
    }
    (self.training, self.recipe, self.dataSet) = (training, recipe, dataSet)
    (self.images, self.validation) = (images, validation)
  }

  /// See ``TrainingTask/damages``.
  public var damages: [String] { images.damages + validation.damages }

  // MARK: The step

  /// See ``TrainingTask/graph()``.
  public func graph() throws -> Graph { try graph(size: training.size(step: 0, of: recipe.steps)) }

  /// See ``TrainingTask/graph(beginningAt:)``; stages differ in the size of the pictures.
  public func graph(beginningAt step: Int) throws -> Graph? {
    let size = training.size(step: step, of: recipe.steps)
    guard step > 0, size != training.size(step: step - 1, of: recipe.steps) else { return nil }
    return try graph(size: size)
  }

  private func graph(size: Int) throws -> Graph {
    let images = Node.input(
      "images", .images(batch: recipe.batch, channels: 3, height: size, width: size))
    let labels = Node.input("labels", [recipe.batch], .index)
    let (network, averages) = try training.network.trainingNetwork(on: images)
    guard let logits = network.logits else {
      preconditionFailure("an inception-tiny network has logits at every size")
    }
    let surprise = try logits.crossEntropy(targets: labels)
    let logarithms = try logits.logSoftmax()
    // Nothing is likelier than the right class: its surprise is the least.
    let least = try logarithms.maximum(over: [1]).reshaped([recipe.batch]) * -1
    let isRight = try 1 - surprise.isGreater(than: least + 1e-6)
    let smoothing = Float(training.labelSmoothing)
    let loss =
      try surprise.mean() * (1 - smoothing) + logarithms.mean() * -smoothing
    let outputs = [
      Graph.Output("loss", loss), .init("accuracy", try isRight.stoppingGradient().mean()),
    ]
    return Graph(
      outputs
        + averages.sorted { $0.key < $1.key }.map { .init(Self.output(of: $0.key), $0.value) })
  }

  private static func output(of average: String) -> String { "new \(average)" }

  /// See ``TrainingTask/updates``.
  public var updates: [String: String] {
    let names = training.network.averageNames
    return Dictionary(uniqueKeysWithValues: names.map { ($0, Self.output(of: $0)) })
  }

  /// See ``TrainingTask/hiddenMatrices``: every filter bank but the first.
  public var hiddenMatrices: Set<String> {
    Set(training.network.convolutionNames.dropFirst().map { "\($0)_pre_relu_conv.weight" })
  }

  /// See ``TrainingTask/initialParameters()``.
  public func initialParameters() throws -> [String: Tensor] {
    try training.network.initialParameters(seed: recipe.seed)
  }

  /// See ``TrainingTask/parameters(ofModelIn:)``; the moments that batch normalization will see are
  /// measured on the first batches of the training.
  public func parameters(ofModelIn folder: String) throws -> [String: Tensor] {
    let model = try VisionModel.load(folder, from: ModelLibrary())
    let batches = try (0..<Self.measuredBatches).compactMap { try batch(step: $0)["images"] }
    return try training.network.unfolded(values(model.parameters), measuredOn: batches)
  }

  /// The batches on which moments are measured.
  private static let measuredBatches = 10

  // MARK: Data

  /// See ``TrainingTask/batch(step:)``.
  public func batch(step: Int) throws -> [String: Tensor] {
    let pictures = (0..<recipe.batch).map { picture(at: step * recipe.batch + $0) }
    let size = training.size(step: step, of: recipe.steps)
    let stream = RandomStream(seed: recipe.seed, name: "augmentation").substream(step)
    let crops = training.augmentation.crops(
      count: pictures.count, size: images.size, shown: size, stream: stream)
    let pixels = images.pixels(of: pictures)
    let planes = try ComputeThread.shared().run {
      ImageKernels.cropped(
        pixels, crops, height: images.size, width: images.size, size: size)
    }
    return [
      "images": try Tensor(
        .images(batch: recipe.batch, channels: 3, height: size, width: size), planes),
      "labels": try Tensor(indices: pictures.map { images.labels[$0] }, [recipe.batch]),
    ]
  }

  /// The picture at a place in the sequence of all epochs, each of which has its own order.
  private func picture(at place: Int) -> Int {
    let epoch = place / images.count
    if order?.epoch != epoch {
      var stream = RandomStream(seed: recipe.seed, name: "order").substream(epoch)
      order = (epoch, stream.shuffled(Array(0..<images.count)))
    }
    return order?.pictures[place % images.count] ?? 0
  }

  // MARK: Results

  /// See ``TrainingTask/evaluate(_:isFinal:)``.
  ///
  /// `accuracy` is top-1 on the whole pictures, `accuracyLow` and `accuracyHigh` its interval.
  public func evaluate(
    _ parameters: ParameterStore, isFinal: Bool
  ) throws -> [String: Double] {
    // Every fifth picture is enough on the way: ± 2 %.
    let pictures = isFinal ? nil : Array(stride(from: 0, to: validation.count, by: 5))
    return try scores(parameters, on: pictures).summary
  }

  private func scores(_ parameters: ParameterStore, on pictures: [Int]?) throws -> VisionScores {
    let weights = try training.network.folded(values(parameters))
    return try VisionScores(
      on: validation, pictures: pictures, parameters: ParameterStore(weights),
      classes: training.network.classes
    ) { try training.network.network(on: $0) }
  }

  /// See ``TrainingTask/export(_:to:)``.
  public func export(_ parameters: ParameterStore, to folder: String) throws {
    let weights = try training.network.folded(values(parameters))
    try VisionModelFolder(name: recipe.name, weights: weights, labels: dataSet.labelTable())
      .write(to: folder)
  }

  /// See ``TrainingTask/card(ofModelIn:facts:)``.
  public func card(ofModelIn folder: String, facts: TrainingFacts) throws -> String {
    let model = try VisionModel.load(folder, from: ModelLibrary())
    let scores = try VisionScores(
      on: validation, parameters: model.parameters, classes: training.network.classes
    ) { try model.network(on: $0) }
    return VisionCard(
      facts: facts, training: training, scores: scores,
      labels: try LabelTable(dataSet.labelTable(), path: "labels.tsv"), pictures: images.count,
      weights: model.parameters.names.reduce(0) {
        $0 + (model.parameters.type(of: $1)?.shape.count ?? 0)
      }, damages: damages
    ).text
  }

  private func values(_ parameters: ParameterStore) throws -> [String: Tensor] {
    var values: [String: Tensor] = [:]
    for name in parameters.names { values[name] = try parameters.value(name) }
    return values
  }
}
