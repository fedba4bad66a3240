/// Part G: what training does that did not have this reward to learn from.
public struct ControlFindings: Sendable, Codable {
  /// One control.
  public struct Row: Sendable, Codable {
    /// What was done instead, such as `rewards shuffled`.
    public var name: String
    /// The mean of the reward of the experiment, after.
    public var reward: Estimate
    /// Nats per completion from the base.
    public var divergence: Estimate
    /// The share of each topic.
    public var topics: [Estimate]
    /// Each topic minus the base's.
    public var fromBase: [Estimate]
    /// The largest singular value of the change.
    public var singularValue: Double?
  }
  /// The topics that are followed.
  public var topics: [String]
  /// The controls.
  public var rows: [Row]
}
