import Foundation
import PlumbFiles

/// What a set of photographs has in common, as far as visualization needs it.
public struct PhotographStatistics: Sendable, Hashable, Codable {
  /// The number of photographs.
  public let count: Int
  /// The side in pixels of the squares that were measured.
  public let side: Int
  /// How their colors correlate.
  public let colors: ColorCorrelation
  /// How strong each frequency is, in the uncorrelated channels of ``colors``.
  public let spectrum: NaturalSpectrum
  /// The spectral slopes of the photographs at 0, 5, 10 and so on to 100 percent, from the least on.
  public let spectralSlopes: [Double]
  /// Their total variations, likewise.
  public let totalVariations: [Double]
  /// Their shares of high frequencies, likewise.
  public let highFrequencyShares: [Double]

  /// Returns the share of photographs that have less than a value, from 0 to 1.
  ///
  /// - Parameters:
  ///   - value: The value.
  ///   - quantiles: One of the lists of this type.
  /// - Returns: The share, interpolated between the steps of the list.
  static func rank(of value: Double, in quantiles: [Double]) -> Double {
    guard quantiles.count > 1, let first = quantiles.first, let last = quantiles.last else {
      return 0.5
    }
    if value <= first { return 0 }
    if value >= last { return 1 }
    let upper = quantiles.firstIndex { $0 > value } ?? quantiles.count - 1
    let (low, high) = (quantiles[upper - 1], quantiles[upper])
    let part = high > low ? (value - low) / (high - low) : 0
    return (Double(upper - 1) + part) / Double(quantiles.count - 1)
  }
}

/// Collects the statistics of photographs, one after the other.
public struct PhotographMeasurement {
  /// The side in pixels to which the central square of each photograph is brought.
  public let side: Int
  /// How many photographs were added.
  public private(set) var count = 0

  private let transform: PictureSpectrum
  /// Sums of colors and of their products, and the number of pixels.
  private var colorSums = [Double](repeating: 0, count: 3)
  private var colorProducts = [[Double]](repeating: [0, 0, 0], count: 3)
  /// Sums of the real parts of products of the colors' transforms, one list per pair of colors.
  private var crossSpectra: [[Double]]
  private var measures: [PictureMeasures] = []

  private static let pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]

  /// Prepares a measurement.
  ///
  /// - Parameter side: The side in pixels to which the central square of each photograph is brought,
  ///   at least 4; the size of the images to compare with.
  /// - Throws: ``ParameterizationError/emptyImage(batch:height:width:)`` if the side is smaller.
  public init(side: Int) throws {
    guard side >= 4 else {
      throw ParameterizationError.emptyImage(batch: 1, height: side, width: side)
    }
    self.side = side
    transform = try PictureSpectrum(side: side)
    crossSpectra = Array(
      repeating: [Double](repeating: 0, count: side * (side / 2 + 1)), count: Self.pairs.count)
  }

  /// Adds a photograph.
  public mutating func add(_ photograph: PixelImage) throws {
    try add(square: photograph.centralSquare(side: side).tensor.elements)
  }

  /// Adds the central square of a photograph, `[3, side, side]`.
  mutating func add(square colors: [Float]) throws {
    // Gray is where images start: frequency 0 says how far photographs are from it.
    let spectrum = try transform.transform(colors.map { $0 - 0.5 })
    measures.append(PictureMeasures(colors: colors, spectrum: spectrum, side: side))
    addColors(colors)
    addSpectrum(spectrum)
    count += 1
  }

  private mutating func addColors(_ colors: [Float]) {
    let plane = side * side
    for a in 0..<3 {
      for pixel in 0..<plane { colorSums[a] += Double(colors[a * plane + pixel]) }
      for b in a..<3 {
        var sum = 0.0
        for pixel in 0..<plane {
          sum += Double(colors[a * plane + pixel] * colors[b * plane + pixel])
        }
        colorProducts[a][b] += sum
        if a != b { colorProducts[b][a] += sum }
      }
    }
  }

  private mutating func addSpectrum(_ spectrum: [Float]) {
    let count = side * (side / 2 + 1)
    for (pair, (a, b)) in Self.pairs.enumerated() {
      let (first, second) = (a * count * 2, b * count * 2)
      for index in 0..<count {
        crossSpectra[pair][index] += Double(
          spectrum[first + 2 * index] * spectrum[second + 2 * index]
            + spectrum[first + 2 * index + 1] * spectrum[second + 2 * index + 1])
      }
    }
  }

  /// Returns the statistics of the photographs so far.
  ///
  /// - Throws: ``ParameterizationError/singularColors`` if there are none, or all are gray.
  public func statistics() throws -> PhotographStatistics {
    guard count > 0 else { throw ParameterizationError.singularColors }
    let pixels = Double(count * side * side)
    let means = colorSums.map { $0 / pixels }
    let covariance = (0..<3).map { a in
      (0..<3).map { b in colorProducts[a][b] / pixels - means[a] * means[b] }
    }
    let colors = try ColorCorrelation(covariance: covariance)
    let slopes = measures.compactMap(\.spectralSlope)
    return PhotographStatistics(
      count: count, side: side, colors: colors,
      spectrum: try NaturalSpectrum(meanSquares: meanSquares(in: colors), side: side),
      spectralSlopes: Self.quantiles(slopes),
      totalVariations: Self.quantiles(measures.map(\.totalVariation)),
      highFrequencyShares: Self.quantiles(measures.map(\.highFrequencyShare)))
  }

  /// The mean squares of the transforms of uncorrelated channels, from those of pairs of colors.
  private func meanSquares(in colors: ColorCorrelation) -> [Double] {
    let inverse = colors.inverse
    return (0..<3).flatMap { channel -> [Double] in
      var squares = [Double](repeating: 0, count: crossSpectra[0].count)
      for (pair, (a, b)) in Self.pairs.enumerated() {
        let weight = inverse[channel][a] * inverse[channel][b] * (a == b ? 1 : 2) / Double(count)
        for index in squares.indices { squares[index] += weight * crossSpectra[pair][index] }
      }
      return squares
    }
  }

  /// The values at 0, 5, 10 and so on to 100 percent, rounded to five digits.
  private static func quantiles(_ values: [Double]) -> [Double] {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return [] }
    return (0...20).map { step in
      let place = Double(sorted.count - 1) * Double(step) / 20
      let low = Int(place)
      let high = min(low + 1, sorted.count - 1)
      let value = sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
      return Double(String(format: "%.5g", value)) ?? value
    }
  }
}

extension PixelImage {
  /// The largest square in the middle, as RGB, resized.
  public func centralSquare(side: Int) -> PixelImage {
    let length = min(height, width)
    return rgb().cropped(
      row: (height - length) / 2, column: (width - length) / 2, height: length, width: length
    ).resized(height: side, width: side)
  }
}
