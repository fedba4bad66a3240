import Foundation
import PlumbGraph
import PlumbKernels
import PlumbRuntime
import VisionModels

/// How often a classifier is right, in all and per class.
public struct VisionScores: Sendable {
  /// One picture, for those who want to see examples.
  public struct Example: Sendable, Hashable {
    /// The right class.
    public let label: Int
    /// The likeliest class.
    public let guess: Int
    /// Its probability.
    public let probability: Double
  }

  /// How many pictures of each class (rows) were taken for each class (columns).
  public private(set) var confusions: [[Int]]
  /// How many pictures had the right class among the five likeliest.
  public private(set) var rightInFive = 0
  /// The mean of -log p of the right class, in nats.
  public private(set) var loss = 0.0
  /// The first pictures, in their order.
  public private(set) var examples: [Example] = []

  private static let exampleCount = 20
  private static let batch = 100

  /// Classifies pictures, each as a whole, at its own size.
  ///
  /// - Parameters:
  ///   - images: The pictures with their classes.
  ///   - pictures: Which of them; all if `nil`.
  ///   - parameters: The weights of the network.
  ///   - classes: The number of classes.
  ///   - network: The network on images with values in 0...1.
  /// - Throws: An error of the engine if the weights do not fit.
  public init(
    on images: ImageSet, pictures: [Int]? = nil, parameters: ParameterStore, classes: Int,
    network: (Node) throws -> VisionNetwork
  ) throws {
    let pictures = pictures ?? Array(0..<images.count)
    confusions = Array(repeating: Array(repeating: 0, count: classes), count: classes)
    let batch = min(Self.batch, max(pictures.count, 1))
    let input = Node.input(
      "images", .images(batch: batch, channels: 3, height: images.size, width: images.size))
    guard let logits = try network(input).logits else {
      throw ModelTrainingError.unusableData(
        path: "the model", reason: "it has no class scores for \(images.size) x \(images.size)")
    }
    let program = try Program(
      Graph(["logarithms": logits.logSoftmax()]), parameters: parameters)
    for start in stride(from: 0, to: pictures.count, by: batch) {
      let part = Array(pictures[start..<min(start + batch, pictures.count)])
      // The last batch is filled up, and the filling not looked at.
      let filled = part + Array(repeating: part[0], count: batch - part.count)
      try program.set("images", try Tensor(input.shape, Self.planes(of: filled, images)))
      try program.run()
      let elements = try program.output("logarithms").elements
      for (row, picture) in part.enumerated() {
        add(Array(elements[row * classes..<(row + 1) * classes]), images.labels[picture])
      }
    }
    loss /= Double(max(pictures.count, 1))
  }

  private static func planes(of pictures: [Int], _ images: ImageSet) throws -> [Float] {
    let side = Float(images.size)
    let whole = ImageKernels.Crop(top: 0, left: 0, height: side, width: side)
    let pixels = images.pixels(of: pictures)
    return try ComputeThread.shared().run {
      ImageKernels.cropped(
        pixels, Array(repeating: whole, count: pictures.count), height: images.size,
        width: images.size, size: images.size)
    }
  }

  private mutating func add(_ logarithms: [Float], _ label: Int) {
    let guess = logarithms.indices.max { logarithms[$0] < logarithms[$1] } ?? 0
    confusions[label][guess] += 1
    if logarithms.count(where: { $0 > logarithms[label] }) < 5 { rightInFive += 1 }
    loss -= Double(logarithms[label])
    if examples.count < Self.exampleCount {
      examples.append(
        Example(label: label, guess: guess, probability: exp(Double(logarithms[guess]))))
    }
  }

  /// How many pictures of each class there were.
  public var counts: [Int] { confusions.map { $0.reduce(0, +) } }

  /// How many pictures of each class were right.
  public var right: [Int] { confusions.indices.map { confusions[$0][$0] } }

  /// Top-1 accuracy.
  public var accuracy: WilsonInterval {
    WilsonInterval(successes: right.reduce(0, +), of: counts.reduce(0, +))
  }

  /// Top-5 accuracy.
  public var accuracyInFive: WilsonInterval {
    WilsonInterval(successes: rightInFive, of: counts.reduce(0, +))
  }

  /// The pairs of classes that are mistaken most often: the right one, the one it was taken for, how
  /// often.
  public func mistakes(_ count: Int) -> [(label: Int, guess: Int, times: Int)] {
    var mistakes: [(label: Int, guess: Int, times: Int)] = []
    for (label, row) in confusions.enumerated() {
      for (guess, times) in row.enumerated() where guess != label && times > 0 {
        mistakes.append((label, guess, times))
      }
    }
    return Array(
      mistakes.sorted { (-$0.times, $0.label, $0.guess) < (-$1.times, $1.label, $1.guess) }
        .prefix(count))
  }

  /// The scores by name.
  public var summary: [String: Double] {
    [
      "accuracy": accuracy.share, "accuracyLow": accuracy.low, "accuracyHigh": accuracy.high,
      "accuracyTop5": accuracyInFive.share, "heldOutLoss": loss,
    ]
  }
}
