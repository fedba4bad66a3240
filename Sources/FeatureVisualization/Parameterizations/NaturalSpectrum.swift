import Foundation

/// How strong each frequency is in photographs, per uncorrelated color channel.
///
/// A table over the vertical and the horizontal frequency, both from 0 to half a cycle per pixel;
/// the places between are interpolated, so that it serves images of any size.
public struct NaturalSpectrum: Sendable, Hashable {
  /// The places along an axis: 0, then from one cycle per measured image to half a cycle per pixel in
  /// equal ratios.
  static let places = 33

  /// The side in pixels of the square photographs that were measured.
  public let side: Int
  /// The natural logarithms of the root mean square magnitudes, `[channel, vertical, horizontal]`,
  /// rounded to three digits behind the point.
  let logarithms: [Float]

  /// Creates a spectrum from its table.
  ///
  /// - Throws: ``ParameterizationError/damagedSpectrum`` if the table has another size.
  init(side: Int, logarithms: [Float]) throws(ParameterizationError) {
    guard side >= 4, logarithms.count == 3 * Self.places * Self.places,
      logarithms.allSatisfy(\.isFinite)
    else { throw .damagedSpectrum }
    self.side = side
    self.logarithms = logarithms
  }

  /// Creates a spectrum from the mean squares of transforms of square photographs.
  ///
  /// - Parameters:
  ///   - squares: `[channel, row, column]`, `side` rows and `side / 2 + 1` columns of each channel.
  ///   - side: The side of the photographs in pixels.
  /// - Throws: ``ParameterizationError/damagedSpectrum`` if the counts do not fit.
  init(meanSquares squares: [Double], side: Int) throws(ParameterizationError) {
    let columns = side / 2 + 1
    guard side >= 4, squares.count == 3 * side * columns else { throw .damagedSpectrum }
    let frequencies = (0..<Self.places).map { Self.frequency(at: $0, side: side) }
    var logarithms: [Float] = []
    for channel in 0..<3 {
      // The two halves of the rows are the same directions, mirrored.
      let square = { (row: Int, column: Int) in
        (squares[(channel * side + row) * columns + column]
          + squares[(channel * side + (side - row) % side) * columns + column]) / 2
      }
      for vertical in frequencies {
        for horizontal in frequencies {
          let (y, x) = (vertical * Double(side), horizontal * Double(side))
          let (top, left) = (min(Int(y), side / 2 - 1), min(Int(x), side / 2 - 1))
          var value = 0.0
          for (row, column, weight) in Self.corners(top, left, y - Double(top), x - Double(left)) {
            value += weight * square(row, column)
          }
          let logarithm = log(max(value, 1e-20)) / 2
          logarithms.append(Float((logarithm * 1000).rounded() / 1000))
        }
      }
    }
    try self.init(side: side, logarithms: logarithms)
  }

  /// Returns the magnitudes for images of a size, `[3, height, width / 2 + 1]`, row-major.
  func magnitudes(height: Int, width: Int) -> [Float] {
    let rows = (0..<height).map { row in
      position(of: Double(min(row, height - row)) / Double(height))
    }
    let columns = (0...width / 2).map { position(of: Double($0) / Double(width)) }
    var result: [Float] = []
    result.reserveCapacity(3 * height * columns.count)
    for channel in 0..<3 {
      for y in rows {
        for x in columns {
          let (top, left) = (min(Int(y), Self.places - 2), min(Int(x), Self.places - 2))
          var logarithm = 0.0
          for (row, column, weight) in Self.corners(top, left, y - Double(top), x - Double(left)) {
            logarithm +=
              weight * Double(logarithms[(channel * Self.places + row) * Self.places + column])
          }
          result.append(Float(exp(logarithm)))
        }
      }
    }
    return result
  }

  /// The frequency of a place, in cycles per pixel.
  private static func frequency(at place: Int, side: Int) -> Double {
    guard place > 0 else { return 0 }
    let lowest = 1 / Double(side)
    return lowest * pow(0.5 / lowest, Double(place - 1) / Double(places - 2))
  }

  /// The place of a frequency in cycles per pixel, between two places; frequencies below those
  /// measured count as the lowest.
  private func position(of frequency: Double) -> Double {
    guard frequency > 0 else { return 0 }
    let ratio = log(frequency * Double(side)) / log(Double(side) / 2)
    return min(max(1 + Double(Self.places - 2) * ratio, 1), Double(Self.places - 1))
  }

  /// The four cells around a place with their weights.
  private static func corners(
    _ top: Int, _ left: Int, _ down: Double, _ right: Double
  ) -> [(row: Int, column: Int, weight: Double)] {
    [
      (top, left, (1 - down) * (1 - right)), (top, left + 1, (1 - down) * right),
      (top + 1, left, down * (1 - right)), (top + 1, left + 1, down * right),
    ]
  }
}

extension NaturalSpectrum: Codable {
  private enum Key: String, CodingKey { case side, thousandths }

  /// Reads the side and the logarithms in thousandths, as 16-bit numbers in base 64.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let bytes = [UInt8](try container.decode(Data.self, forKey: .thousandths))
    let numbers = stride(from: 0, to: bytes.count - 1, by: 2).map {
      Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
    }
    try self.init(
      side: container.decode(Int.self, forKey: .side), logarithms: numbers.map { Float($0) / 1000 })
  }

  /// Writes what ``init(from:)`` reads.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(side, forKey: .side)
    let bytes = logarithms.flatMap { value -> [UInt8] in
      let word = UInt16(bitPattern: Int16(clamping: Int((value * 1000).rounded())))
      return [UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8)]
    }
    try container.encode(Data(bytes), forKey: .thousandths)
  }
}
