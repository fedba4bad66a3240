import PlumbGraph
import PlumbKernels
import PlumbModels
import PlumbRuntime

/// How often a classifier is right, in all and per class.
public struct VisionScores: Sendable {
  /// How many pictures of each class were right.
  public private(set) var right: [Int]
  /// How many pictures of each class there were.
  public private(set) var count: [Int]
  /// How many pictures had the right class among the five likeliest.
  public private(set) var rightInFive = 0
  /// The mean of -log p of the right class, in nats.
  public private(set) var loss = 0.0

  /// Classifies pictures, each as a whole, at its own size.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - weights: Its folded weights.
  ///   - images: The pictures with their classes.
  ///   - pictures: Which of them; all if `nil`.
  /// - Throws: An error of the engine if the weights do not fit.
  public init(
    of network: InceptionTiny, weights: [String: Tensor], on images: ImageSet,
    pictures: [Int]? = nil
  ) throws {
    let pictures = pictures ?? Array(0..<images.count)
    right = Array(repeating: 0, count: network.classes)
    count = right
    let batch = min(Self.batch, max(pictures.count, 1))
    let input = Node.input(
      "images", .images(batch: batch, channels: 3, height: images.size, width: images.size))
    guard let logits = try network.network(on: input).logits else {
      preconditionFailure("an inception-tiny network has logits at every size")
    }
    let program = try Program(
      Graph(["logarithms": logits.logSoftmax()]), parameters: ParameterStore(weights))
    for start in stride(from: 0, to: pictures.count, by: batch) {
      let part = Array(pictures[start..<min(start + batch, pictures.count)])
      // The last batch is filled up, and the filling not looked at.
      let filled = part + Array(repeating: part[0], count: batch - part.count)
      let planes = try Self.planes(of: filled, images)
      let logarithms = try program(["images": try Tensor(input.shape, planes)])["logarithms"]
      guard let elements = logarithms?.elements else { continue }
      for (row, picture) in part.enumerated() {
        let first = row * network.classes
        add(Array(elements[first..<first + network.classes]), images.labels[picture])
      }
    }
    loss /= Double(max(pictures.count, 1))
  }

  private static let batch = 100

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
    let better = logarithms.count { $0 > logarithms[label] }
    count[label] += 1
    if better == 0 { right[label] += 1 }
    if better < 5 { rightInFive += 1 }
    loss -= Double(logarithms[label])
  }

  /// Top-1 accuracy.
  public var accuracy: WilsonInterval {
    WilsonInterval(successes: right.reduce(0, +), of: count.reduce(0, +))
  }

  /// Top-5 accuracy.
  public var accuracyInFive: WilsonInterval {
    WilsonInterval(successes: rightInFive, of: count.reduce(0, +))
  }

  /// The scores by name.
  public var summary: [String: Double] {
    [
      "accuracy": accuracy.share, "accuracyLow": accuracy.low, "accuracyHigh": accuracy.high,
      "accuracyTop5": accuracyInFive.share, "heldOutLoss": loss,
    ]
  }
}
