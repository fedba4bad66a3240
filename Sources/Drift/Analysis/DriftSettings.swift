/// How thoroughly models are compared.
public struct DriftSettings: Sendable, Codable, Hashable {
  /// Completions per arm and seed.
  public var completions: Int
  /// Decides all random numbers.
  public var seed: UInt64
  /// Completions per snapshot and seed.
  public var snapshotCompletions: Int
  /// How many snapshots are looked at, spread over training.
  public var snapshots: Int
  /// How many directions of the change are removed one by one.
  public var directions: Int
  /// How many resamples an interval rests on.
  public var replicates: Int

  /// Creates settings.
  public init(
    completions: Int = 1000, seed: UInt64 = 0, snapshotCompletions: Int = 300, snapshots: Int = 8,
    directions: Int = 3, replicates: Int = 1000
  ) {
    self.completions = completions
    self.seed = seed
    // More would have no divergence of their own.
    self.snapshotCompletions = min(
      snapshotCompletions, completions, Workbench.divergenceCompletions)
    self.snapshots = snapshots
    self.directions = directions
    self.replicates = replicates
  }

  /// About how many arms a comparison draws, to say how far it is; not all of them apply to every
  /// reward.
  public func usualArms(afters: Int) -> Int {
    // The base, the sharpened base, the removals; for each after its own, the swap, the snapshots.
    13 + 2 * directions + (3 + snapshots) * afters
  }

  /// Completions per arm and seed of the removals: as many in all as one arm has, but 200 at least.
  func removalCompletions(seeds: Int) -> Int {
    min(completions, max(200, completions / seeds))
  }
}
