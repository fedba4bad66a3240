/// How the red, green and blue of natural images rise and fall together.
///
/// An image is optimized in three channels that are uncorrelated in photographs; this turns them
/// into colors. Without it the optimizer has to learn anew at every pixel that light is mostly gray.
///
/// Source: Lucid's `color_correlation_svd_sqrt`.
public struct ColorCorrelation: Sendable, Hashable {
  /// A root of the covariance of the colors, `[color][channel]`.
  ///
  /// Its product with its own transpose is the covariance. Colors are red, green and blue.
  public let root: [[Double]]

  /// ImageNet's, as Lucid measured it.
  public static let imageNet = ColorCorrelation(unchecked: [
    [0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03],
  ])

  private init(unchecked root: [[Double]]) { self.root = root }

  /// Creates a correlation from a root of the covariance, `[color][channel]`.
  ///
  /// - Throws: ``ParameterizationError/singularColors`` unless the root is a 3 x 3 matrix that can be
  ///   inverted.
  public init(root: [[Double]]) throws(ParameterizationError) {
    guard root.count == 3, root.allSatisfy({ $0.count == 3 && $0.allSatisfy(\.isFinite) }) else {
      throw .singularColors
    }
    self.root = root
    guard abs(Self.determinant(normalized)) > 1e-6 else { throw .singularColors }
  }

  /// Creates the correlation of colors with a covariance, `[color][color]`.
  ///
  /// The channels are the principal axes of the colors, the strongest first, each with the length of
  /// its standard deviation.
  ///
  /// - Throws: ``ParameterizationError/singularColors`` if a mixture of colors never varies, as in
  ///   gray pictures.
  public init(covariance: [[Double]]) throws(ParameterizationError) {
    guard covariance.count == 3, covariance.allSatisfy({ $0.count == 3 }) else {
      throw .singularColors
    }
    let (values, vectors) = Self.principalAxes(of: covariance)
    guard values.allSatisfy({ $0 > 0 && $0.isFinite }) else { throw .singularColors }
    try self.init(
      root: (0..<3).map { color in
        (0..<3).map { vectors[$0][color] * values[$0].squareRoot() }
      })
  }

  /// ``root`` divided by the length of its longest column.
  var normalized: [[Double]] {
    let lengths = (0..<3).map { column in
      root.reduce(0) { $0 + $1[column] * $1[column] }.squareRoot()
    }
    let longest = max(lengths.max() ?? 1, .leastNormalMagnitude)
    return root.map { row in row.map { $0 / longest } }
  }

  /// The inverse of ``normalized``, by Cramer's rule.
  var inverse: [[Double]] {
    let m = normalized
    let determinant = Self.determinant(m)
    return (0..<3).map { row in (0..<3).map { Self.minor(m, $0, row) / determinant } }
  }

  private static func minor(_ m: [[Double]], _ row: Int, _ column: Int) -> Double {
    let (a, b) = ((row + 1) % 3, (row + 2) % 3)
    let (c, d) = ((column + 1) % 3, (column + 2) % 3)
    return m[a][c] * m[b][d] - m[a][d] * m[b][c]
  }

  private static func determinant(_ m: [[Double]]) -> Double {
    (0..<3).reduce(0) { $0 + m[0][$1] * minor(m, 0, $1) }
  }

  /// Eigenvalues and unit eigenvectors of a symmetric matrix, the largest first, by Jacobi's method.
  ///
  /// Of a vector and its opposite the one is taken whose elements sum to more.
  private static func principalAxes(
    of matrix: [[Double]]
  ) -> (values: [Double], vectors: [[Double]]) {
    var a = matrix
    var vectors = (0..<3).map { row in (0..<3).map { $0 == row ? 1.0 : 0 } }
    // Each sweep squares the off-diagonal part; 3 x 3 needs about five.
    for _ in 0..<20 {
      for (p, q) in [(0, 1), (0, 2), (1, 2)] where a[p][q] != 0 {
        let slope = (a[q][q] - a[p][p]) / (2 * a[p][q])
        let tangent =
          (slope < 0 ? -1 : 1) / (abs(slope) + (slope * slope + 1).squareRoot())
        let cosine = 1 / (tangent * tangent + 1).squareRoot()
        let sine = tangent * cosine
        for k in 0..<3 {
          (a[k][p], a[k][q]) = (
            cosine * a[k][p] - sine * a[k][q], sine * a[k][p] + cosine * a[k][q]
          )
        }
        for k in 0..<3 {
          (a[p][k], a[q][k]) = (
            cosine * a[p][k] - sine * a[q][k], sine * a[p][k] + cosine * a[q][k]
          )
          (vectors[p][k], vectors[q][k]) = (
            cosine * vectors[p][k] - sine * vectors[q][k],
            sine * vectors[p][k] + cosine * vectors[q][k]
          )
        }
      }
    }
    let order = (0..<3).sorted { a[$0][$0] > a[$1][$1] }
    return (
      order.map { a[$0][$0] },
      order.map { index in
        let sign: Double = vectors[index].reduce(0, +) < 0 ? -1 : 1
        return vectors[index].map { $0 * sign }
      }
    )
  }
}

extension ColorCorrelation: Codable {
  private static let imageNetName = "imagenet"

  /// Reads `"imagenet"` or a root.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let name = try? container.decode(String.self), name == Self.imageNetName {
      self = .imageNet
    } else {
      try self.init(root: container.decode([[Double]].self))
    }
  }

  /// Writes `"imagenet"` or the root.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if self == .imageNet {
      try container.encode(Self.imageNetName)
    } else {
      try container.encode(root)
    }
  }
}
