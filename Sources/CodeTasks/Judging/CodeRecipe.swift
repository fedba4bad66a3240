import LanguageModeling

/// What replays a judgment; of programs that were given, all but the programs themselves.
public struct CodeRecipe: Sendable, Codable {
  /// The model that answered.
  public struct Model: Sendable, Codable {
    /// The argument that named it.
    public let name: String
    /// The digest of its weights.
    public let digest: String

    /// Creates a reference.
    public init(name: String, digest: String) {
      self.name = name
      self.digest = digest
    }
  }

  /// The format's number.
  public let plumb: Int
  /// The command that reads it.
  public let command: String
  /// The model that answered, if one did.
  public var model: Model?
  /// How many completions it wrote.
  public var completions: Int?
  /// How it wrote them.
  public var options: GenerationOptions?
  /// The task's name or file.
  public let task: String
  /// The one problem of a file, if one was chosen.
  public let problem: String?
  /// Decides the completions and the random inputs.
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
