import PlumbGraph

/// One step of the random changes that an image goes through before the network sees it.
///
/// An optimized image that keeps exciting its unit while it is moved, scaled and turned a little
/// shows what the unit responds to; without that it may show noise to which the network is blind.
public enum Transform: Sendable, Hashable, Codable {
  /// A margin on all four sides.
  case pad(pixels: Int, margin: Margin)
  /// A shift by a random whole number of pixels, each direction by itself.
  case jitter(pixels: Int, edge: JitterEdge = .crop)
  /// Another size, by a factor drawn from a list.
  case scale(factors: [Double], convention: Convention = .lucid)
  /// A turn about the center by an angle drawn from a list, in degrees counterclockwise; zeros come
  /// in.
  case rotate(degrees: [Double], convention: Convention = .lucid)
  /// A random part of the image with sides that are a share of the whole's, enlarged to its size.
  ///
  /// The share is drawn evenly from `smallest` to `largest`, both above 0 and at most 1. MACO looks at
  /// images this way.
  case part(smallest: Double, largest: Double)
  /// The central part of a given size; zeros where the image is smaller.
  case cropOrPad(height: Int, width: Int)
  /// A bilinear enlargement to a given size, if a side is smaller than that.
  case enlarge(height: Int, width: Int)

  /// What a margin is filled with.
  public enum Margin: Sendable, Hashable, Codable {
    /// One gray level between 0 and 1.
    case gray(level: Double)
    /// The image mirrored at its edge pixels.
    case reflection
  }

  /// What a shift does at the edges.
  public enum JitterEdge: String, Sendable, Hashable, Codable {
    /// The image loses `pixels` rows and columns: Lucid's way.
    case crop
    /// The image keeps its size, zeros come in from the top and left, and the shift is one less than
    /// `pixels` at most: Lucent's way.
    case zeros
  }

  /// Whose details a transform follows.
  public enum Convention: String, Sendable, Hashable, Codable {
    /// Lucid's, which are TensorFlow 1's: scaling on a grid where first pixels coincide, sizes
    /// rounded down; rotation to the nearest pixel, with π taken as 3.14.
    case lucid
    /// Lucent's: scaling on a grid where corner pixels coincide, sizes rounded up and filled up with
    /// zeros to no less than before; bilinear rotation.
    case lucent
  }
}

extension [Transform] {
  /// The scale factors of both tools: from 0.90 to 1.10 in steps of 0.02.
  private static var standardFactors: [Double] { (0..<11).map { 1 + Double($0 - 5) / 50 } }

  /// The angles of both tools: each whole degree from -10 to 10, and five times 0 more.
  private static var standardAngles: [Double] {
    (-10...10).map { Double($0) } + [Double](repeating: 0, count: 5)
  }

  /// Lucid's standard transforms.
  ///
  /// The image leaves them with another size at each step: a canvas of 128 x 128 as 125 to 154.
  /// Networks of a fixed size need ``Transform/cropOrPad(height:width:)`` after them.
  public static let lucid: [Transform] = [
    .pad(pixels: 12, margin: .gray(level: 0.5)), .jitter(pixels: 8),
    .scale(factors: standardFactors), .rotate(degrees: standardAngles), .jitter(pixels: 4),
  ]

  /// Lucent's variant of them, enlarged to 224 x 224 at the end if smaller.
  public static let lucent: [Transform] = [
    .pad(pixels: 12, margin: .gray(level: 0.5)), .jitter(pixels: 8, edge: .zeros),
    .scale(factors: standardFactors, convention: .lucent),
    .rotate(degrees: standardAngles, convention: .lucent), .jitter(pixels: 4, edge: .zeros),
    .enlarge(height: 224, width: 224),
  ]

  /// No transforms.
  public static let none: [Transform] = []
}
