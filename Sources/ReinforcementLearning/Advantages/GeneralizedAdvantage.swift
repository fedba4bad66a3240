/// Advantages from a value function's predictions, between one-step and full returns.
///
/// `δ_t = r_t + γ V_(t+1) - V_t`, `A_t = δ_t + γ λ A_(t+1)`; the returns that the value function
/// should have predicted are `A + V`.
///
/// Source: Schulman et al., "High-Dimensional Continuous Control Using Generalized Advantage
/// Estimation", 2016.
public struct GeneralizedAdvantage: Sendable, Hashable, Codable {
  /// The discount of later rewards, in 0...1.
  public var discount: Double
  /// How far credit reaches: 0 trusts the value function, 1 the rewards that came.
  public var lambda: Double

  /// Creates an estimator.
  public init(discount: Double = 1, lambda: Double = 0.95) {
    self.discount = discount
    self.lambda = lambda
  }

  /// The advantages of one completion.
  ///
  /// - Parameters:
  ///   - rewards: What each token earned.
  ///   - values: The value predicted before each token.
  ///   - bootstrap: The value predicted after the last token; 0 where the text has ended.
  /// - Returns: The advantage of each token and the return that the value should have been.
  public func advantages(
    rewards: [Double], values: [Double], bootstrap: Double = 0
  ) -> (advantages: [Double], returns: [Double]) {
    precondition(
      rewards.count == values.count, "\(rewards.count) rewards, \(values.count) values")
    var advantages = rewards
    var (next, following) = (bootstrap, 0.0)
    for index in rewards.indices.reversed() {
      let surprise = rewards[index] + discount * next - values[index]
      following = surprise + discount * lambda * following
      advantages[index] = following
      next = values[index]
    }
    return (advantages, zip(advantages, values).map { $0 + $1 })
  }

  /// How wrong predicted values are, half their mean squared error.
  ///
  /// - Parameters:
  ///   - predicted: The predictions now.
  ///   - returns: What they should have been.
  ///   - old: The predictions before this round of updates, and how far a prediction may profit
  ///     from moving away from them; `nil` for no limit.
  /// - Returns: The loss.
  public static func valueLoss(
    predicted: [Double], returns: [Double], clippedTo old: (values: [Double], range: Double)? = nil
  ) -> Double {
    let squares = predicted.indices.map { index in
      let error = predicted[index] - returns[index]
      guard let old else { return error * error }
      let step = min(max(predicted[index] - old.values[index], -old.range), old.range)
      let clipped = old.values[index] + step - returns[index]
      return max(error * error, clipped * clipped)
    }
    return 0.5 * squares.reduce(0, +) / Double(max(squares.count, 1))
  }
}
