/// Corrections for testing many things at once.
public enum MultipleTests {
  /// The q-values of Benjamini and Hochberg: of the tests with `q <= 0.05`, at most a twentieth are
  /// expected to be false.
  ///
  /// Source: Benjamini and Hochberg, "Controlling the False Discovery Rate", 1995.
  public static func benjaminiHochberg(_ pValues: [Double]) -> [Double] {
    let order = pValues.indices.sorted { pValues[$0] < pValues[$1] }
    var qValues = pValues
    var smallest = 1.0
    for (rank, index) in order.enumerated().reversed() {
      smallest = min(smallest, pValues[index] * Double(pValues.count) / Double(rank + 1))
      qValues[index] = smallest
    }
    return qValues
  }
}
