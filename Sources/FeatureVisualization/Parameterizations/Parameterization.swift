/// How an image is written down as numbers that an optimizer may change.
///
/// The same image can be many different numbers, and gradient descent walks differently in each:
/// which picture comes out depends on the parameterization as much as on the objective.
///
/// Source: Mordvintsev, Pezzotti, Schubert and Olah, "Differentiable Image Parameterizations",
/// Distill, 2018; constants from Lucid.
public struct Parameterization: Sendable, Hashable, Codable {
  /// What the numbers are.
  public enum Basis: Sendable, Hashable, Codable {
    /// One number per pixel and channel.
    case pixels
    /// The real and imaginary parts of a spectrum, scaled to fall off with frequency.
    ///
    /// `decay` is the exponent of the falloff, no unit; 1 is Lucid's.
    case fourier(decay: Double = 1)
    /// A sum of images of 1, 1/2, 1/4, ... of the size, enlarged bilinearly. Lucid has 4 levels.
    case laplacianPyramid(levels: Int = 4)
    /// A small network from coordinates to colors: smooth, and of any size afterwards.
    case patternNetwork(PatternNetwork = PatternNetwork())
  }

  /// What the numbers are.
  public var basis: Basis
  /// The number of images.
  public var batch: Int
  /// Image height in pixels, at least 1.
  public var height: Int
  /// Image width in pixels, at least 1.
  public var width: Int
  /// Whether channels are turned into colors with the correlations of natural images; a pattern
  /// network makes colors directly and ignores this.
  public var decorrelatesColor: Bool
  /// The standard deviation of the random initial numbers, no unit.
  ///
  /// 0.01 is Lucid's; a pattern network has its own.
  public var standardDeviation: Double

  /// Creates a parameterization; the defaults are Lucid's.
  public init(
    _ basis: Basis = .fourier(), batch: Int = 1, height: Int = 128, width: Int = 128,
    decorrelatesColor: Bool = true, standardDeviation: Double = 0.01
  ) {
    self.basis = basis
    self.batch = batch
    self.height = height
    self.width = width
    self.decorrelatesColor = decorrelatesColor
    self.standardDeviation = standardDeviation
  }

  /// Throws unless the sizes make sense.
  func validate() throws(ParameterizationError) {
    guard batch > 0, height > 0, width > 0 else {
      throw .emptyImage(batch: batch, height: height, width: width)
    }
    switch basis {
    case .laplacianPyramid(let levels):
      let limit = min(height, width)
      guard levels >= 1, levels <= 16, limit >> (levels - 1) >= 1 else {
        throw .pyramidTooHigh(levels: levels, height: height, width: width)
      }
    case .patternNetwork(let network):
      guard network.layers >= 1, network.channels >= 1 else {
        throw .emptyPatternNetwork(layers: network.layers, channels: network.channels)
      }
    case .pixels, .fourier:
      break
    }
  }
}
