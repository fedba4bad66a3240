/// What is subtracted from a reward, so that better than usual is above 0 and worse is below.
///
/// A baseline that does not depend on the completion's own tokens changes no expectation and takes
/// away noise. Completions of different prompts are never compared: each prompt has its own.
public enum Baseline: Sendable, Hashable, Codable {
  /// Nothing.
  case none
  /// The mean over the completions of the same prompt, the completion itself among them.
  case mean
  /// The mean over the other completions of the same prompt, which is unbiased.
  case leaveOneOut
  /// An exponential average of the prompt's mean rewards in earlier steps; 0 before the first.
  case moving(decay: Double)
}

/// Which rewards a token is held responsible for.
public enum CreditAssignment: Sendable, Hashable, Codable {
  /// The reward of the whole completion.
  case sequence
  /// What this and later tokens added, `Σ_(u≥t) γ^(u-t) r_u`; the base value of an empty completion
  /// is nobody's.
  case rewardToGo(discount: Double)
}

/// How advantages are brought to mean 0 and standard deviation 1.
public struct Whitening: Sendable, Hashable, Codable {
  /// Which standard deviation divides.
  public enum Deviation: String, Sendable, Hashable, Codable, CaseIterable {
    /// The root of the mean square, divided by N.
    case population
    /// The unbiased one, divided by N - 1, which is what PyTorch's `std` is by default.
    case sample
  }

  /// Which standard deviation divides.
  public var deviation: Deviation
  /// What is added to the standard deviation.
  public var epsilon: Double
  /// Whether the mean is subtracted first.
  public var subtractsMean: Bool
  /// Whether the completions of each prompt are whitened by themselves, as GRPO does.
  public var isByPrompt: Bool

  /// Creates a whitening.
  public init(
    _ deviation: Deviation = .sample, epsilon: Double = 1e-8, subtractsMean: Bool = true,
    isByPrompt: Bool = false
  ) {
    self.deviation = deviation
    self.epsilon = epsilon
    self.subtractsMean = subtractsMean
    self.isByPrompt = isByPrompt
  }

  /// Whitens numbers; fewer than two are left as they are, since they have no deviation.
  public func applied(to values: [Double]) -> [Double] {
    let count = Double(values.count)
    guard values.count > 1 else { return values }
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let scale = (squares / (deviation == .sample ? count - 1 : count)).squareRoot() + epsilon
    return values.map { ($0 - (subtractsMean ? mean : 0)) / scale }
  }
}
