/// How much of the divergence each direction of a change is answerable for.
///
/// With `p_α ∝ p₀ e^{αz}` on the straight path between the models, `z = ΔW h`, the divergence is
/// `KL(p₁‖p₀) = ∫₀¹ α Var_α(z) dα`; and since `z` is the sum of what the directions write,
/// `Var_α(z) = Σ_k Cov_α(z_k, z)`. So the shares add up to the divergence, exactly but for the
/// quadrature. For small changes they are the quadratic form `½ zᵀ(diag p₀ - p₀p₀ᵀ) z`.
struct DirectionDivergence {
  /// Nats per state of each direction.
  let perDirection: [Double]
  /// Nats per state of the whole change, by the same path.
  let total: Double
  /// Nats per state of the whole change, directly.
  let exact: Double

  /// Gauss and Legendre's nodes and weights on 0...1.
  private static let nodes: [(Double, Double)] = [
    (0.019855071751232, 0.050614268145188), (0.101666761293187, 0.111190517226687),
    (0.237233795041836, 0.156853322938944), (0.408282678752175, 0.181341891689181),
    (0.591717321247825, 0.181341891689181), (0.762766204958164, 0.156853322938944),
    (0.898333238706813, 0.111190517226687), (0.980144928248768, 0.050614268145188),
  ]

  /// Integrates over states.
  ///
  /// - Parameters:
  ///   - anatomy: The change.
  ///   - count: How many directions are told apart.
  ///   - states: Hidden states at which the divergence is spent, `[state, width]`.
  ///   - temperature: What divides the logits.
  /// - Throws: ``DriftError/notFinite(name:)`` or errors of the runtime.
  init(
    _ anatomy: ChangeAnatomy, count: Int, states: [Float], temperature: Float
  ) throws {
    let (vocabulary, width) = (anatomy.before.vocabulary, anatomy.before.width)
    let rows = 128
    let programs = (
      try LogitProgram(anatomy.before, rows: rows), try LogitProgram(anatomy.after, rows: rows)
    )
    let directions = anatomy.directions.prefix(count)
    var (base, tuned) = (
      TokenDistribution(vocabulary: vocabulary), TokenDistribution(vocabulary: vocabulary)
    )
    var sums = Array(repeating: 0.0, count: directions.count)
    var (whole, direct) = (0.0, 0.0)
    let stateCount = states.count / width
    // One row per token, so that the directions of a token lie together.
    let writers = (0..<vocabulary).flatMap { token in directions.map { Float($0.writer[token]) } }
    for start in stride(from: 0, to: stateCount, by: rows) {
      try Task.checkCancellation()
      let block = states[start * width..<min(start + rows, stateCount) * width]
      let logits = (try programs.0.logits(block), try programs.1.logits(block))
      for row in 0..<block.count / width {
        guard base.set(logits.0, row: row, temperature: temperature),
          tuned.set(logits.1, row: row, temperature: temperature)
        else { throw DriftError.notFinite(name: "A model") }
        direct += tuned.divergence(from: base)
        let state = block.dropFirst(row * width).prefix(width).map(Double.init)
        let reads = directions.map { direction in
          zip(direction.reader, state).reduce(0) { $0 + $1.0 * $1.1 } / Double(temperature)
        }
        let path = Self.path(base, tuned, writers, directions.count)
        whole += path.total
        for (index, covariance) in path.covariances.enumerated() {
          sums[index] += covariance * reads[index]
        }
      }
    }
    let scale = 1 / Double(max(stateCount, 1))
    perDirection = sums.map { $0 * scale }
    total = whole * scale
    exact = direct * scale
  }

  /// `∫ α Var_α(z) dα`, and the same with each writer's covariance.
  private static func path(
    _ base: borrowing TokenDistribution, _ tuned: borrowing TokenDistribution, _ writers: [Float],
    _ count: Int
  ) -> (total: Double, covariances: [Double]) {
    let vocabulary = base.logs.count
    var total = 0.0
    var covariances = Array(repeating: 0.0, count: count)
    var powers = base.probabilities
    for (alpha, weight) in nodes {
      let share = Float(alpha)
      var (sum, first, second) = (0.0, 0.0, 0.0)
      for token in 0..<vocabulary {
        let z = tuned.logs[token] - base.logs[token]
        // Between two distributions this is at most 0.
        let power = exponential(min(base.logs[token] + share * z, 0))
        powers[token] = power
        sum += Double(power)
        first += Double(power * z)
        second += Double(power * z) * Double(z)
      }
      let mean = first / sum
      total += weight * alpha * (second / sum - mean * mean)
      if count == 0 { continue }
      // Cov(w, z) = E[w (z - E z)].
      let center = Float(mean)
      var products = Array(repeating: Float(0), count: count)
      for token in 0..<vocabulary {
        let factor = powers[token] * (tuned.logs[token] - base.logs[token] - center)
        let place = token * count
        for index in 0..<count { products[index] += factor * writers[place + index] }
      }
      for index in 0..<count {
        covariances[index] += weight * alpha * Double(products[index]) / sum
      }
    }
    return (total, covariances)
  }
}
