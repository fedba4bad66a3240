/// Why an image could not be parameterized.
public enum ParameterizationError: Error, Equatable, Sendable {
  /// A size is less than 1.
  case emptyImage(batch: Int, height: Int, width: Int)
  /// A pyramid would have a level without pixels.
  case pyramidTooHigh(levels: Int, height: Int, width: Int)
  /// A pattern network has no layers or no channels.
  case emptyPatternNetwork(layers: Int, channels: Int)
  /// The weights of a pattern network, or standardized phases, for an image are not known.
  case cannotStartFromImage
  /// A shared base would have no pixels.
  case sharedBaseTooSmall(divisor: Int, height: Int, width: Int)
  /// Pattern networks and phases have no channels to which a shared base could be added.
  case basisSharesNothing
  /// Colors that never vary in some direction cannot be decorrelated.
  case singularColors
  /// A table of magnitudes has the wrong size or numbers that are not finite.
  case damagedSpectrum
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
      return "A pattern network or phases cannot start from an image; use pixels, fourier or a "
        + "pyramid."
    case .sharedBaseTooSmall(let divisor, let height, let width):
      return "A shared base of 1/\(divisor) of the size does not fit images of \(height) x "
        + "\(width); use a divisor between 1 and \(min(height, width))."
    case .basisSharesNothing:
      return "A pattern network or phases cannot have a shared base; use pixels, fourier or a "
        + "pyramid."
    case .singularColors:
      return "Some mixture of red, green and blue never varies in these colors, so they cannot be "
        + "decorrelated; use more photographs, in color."
    case .damagedSpectrum:
      return "The spectrum of photographs is damaged; measure it again."
    case .wrongStartingImage(let expected, let got):
      return "The image to start from must have the shape \(expected), but has \(got)."
    }
  }
}
