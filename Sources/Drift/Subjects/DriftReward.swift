/// What the training rewarded, as far as drift needs to know.
public struct DriftReward: Sendable {
  /// The reward as the user wrote it.
  public let name: String
  /// What a completion is worth, from its tokens.
  public let value: @Sendable ([Int]) -> Double
  /// What each token adds whatever comes before it; `nil` for rewards that do not add up so.
  public let perToken: [Double]?

  /// Creates a reward.
  ///
  /// - Parameters:
  ///   - name: The reward as the user wrote it.
  ///   - perToken: What each token adds; `nil` for rewards that do not add up token by token.
  ///   - value: What a completion is worth, from its tokens.
  public init(
    name: String, perToken: [Double]?, value: @escaping @Sendable ([Int]) -> Double
  ) {
    self.name = name
    self.perToken = perToken
    self.value = value
  }

  /// A reward that adds up over tokens.
  public init(name: String, perToken: [Double]) {
    self.init(name: name, perToken: perToken) { ids in ids.reduce(0) { $0 + perToken[$1] } }
  }

  /// The classes of equal immediate reward, if the reward adds up and tells tokens apart.
  public var classes: RewardClasses? {
    guard let perToken else { return nil }
    let classes = RewardClasses(perToken)
    return classes.count > 1 ? classes : nil
  }
}
