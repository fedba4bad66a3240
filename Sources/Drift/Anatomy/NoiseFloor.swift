import PlumbRuntime

extension ChangeAnatomy {
  /// The singular value that a change without structure would reach: the largest of `ΔW S^½` with
  /// the sign of each entry drawn at random, in 19 of 20 draws.
  ///
  /// Rows of rewarded tokens are left out, for the reward moves them and a single strong row has a
  /// large singular value whatever its signs.
  ///
  /// Source: Hong, Sheng and Dobriban, "Selecting the number of components in PCA via random
  /// signflips", 2020.
  ///
  /// - Parameters:
  ///   - isRewarded: Whether a token earns.
  ///   - draws: How many sign patterns are drawn.
  ///   - seed: Decides the signs.
  /// - Returns: The singular value; directions below it have no meaning.
  public func noiseFloor(
    isRewarded: (Int) -> Bool, draws: Int = 20, seed: UInt64
  ) -> Double {
    let tokens = (0..<before.vocabulary).filter { !isRewarded($0) }
    let width = before.width
    let kept = Matrix(
      rows: tokens.count, columns: width, tokens.flatMap { Array(change.row($0)) })
    let whitened = kept * spread.root
    let stream = RandomStream(seed: seed, name: "drift noise floor")
    let values = (0..<draws).map { draw -> Double in
      var stream = stream.substream(draw)
      var flipped = whitened
      for (index, uniform) in stream.uniform(flipped.elements.count).enumerated()
      where uniform < 0.5 {
        flipped.elements[index] = -flipped.elements[index]
      }
      return Self.largestSingularValue(flipped, &stream)
    }
    return Bootstrap.quantile(0.95, of: values.sorted())
  }

  /// By power iteration: close enough after some rounds, for the floor is no sharp line.
  private static func largestSingularValue(
    _ matrix: Matrix, _ stream: inout RandomStream
  ) -> Double {
    var vector = stream.normal(matrix.columns).map(Double.init)
    var value = 0.0
    for _ in 0..<12 {
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0 else { return 0 }
      let image = matrix.times(vector.map { $0 / length })
      value = image.reduce(0) { $0 + $1 * $1 }.squareRoot()
      vector = matrix.transposeTimes(image)
    }
    return value
  }
}
