/// Which model a result is of, for its recipe.
public struct ModelReference: Sendable, Hashable, Codable {
  /// The name or path by which the model was found.
  public var name: String
  /// The digest of its weights.
  public var digest: String

  /// Creates a reference.
  public init(name: String, digest: String) {
    self.name = name
    self.digest = digest
  }
}

extension ModelLocation {
  /// What finds this model again: its name, or for a path the path.
  public var argument: String { place == nil ? url.path : name }
}
