import Foundation
import PlumbGraph
import PlumbRuntime

/// The colors of natural images: how three uncorrelated channels become correlated RGB.
enum ColorCorrelation {
  /// The root of the covariance of ImageNet's colors, as Lucid measured it; rows are R, G and B.
  static let root: [[Double]] = [
    [0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03],
  ]

  /// ``root`` divided by the length of its longest column, 0.46195.
  static let normalized: [[Double]] = {
    let lengths = (0..<3).map { column in
      root.reduce(0) { $0 + $1[column] * $1[column] }.squareRoot()
    }
    let longest = lengths.max() ?? 1
    return root.map { row in row.map { $0 / longest } }
  }()

  /// The inverse of ``normalized``, by Cramer's rule.
  static let inverse: [[Double]] = {
    let m = normalized
    func minor(_ row: Int, _ column: Int) -> Double {
      let (a, b) = ((row + 1) % 3, (row + 2) % 3)
      let (c, d) = ((column + 1) % 3, (column + 2) % 3)
      return m[a][c] * m[b][d] - m[a][d] * m[b][c]
    }
    let determinant = (0..<3).reduce(0) { $0 + m[0][$1] * minor(0, $1) }
    return (0..<3).map { row in (0..<3).map { minor($0, row) / determinant } }
  }()
}

extension Node {
  /// Three uncorrelated channels as RGB with the correlations of natural images.
  ///
  /// Each pixel's channels, seen as a column, are multiplied by Lucid's matrix. Red, green and blue
  /// rise and fall together in photographs; with this the optimizer need not learn it step by step.
  ///
  /// - Returns: The colors, `[batch, 3, height, width]`, before any sigmoid.
  /// - Throws: ``PlumbGraph/GraphError`` if this value does not have three channels.
  public func recorrelatingColors() throws(GraphError) -> Node {
    let matrix = try Node.constant(
      ColorCorrelation.normalized.flatMap { $0.map { Float($0) } }, [3, 3])
    let flat = try reshaped([shape[0], shape[1], shape.count / (shape[0] * shape[1])])
    return try matrix.matrixProduct(flat).reshaped(shape)
  }
}

extension Parameterization {
  /// Undoes the sigmoid and the color matrix on the host.
  func channelsBeforeColor(of image: Tensor) throws -> Tensor {
    let plane = height * width
    // The image before the sigmoid; 0 and 1 are infinitely far away.
    let colors = image.elements.map { value in
      let inside = min(max(Double(value), 0.001), 0.999)
      return log(inside / (1 - inside))
    }
    guard decorrelatesColor else { return try Tensor(imageShape, colors.map { Float($0) }) }
    var channels = [Float](repeating: 0, count: colors.count)
    for index in 0..<batch {
      let first = index * 3 * plane
      for channel in 0..<3 {
        let row = ColorCorrelation.inverse[channel]
        for pixel in 0..<plane {
          let place = first + pixel
          channels[place + channel * plane] = Float(
            row[0] * colors[place] + row[1] * colors[place + plane]
              + row[2] * colors[place + 2 * plane])
        }
      }
    }
    return try Tensor(imageShape, channels)
  }
}
