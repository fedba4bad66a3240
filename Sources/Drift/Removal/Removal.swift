/// Part I: what the change would be without some of it.
public enum Removal: Sendable, Hashable {
  /// Without these directions.
  case without(Set<Int>)
  /// These directions alone.
  case only(Set<Int>)
  /// The rows of rewarded tokens alone.
  case rewardedRows
  /// All rows but those of rewarded tokens.
  case otherRows
  /// The part that reads the mean state alone: nearly the same change at every position.
  case meanState
  /// All of it, so many times.
  case scaled(Double)

  /// What remains, in words.
  public var name: String {
    func list(_ directions: Set<Int>) -> String {
      directions.sorted().map { String($0 + 1) }.joined(separator: ", ")
    }
    switch self {
    case .without(let directions): return "without direction \(list(directions))"
    case .only(let directions): return "direction \(list(directions)) alone"
    case .rewardedRows: return "rows of rewarded tokens alone"
    case .otherRows: return "all other rows"
    case .meanState: return "the same push everywhere"
    case .scaled(let factor): return "the whole change × \(factor)"
    }
  }
}

extension ChangeAnatomy {
  /// The unembedding with a part of the change removed.
  ///
  /// Without any direction it is the base's to the bit; with all of them it is the tuned one.
  ///
  /// - Parameters:
  ///   - removal: What is removed.
  ///   - isRewarded: Whether a token earns.
  /// - Returns: The unembedding.
  public func unembedding(_ removal: Removal, isRewarded: (Int) -> Bool) -> UnembeddingMatrix {
    let all = Set(directions.indices)
    switch removal {
    case .without(let removed):
      let removed = removed.intersection(all)
      // Whatever is left beside the directions is rounding and gauge, and goes with the last of
      // them.
      if removed.count == all.count { return before }
      if removed.isEmpty { return after }
      return adding(removed, factor: -1, to: after)
    case .only(let kept):
      let kept = kept.intersection(all)
      if kept.isEmpty { return before }
      if kept.count == all.count { return after }
      return adding(kept, factor: 1, to: before)
    case .rewardedRows: return changing { isRewarded($0) ? 1 : 0 }
    case .otherRows: return changing { isRewarded($0) ? 0 : 1 }
    case .scaled(let factor):
      if factor == 0 { return before }
      if factor == 1 { return after }
      return changing { _ in factor }
    case .meanState:
      let mean = spread.mean
      let square = mean.reduce(0) { $0 + $1 * $1 }
      guard square > 0 else { return before }
      let push = change.times(mean).map { $0 / square }
      return sum(before) { token, row in
        for index in row.indices { row[index] += push[token] * mean[index] }
      }
    }
  }

  private func adding(
    _ chosen: Set<Int>, factor: Double, to unembedding: UnembeddingMatrix
  ) -> UnembeddingMatrix {
    let chosen = chosen.sorted().map { directions[$0] }
    return sum(unembedding) { token, row in
      for direction in chosen {
        let push = factor * direction.writer[token]
        for index in row.indices { row[index] += push * direction.reader[index] }
      }
    }
  }

  private func changing(_ factor: (Int) -> Double) -> UnembeddingMatrix {
    sum(before) { token, row in
      let factor = factor(token)
      guard factor != 0 else { return }
      let start = token * row.count
      for index in row.indices { row[index] += factor * change.elements[start + index] }
    }
  }

  /// An unembedding with something added to the row of each token, in 64 bits.
  private func sum(
    _ unembedding: UnembeddingMatrix, _ add: (_ token: Int, _ row: inout [Double]) -> Void
  ) -> UnembeddingMatrix {
    let width = unembedding.width
    var weights = unembedding.weights
    var row = Array(repeating: 0.0, count: width)
    for token in 0..<unembedding.vocabulary {
      let start = token * width
      for index in row.indices { row[index] = Double(weights[start + index]) }
      add(token, &row)
      for index in row.indices { weights[start + index] = Float(row[index]) }
    }
    return UnembeddingMatrix(
      vocabulary: unembedding.vocabulary, width: width, weights: weights, bias: unembedding.bias)
  }
}
