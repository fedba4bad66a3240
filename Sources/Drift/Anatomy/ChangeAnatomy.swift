import PlumbRuntime

/// Part H: the change of a final layer, taken apart by what it does to the logits.
///
/// Adding one vector to all rows changes no probability, so the rows' mean, weighted by the base's
/// token frequencies, is subtracted first. Raw weights say little, because hidden states fill their
/// space unevenly; so the singular vectors are those of `ΔW S^½` with `S = E[h hᵀ]`. Direction `k`
/// reads a state by `⟨reader, h⟩` and writes `writer` to the logits, and all directions together are
/// the change.
public struct ChangeAnatomy: Sendable {
  /// One direction of the change.
  public struct Direction: Sendable {
    /// The root mean square of the direction's logits, over states, summed over tokens.
    public let singularValue: Double
    /// What the direction adds to the logits, `[token]`, per unit that is read.
    public let writer: [Double]
    /// What a state is multiplied with to tell how much, `[width]`.
    public let reader: [Double]
  }

  /// The unembedding before.
  public let before: UnembeddingMatrix
  /// The unembedding after.
  public let after: UnembeddingMatrix
  /// The directions, the strongest first; as many as the change has rank, at most the width.
  public let directions: [Direction]
  /// The mean row that was subtracted, `[width]`.
  public let gauge: [Double]
  /// The share of the change's squared norm that was gauge.
  public let gaugeShare: Double
  /// The change without its gauge, `[token, width]`.
  let change: Matrix

  /// How much a direction's singular value counts: its share of the sum of squares.
  public func energyShare(_ index: Int) -> Double {
    let total = directions.reduce(0) { $0 + $1.singularValue * $1.singularValue }
    let value = directions[index].singularValue
    return total > 0 ? value * value / total : 0
  }

  /// Takes a change apart.
  ///
  /// - Parameters:
  ///   - before: The unembedding before.
  ///   - after: The unembedding after.
  ///   - frequencies: The base's mean probability of each token.
  ///   - states: Hidden states that the models meet, `[state, width]`.
  public init(
    before: UnembeddingMatrix, after: UnembeddingMatrix, frequencies: [Double], states: [Float]
  ) {
    self.before = before
    self.after = after
    let (vocabulary, width) = (before.vocabulary, before.width)
    var change = Matrix(
      rows: vocabulary, columns: width,
      zip(after.weights, before.weights).map { Double($0) - Double($1) })
    let wholeSquare = change.elements.reduce(0) { $0 + $1 * $1 }
    let total = frequencies.reduce(0, +)
    gauge = change.transposeTimes(frequencies).map { $0 / total }
    for token in 0..<vocabulary {
      for index in 0..<width { change.elements[token * width + index] -= gauge[index] }
    }
    self.change = change
    let square = gauge.reduce(0) { $0 + $1 * $1 } * Double(vocabulary)
    gaugeShare = wholeSquare > 0 ? square / wholeSquare : 0

    let spread = StateSpread(states, width: width)
    let eigen = SymmetricEigenvectors(spread.root * change.gram * spread.root)
    let largest = eigen.values.first ?? 0
    directions = (0..<width).prefix {
      largest > 0 && eigen.values[$0] > 1e-12 * largest
    }.map { index in
      let vector = Array(eigen.vectors.row(index))
      return Direction(
        singularValue: eigen.values[index].squareRoot(),
        writer: change.times(spread.root.times(vector)),
        reader: spread.inverseRoot.times(vector))
    }
    self.spread = spread
  }

  let spread: StateSpread
}

/// The second moment of hidden states and its square roots.
struct StateSpread: Sendable {
  /// The mean state.
  let mean: [Double]
  /// `S^½`.
  let root: Matrix
  /// `S^-½`.
  let inverseRoot: Matrix

  init(_ states: [Float], width: Int) {
    let count = states.count / width
    var matrix = Matrix(rows: count, columns: width, states.map(Double.init))
    mean = matrix.transposeTimes(Array(repeating: 1, count: count)).map {
      $0 / Double(max(count, 1))
    }
    let factor = (1 / Double(max(count, 1))).squareRoot()
    for index in matrix.elements.indices { matrix.elements[index] *= factor }
    let eigen = SymmetricEigenvectors(matrix.gram)
    // Some directions hold no states at all, since normalization takes one away; a little is added
    // to each, so that the inverse exists.
    let floor = 1e-6 * eigen.values.reduce(0, +) / Double(width) + 1e-30
    func power(_ exponent: (Double) -> Double) -> Matrix {
      var scaled = eigen.vectors
      for row in 0..<width {
        let value = exponent(max(eigen.values[row], 0) + floor)
        for column in 0..<width { scaled[row, column] *= value }
      }
      return eigen.vectors.transposed * scaled
    }
    root = power { $0.squareRoot() }
    inverseRoot = power { 1 / $0.squareRoot() }
  }
}
