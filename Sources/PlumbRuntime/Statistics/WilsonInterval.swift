/// A share of successes, and where the true one lies with 95 % confidence.
///
/// Source: Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927.
public struct WilsonInterval: Sendable, Hashable {
  /// The successes as a share of the trials; 0 without trials.
  public let share: Double
  /// The lower end.
  public let low: Double
  /// The upper end.
  public let high: Double

  /// Counts successes among trials.
  public init(successes: Int, of trials: Int) {
    precondition(
      trials >= 0 && (0...trials).contains(successes), "\(successes) successes of \(trials)")
    guard trials > 0 else {
      (share, low, high) = (0, 0, 1)
      return
    }
    // The normal distribution's 97.5 % point.
    let (n, z) = (Double(trials), 1.959963984540054)
    share = Double(successes) / n
    let center = (share + z * z / (2 * n)) / (1 + z * z / n)
    let half =
      z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    // Rounding must not exclude an end that is attained.
    (low, high) = (min(max(0, center - half), share), max(min(1, center + half), share))
  }
}
