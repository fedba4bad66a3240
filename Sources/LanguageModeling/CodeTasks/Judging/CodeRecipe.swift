/// What replays a judgment, besides the programs that were judged.
public struct CodeRecipe: Sendable, Codable {
  /// The format's number.
  public let plumb: Int
  /// The command that reads it.
  public let command: String
  /// The task's name or file.
  public let task: String
  /// The one problem of a file, if one was chosen.
  public let problem: String?
  /// Decides the random inputs.
  public let seed: UInt64
  /// For which k pass@k is estimated.
  public let k: [Int]

  /// Creates a recipe.
  public init(task: String, problem: String? = nil, seed: UInt64 = 0, k: [Int] = [1]) {
    (plumb, command) = (1, "solve")
    self.task = task
    self.problem = problem
    self.seed = seed
    self.k = k
  }
}
