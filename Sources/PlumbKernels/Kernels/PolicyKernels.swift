import CKernels

/// Rows of logits as a policy that is trained by reward and held near a reference.
public enum PolicyKernels {
  /// Logits `[rows, columns]` of a policy and of its reference, and what is known of each row.
  ///
  /// The policy is the softmax of the logits divided by the temperature; likewise the reference.
  public struct Rows: Sendable {
    /// The number of rows.
    public var rows: Int
    /// The size of the vocabulary.
    public var columns: Int
    /// What divides the logits.
    public var temperature: Float
    /// The policy's logits, `[rows, columns]`.
    public var logits: BufferSlice
    /// The reference's logits, `[rows, columns]`, if there is one.
    public var reference: BufferSlice?
    /// The token that each row took, 32-bit indices `[rows]`.
    public var targets: BufferSlice
    /// What is known of each row, `[statistic, rows]`: see ``Statistic``.
    public var statistics: BufferSlice

    /// Creates rows.
    public init(
      rows: Int, columns: Int, temperature: Float, logits: BufferSlice, reference: BufferSlice?,
      targets: BufferSlice, statistics: BufferSlice
    ) {
      self.rows = rows
      self.columns = columns
      self.temperature = temperature
      self.logits = logits
      self.reference = reference
      self.targets = targets
      self.statistics = statistics
    }

    /// The numbers of one statistic, `[rows]`.
    public func values(_ statistic: Statistic) -> [Float] {
      slice(statistic).read(rows)
    }

    func slice(_ statistic: Statistic) -> BufferSlice {
      statistics.slice(byteOffset: statistic.rawValue * rows * 4, byteCount: rows * 4)
    }
  }

  /// What is computed of each row; `statistics` of ``Rows`` is `[statistic, rows]` in this order.
  public enum Statistic: Int, Sendable, CaseIterable {
    /// The log-probability of the token that was taken, in nats.
    case logProbability
    /// The same under the reference.
    case referenceLogProbability
    /// The entropy of the policy, in nats.
    case entropy
    /// The divergence of the policy from the reference, `Σ p (ln p - ln reference)`, in nats.
    case divergence
    /// The logarithm of the sum of the exponentials of the scaled logits.
    case logSumExp
    /// The same of the reference.
    case referenceLogSumExp
  }

  /// Fills in the statistics; those of a missing reference stay as they are.
  public static func statistics(of policy: Rows) {
    withPolicy(policy) { ck_policy_statistics($0) }
  }

  /// The gradient for the logits of `Σ -logWeight · ln p(target) + klWeight · KL - entropyWeight ·
  /// entropy` over rows; it may replace the logits.
  ///
  /// The statistics must be those of these logits.
  public static func gradient(
    of policy: Rows, result: BufferSlice, logWeights: BufferSlice, klWeights: BufferSlice?,
    entropyWeights: BufferSlice?
  ) {
    let gradient = result.pointer(to: Float.self, count: policy.rows * policy.columns)
    let log = logWeights.pointer(to: Float.self, count: policy.rows)
    let kl = klWeights?.pointer(to: Float.self, count: policy.rows)
    let entropy = entropyWeights?.pointer(to: Float.self, count: policy.rows)
    withExtendedLifetime((result, logWeights, klWeights, entropyWeights)) {
      withPolicy(policy) { ck_policy_gradient($0, gradient, log, kl, entropy) }
    }
  }

  private static func withPolicy(
    _ policy: Rows, _ body: (UnsafePointer<ck_policy>) -> Void
  ) {
    let count = policy.rows
    func statistic(_ which: Statistic) -> UnsafeMutablePointer<Float> {
      policy.slice(which).pointer(to: Float.self, count: count)
    }
    let value = ck_policy(
      rows: Int64(count), columns: Int64(policy.columns), scale: 1 / policy.temperature,
      logits: policy.logits.pointer(to: Float.self, count: count * policy.columns),
      reference: policy.reference?.pointer(to: Float.self, count: count * policy.columns),
      targets: policy.targets.pointer(to: Int32.self, count: count),
      log_probability: statistic(.logProbability),
      reference_log_probability: statistic(.referenceLogProbability),
      entropy: statistic(.entropy), kl: statistic(.divergence), logsumexp: statistic(.logSumExp),
      reference_logsumexp: statistic(.referenceLogSumExp))
    withExtendedLifetime(policy) {
      withUnsafePointer(to: value) { body($0) }
    }
  }
}
