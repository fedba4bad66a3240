/// Which training completions made a token likelier.
public struct AttributionFindings: Sendable, Codable {
  /// A training completion and what it did.
  public struct Source: Sendable, Codable {
    /// The training step.
    public var step: Int
    /// The prompt and completion.
    public var text: String
    /// What it earned.
    public var reward: Double
    /// Its advantage: above 0 it was reinforced.
    public var advantage: Double
    /// What it added to the token's logit, averaged over the contexts.
    public var logit: Double
  }
  /// The token's text.
  public var token: String
  /// At the end of how many texts the logit was looked at.
  public var contexts: Int
  /// By how much the whole training raised the logit there.
  public var total: Double
  /// The sum over all training completions; equal to ``total`` but for rounding.
  public var explained: Double
  /// The completions that raised it most.
  public var raised: [Source]
  /// The completions that lowered it most.
  public var lowered: [Source]
}
