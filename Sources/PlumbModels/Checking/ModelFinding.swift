/// One thing that was looked at when a model was checked.
public struct ModelFinding: Sendable, Hashable, Codable {
  /// What.
  public let name: String
  /// Whether it is as it should be.
  public let isGood: Bool
  /// What was found.
  public let detail: String

  /// Creates a finding.
  public init(name: String, isGood: Bool, detail: String) {
    self.name = name
    self.isGood = isGood
    self.detail = detail
  }
}
