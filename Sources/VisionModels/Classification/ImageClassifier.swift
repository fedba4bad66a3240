import Foundation
import PlumbFiles
import PlumbGraph
import PlumbRuntime

/// A vision model compiled to name what is on pictures.
public struct ImageClassifier: Sendable {
  /// What a model says of one class.
  public struct ClassScore: Sendable, Hashable, Codable {
    /// Which output it is.
    public let index: Int
    /// What it is called; `nil` if that is unknown.
    public let label: String?
    /// Its score before softmax.
    public let logit: Float
    /// Its share after softmax over all outputs.
    public let probability: Float
  }

  /// The model.
  public let model: VisionModel
  /// How many pictures go through the network at once.
  public let batch: Int

  private let program: Program

  /// Compiles a model.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - batch: How many pictures go through the network at once.
  ///   - preprocesses: Whether pictures are preprocessed as the model wants it, or by the caller.
  /// - Throws: ``VisionModelError/noClassScores(name:height:width:)``, or what compiling throws.
  public init(_ model: VisionModel, batch: Int = 1, preprocesses: Bool = true) throws {
    let (height, width) = (model.input.height, model.input.width)
    let image = Node.input(
      "image", .images(batch: batch, channels: 3, height: height, width: width))
    let network = try preprocesses ? model.network(on: image) : model.network(onPreprocessed: image)
    guard let logits = network.logits else {
      throw VisionModelError.noClassScores(name: model.name, height: height, width: width)
    }
    self.model = model
    self.batch = batch
    program = try Program(Graph(["logits": logits]), parameters: model.parameters)
  }

  /// Returns the scores of all classes for images as they enter the program.
  ///
  /// - Parameter images: `[batch, 3, height, width]`, at most as many as ``batch``.
  /// - Returns: The scores before softmax, one row per image.
  /// - Throws: What running throws.
  public func logits(of images: Tensor) throws -> [[Float]] {
    let count = images.shape[0]
    let size = images.elements.count / max(count, 1)
    var elements = images.elements
    // The last batch is filled up with zeros.
    elements.append(contentsOf: repeatElement(0, count: (batch - count) * size))
    let shape = images.shape.replacing(axis: 0, with: batch)
    let results = try program(["image": Tensor(shape, elements)])
    guard let logits = results["logits"] else { return [] }
    let classes = logits.shape[1]
    return (0..<count).map { Array(logits.elements[$0 * classes..<($0 + 1) * classes]) }
  }

  /// Returns the highest scores of pictures, whose center views are taken.
  ///
  /// - Parameters:
  ///   - pictures: Pictures of any size.
  ///   - top: How many classes to tell for each.
  /// - Returns: For each picture its classes, the highest score first.
  /// - Throws: What running throws.
  public func classify(_ pictures: [PixelImage], top: Int = 5) throws -> [[ClassScore]] {
    let views = pictures.map {
      $0.centerView(height: model.input.height, width: model.input.width)
    }
    var results: [[ClassScore]] = []
    for start in stride(from: 0, to: views.count, by: batch) {
      let part = Array(views[start..<min(start + batch, views.count)])
      for row in try logits(of: Tensor(part)) { results.append(scores(row, top: top)) }
    }
    return results
  }

  private func scores(_ logits: [Float], top: Int) -> [ClassScore] {
    let highest = logits.max() ?? 0
    let total = logits.reduce(0.0) { $0 + exp(Double($1 - highest)) }
    let order = logits.indices.sorted {
      // Equal scores keep the order of the outputs.
      logits[$0] == logits[$1] ? $0 < $1 : logits[$0] > logits[$1]
    }
    return order.prefix(top).map { index in
      ClassScore(
        index: index, label: model.labels?[index]?.name, logit: logits[index],
        probability: Float(exp(Double(logits[index] - highest)) / total))
    }
  }
}
