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
    /// The phases of a spectrum whose magnitudes are those of photographs, as in MACO.
    case phases(NaturalSpectrum)

    /// The learning rate of Adam that people use with it.
    public var usualLearningRate: Double {
      switch self {
      // Angles, in radians.
      case .phases: 0.1
      case .patternNetwork: 0.005
      case .pixels, .fourier, .laplacianPyramid: 0.05
      }
    }
  }

  /// What the numbers are.
  public var basis: Basis
  /// The number of images.
  public var batch: Int
  /// Image height in pixels, at least 1.
  public var height: Int
  /// Image width in pixels, at least 1.
  public var width: Int
  /// How uncorrelated channels become colors; `nil` if the channels are the colors.
  ///
  /// A pattern network makes colors directly and ignores this.
  public var colors: ColorCorrelation?
  /// Whether the images have a fourth channel, opacity.
  ///
  /// The network sees them over a new random background at each step, so that what does not matter
  /// to the objective may vanish.
  public var hasAlpha: Bool
  /// The sizes of the images that the whole batch shares, as divisors of height and width.
  ///
  /// Each is enlarged and added to every image; empty if nothing is shared. With a base in common, images of different objectives are alike wherever the objectives allow.
  public var sharedDivisors: [Int]
  /// The standard deviation of the random initial numbers, no unit.
  ///
  /// 0.01 is Lucid's; a pattern network and phases have their own.
  public var standardDeviation: Double

  /// Creates a parameterization; the defaults are Lucid's.
  public init(
    _ basis: Basis = .fourier(), batch: Int = 1, height: Int = 128, width: Int = 128,
    colors: ColorCorrelation? = .imageNet, hasAlpha: Bool = false, sharedDivisors: [Int] = [],
    standardDeviation: Double = 0.01
  ) {
    self.basis = basis
    self.batch = batch
    self.height = height
    self.width = width
    self.colors = colors
    self.hasAlpha = hasAlpha
    self.sharedDivisors = sharedDivisors
    self.standardDeviation = standardDeviation
  }

  /// Red, green and blue, and opacity if there is one.
  public var channelCount: Int { hasAlpha ? 4 : 3 }

  /// Throws unless the sizes make sense.
  func validate() throws(ParameterizationError) {
    guard batch > 0, height > 0, width > 0 else {
      throw .emptyImage(batch: batch, height: height, width: width)
    }
    for divisor in sharedDivisors {
      guard divisor >= 1, divisor <= min(height, width) else {
        throw .sharedBaseTooSmall(divisor: divisor, height: height, width: width)
      }
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
      guard sharedDivisors.isEmpty else { throw .basisSharesNothing }
    case .phases:
      guard sharedDivisors.isEmpty else { throw .basisSharesNothing }
    case .pixels, .fourier:
      break
    }
  }
}
