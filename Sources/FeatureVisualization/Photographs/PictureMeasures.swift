import Foundation

/// Numbers that tell photographs from noise, of one square picture's brightness.
public struct PictureMeasures: Sendable, Hashable, Codable {
  /// The slope of log amplitude over log frequency between 0.02 and 0.3 cycles per pixel.
  ///
  /// Photographs have about -1.2, white noise 0. `nil` if the picture has no such frequencies.
  public let spectralSlope: Double?
  /// The mean absolute difference between neighboring pixels, of brightness between 0 and 1.
  public let totalVariation: Double
  /// The share of the squared brightness, without its mean, above 0.3 cycles per pixel.
  public let highFrequencyShare: Double

  /// The frequencies that count for the slope, in cycles per pixel.
  static let slopeRange = 0.02...0.3
  /// Higher frequencies, in cycles per pixel, are called high.
  static let highFrequency = 0.3

  /// Measures a picture.
  ///
  /// - Parameters:
  ///   - colors: Red, green and blue, `[3, side, side]`, row-major, between 0 and 1.
  ///   - spectrum: Their orthonormal transforms, `[3, side, side / 2 + 1, 2]`.
  ///   - side: The side of the picture in pixels.
  init(colors: [Float], spectrum: [Float], side: Int) {
    totalVariation = Self.totalVariation(colors, side)

    let columns = side / 2 + 1
    let plane = side * columns * 2
    // One bin per whole cycle per picture.
    var (sums, counts) = (
      [Double](repeating: 0, count: side), [Double](repeating: 0, count: side)
    )
    var (total, high) = (0.0, 0.0)
    for row in 0..<side {
      let vertical = Double(min(row, side - row)) / Double(side)
      for column in 0..<columns {
        let place = (row * columns + column) * 2
        var (real, imaginary) = (0.0, 0.0)
        for color in 0..<3 {
          real += Self.brightness[color] * Double(spectrum[color * plane + place])
          imaginary += Self.brightness[color] * Double(spectrum[color * plane + place + 1])
        }
        let power = real * real + imaginary * imaginary
        // Half a spectrum: most columns stand for their mirror image too.
        let weight: Double = column == 0 || 2 * column == side ? 1 : 2
        let horizontal = Double(column) / Double(side)
        let frequency = (vertical * vertical + horizontal * horizontal).squareRoot()
        guard frequency > 0 else { continue }
        total += weight * power
        if frequency > Self.highFrequency { high += weight * power }
        let bin = Int((frequency * Double(side)).rounded())
        if bin < side {
          sums[bin] += weight * power.squareRoot()
          counts[bin] += weight
        }
      }
    }
    highFrequencyShare = total > 0 ? high / total : 0

    var points: [(x: Double, y: Double)] = []
    for bin in sums.indices where counts[bin] > 0 && sums[bin] > 0 {
      let frequency = Double(bin) / Double(side)
      guard Self.slopeRange.contains(frequency) else { continue }
      points.append((log(frequency), log(sums[bin] / counts[bin])))
    }
    spectralSlope = Self.slope(points)
  }

  /// The weights of red, green and blue in brightness, of ITU-R BT.601.
  private static let brightness = [0.299, 0.587, 0.114]

  private static func totalVariation(_ colors: [Float], _ side: Int) -> Double {
    guard side > 1 else { return 0 }
    let plane = side * side
    var gray = [Float](repeating: 0, count: plane)
    for color in 0..<3 {
      let weight = Float(brightness[color])
      for pixel in 0..<plane { gray[pixel] += weight * colors[color * plane + pixel] }
    }
    var sum = 0.0
    for row in 0..<side {
      for column in 0..<side {
        let place = row * side + column
        if column + 1 < side { sum += Double(abs(gray[place + 1] - gray[place])) }
        if row + 1 < side { sum += Double(abs(gray[place + side] - gray[place])) }
      }
    }
    return sum / Double(2 * side * (side - 1))
  }

  /// The slope of the least-squares line in which each octave of frequencies counts alike.
  private static func slope(_ points: [(x: Double, y: Double)]) -> Double? {
    guard points.count >= 3 else { return nil }
    // Bins lie evenly along the frequency; 1 / frequency makes that even along its logarithm.
    let weights = points.map { exp(-$0.x) }
    let total = weights.reduce(0, +)
    let meanX = zip(points, weights).reduce(0) { $0 + $1.0.x * $1.1 } / total
    let meanY = zip(points, weights).reduce(0) { $0 + $1.0.y * $1.1 } / total
    var (above, below) = (0.0, 0.0)
    for (point, weight) in zip(points, weights) {
      above += weight * (point.x - meanX) * (point.y - meanY)
      below += weight * (point.x - meanX) * (point.x - meanX)
    }
    return below > 0 ? above / below : nil
  }
}
