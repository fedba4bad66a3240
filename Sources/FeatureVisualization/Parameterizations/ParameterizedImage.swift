import PlumbGraph
import PlumbRuntime

/// Images as a graph of parameters, with the values that the parameters start from.
public struct ParameterizedImage: Sendable {
  /// The images, `[batch, 3, height, width]`, RGB between 0 and 1.
  public let image: Node
  /// The initial values of the graph's parameters, by name.
  public let initialValues: [String: Tensor]

  /// A parameter with its initial value.
  struct Start {
    let node: Node
    let value: Tensor
  }
}

extension Parameterization {
  /// The prefix of all names of image parameters, so that they never meet a network's.
  static let prefix = "image."

  /// Returns the images as a graph, to start from random numbers.
  ///
  /// - Parameter seed: Decides the initial values.
  /// - Returns: The images and their initial values.
  /// - Throws: ``ParameterizationError`` if the sizes make no sense.
  public func image(seed: UInt64) throws -> ParameterizedImage {
    try validate()
    let random = RandomStream(seed: seed, name: "parameterization")
    switch basis {
    case .pixels:
      let shape = imageShape
      let start = try normal(random, shape)
      return try colored(.parameter(Self.prefix + "pixels", shape), ["pixels": start])
    case .fourier(let decay):
      let start = try normal(random, spectrumShape)
      return try colored(spectrumImage(decay: decay), ["spectrum": start])
    case .laplacianPyramid(let levels):
      var starts: [String: Tensor] = [:]
      for level in 0..<levels {
        starts["level\(level)"] = try normal(random.substream(level), levelShape(level))
      }
      return try colored(pyramidImage(levels: levels), starts)
    case .patternNetwork(let network):
      return try network.image(batch: batch, height: height, width: width, random: random)
    }
  }

  /// Returns the images as a graph, to start from given images.
  ///
  /// - Parameter start: The images, `[batch, 3, height, width]`, RGB between 0 and 1. Values are
  ///   moved into 0.001...0.999 first, because the sigmoid never reaches 0 and 1.
  /// - Returns: The images and their initial values, of which the image is `start`.
  /// - Throws: ``ParameterizationError`` if the shape is another, or the basis cannot.
  public func image(startingFrom start: Tensor) throws -> ParameterizedImage {
    try validate()
    guard start.shape == imageShape else {
      throw ParameterizationError.wrongStartingImage(
        expected: imageShape.sizes, got: start.shape.sizes)
    }
    let channels = try channelsBeforeColor(of: start)
    switch basis {
    case .pixels:
      return try colored(.parameter(Self.prefix + "pixels", imageShape), ["pixels": channels])
    case .fourier(let decay):
      let spectrum = try spectrum(of: channels, decay: decay)
      return try colored(spectrumImage(decay: decay), ["spectrum": spectrum])
    case .laplacianPyramid(let levels):
      // All detail is in the finest level, which alone can hold it.
      var starts = ["level0": channels]
      for level in 1..<max(levels, 1) {
        starts["level\(level)"] = Tensor(levelShape(level), filledWith: 0)
      }
      return try colored(pyramidImage(levels: levels), starts)
    case .patternNetwork:
      throw ParameterizationError.cannotStartFromImage
    }
  }

  /// The shape of the images.
  var imageShape: Shape { .images(batch: batch, channels: 3, height: height, width: width) }

  /// Applies color and the sigmoid to channels, and prefixes the names of initial values.
  private func colored(
    _ channels: Node, _ starts: [String: Tensor]
  ) throws -> ParameterizedImage {
    let colors = decorrelatesColor ? try channels.recorrelatingColors() : channels
    let pairs = starts.map { (Self.prefix + $0.key, $0.value) }
    return ParameterizedImage(
      image: try colors.sigmoid(), initialValues: Dictionary(uniqueKeysWithValues: pairs))
  }

  private func normal(_ random: RandomStream, _ shape: Shape) throws -> Tensor {
    var random = random
    let scale = Float(standardDeviation)
    return try Tensor(shape, random.normal(shape.count).map { $0 * scale })
  }
}
