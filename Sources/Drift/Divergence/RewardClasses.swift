import PlumbKernels

/// The vocabulary cut into classes of equal immediate reward.
public struct RewardClasses: Sendable, Equatable {
  /// The class of each token.
  public let indices: [Int32]
  /// What a token of each class earns, ascending.
  public let rewards: [Double]

  /// The number of classes.
  public var count: Int { rewards.count }

  /// Cuts a vocabulary by what each token earns.
  public init(_ rewardPerToken: [Double]) {
    let rewards = Set(rewardPerToken).sorted()
    let places = Dictionary(uniqueKeysWithValues: rewards.enumerated().map { ($1, Int32($0)) })
    self.rewards = rewards
    indices = rewardPerToken.map { places[$0] ?? 0 }
  }

  /// The class of most tokens, as a rule those that earn nothing.
  public var largest: Int {
    var counts = Array(repeating: 0, count: count)
    for index in indices { counts[Int(index)] += 1 }
    return counts.indices.max { counts[$0] < counts[$1] } ?? 0
  }

  /// The classes as kernels take them.
  var kernelClasses: ComparisonKernels.Classes {
    ComparisonKernels.Classes(indices, count: count)
  }

  /// What a token earns.
  public func reward(of token: Int) -> Double { rewards[Int(indices[token])] }

  /// Whether a token earns something else than most.
  public func isRewarded(_ token: Int) -> Bool { Int(indices[token]) != largest }
}
