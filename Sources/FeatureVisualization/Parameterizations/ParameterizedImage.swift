import PlumbGraph
import PlumbRuntime

/// Images as a graph of parameters, with the values that the parameters start from.
public struct ParameterizedImage: Sendable {
  /// The images, `[batch, channel, height, width]`, RGB between 0 and 1; the fourth channel, if there
  /// is one, is opacity.
  public let image: Node
  /// The initial values of the graph's parameters, by name.
  public let initialValues: [String: Tensor]
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
    if case .patternNetwork(let network) = basis {
      return try network.image(
        batch: batch, channels: channelCount, height: height, width: width, random: random)
    }
    var starts: [String: Tensor] = [:]
    switch basis {
    case .patternNetwork: break
    case .pixels: starts["pixels"] = try normal(random, imageShape, standardDeviation)
    case .fourier: starts["spectrum"] = try normal(random, spectrumShape, standardDeviation)
    case .phases: starts["phases"] = try normal(random, phasesShape, 1)
    case .laplacianPyramid(let levels):
      for level in 0..<levels {
        starts["level\(level)"] = try normal(
          random.substream(level), levelShape(level), standardDeviation)
      }
    }
    let shared = RandomStream(seed: seed, name: "shared base")
    for divisor in sharedDivisors {
      starts[Self.sharedName(divisor)] = try normal(
        shared.substream(divisor), sharedShape(divisor), standardDeviation)
    }
    return try image(starts)
  }

  /// Returns the images as a graph, to start from given images.
  ///
  /// - Parameter start: The images, `[batch, channel, height, width]`, RGB between 0 and 1. Values are
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
    var starts: [String: Tensor] = [:]
    switch basis {
    case .pixels: starts["pixels"] = channels
    case .fourier(let decay): starts["spectrum"] = try spectrum(of: channels, decay: decay)
    case .laplacianPyramid(let levels):
      // All detail is in the finest level, which alone can hold it.
      starts["level0"] = channels
      for level in 1..<max(levels, 1) {
        starts["level\(level)"] = Tensor(levelShape(level), filledWith: 0)
      }
    case .patternNetwork, .phases:
      throw ParameterizationError.cannotStartFromImage
    }
    for divisor in sharedDivisors {
      starts[Self.sharedName(divisor)] = Tensor(sharedShape(divisor), filledWith: 0)
    }
    return try image(starts)
  }

  /// The shape of the images.
  var imageShape: Shape {
    .images(batch: batch, channels: channelCount, height: height, width: width)
  }

  /// The images of all bases but pattern networks, with prefixed names of initial values.
  private func image(_ starts: [String: Tensor]) throws -> ParameterizedImage {
    var channels =
      switch basis {
      case .pixels: Node.parameter(Self.prefix + "pixels", imageShape)
      case .fourier(let decay): try spectrumImage(decay: decay)
      case .laplacianPyramid(let levels): try pyramidImage(levels: levels)
      case .phases(let spectrum): try phaseImage(spectrum)
      case .patternNetwork: preconditionFailure("a pattern network makes its own images")
      }
    for divisor in sharedDivisors {
      let base = Node.parameter(Self.prefix + Self.sharedName(divisor), sharedShape(divisor))
      channels = try channels + base.resampled(to: [height, width], .bilinear)
    }
    let pairs = starts.map { (Self.prefix + $0.key, $0.value) }
    return ParameterizedImage(
      image: try images(of: channels), initialValues: Dictionary(uniqueKeysWithValues: pairs))
  }

  private static func sharedName(_ divisor: Int) -> String { "shared\(divisor)" }

  private func sharedShape(_ divisor: Int) -> Shape {
    .images(
      batch: 1, channels: channelCount, height: height / divisor, width: width / divisor)
  }

  private func normal(
    _ random: RandomStream, _ shape: Shape, _ deviation: Double
  ) throws -> Tensor {
    var random = random
    let scale = Float(deviation)
    return try Tensor(shape, random.normal(shape.count).map { $0 * scale })
  }
}
