/// Why an image could not be parameterized.
public enum ParameterizationError: Error, Equatable, Sendable {
  /// A size is less than 1.
  case emptyImage(batch: Int, height: Int, width: Int)
  /// A pyramid would have a level without pixels.
  case pyramidTooHigh(levels: Int, height: Int, width: Int)
  /// A pattern network has no layers or no channels.
  case emptyPatternNetwork(layers: Int, channels: Int)
  /// A pattern network cannot start from an image, because no weights for it are known.
  case cannotStartFromImage
  /// The image to start from has another shape; sizes are `[batch, channel, height, width]`.
  case wrongStartingImage(expected: [Int], got: [Int])
}

extension ParameterizationError: CustomStringConvertible {
  /// What went wrong, with which values; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .emptyImage(let batch, let height, let width):
      return "An image needs at least one pixel, but \(batch) images of \(height) x \(width) were "
        + "asked for."
    case .pyramidTooHigh(let levels, let height, let width):
      return "A pyramid of \(levels) levels does not fit an image of \(height) x \(width): each "
        + "level has half the height and width of the one before, and at least one pixel."
    case .emptyPatternNetwork(let layers, let channels):
      return "A pattern network needs at least one layer and one channel, not \(layers) layers of "
        + "\(channels) channels."
    case .cannotStartFromImage:
      return "A pattern network cannot start from an image; use pixels, fourier or a pyramid."
    case .wrongStartingImage(let expected, let got):
      return "The image to start from must have the shape \(expected), but has \(got)."
    }
  }
}
