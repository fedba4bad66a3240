import Foundation

/// A field in which two recipes differ.
public struct FieldDifference: Sendable, Hashable {
  /// Where the field is in the recipe's JSON, as `subject.vision.stages[0].size`.
  public let field: String
  /// The field's value in the one recipe; `nil` if it is not there.
  public let value: String?
  /// The field's value in the other.
  public let other: String?

  /// Compares two recipes as JSON, field by field.
  ///
  /// - Parameters:
  ///   - recipe: The one recipe.
  ///   - other: The other.
  /// - Returns: The fields that differ, by name.
  public static func between<Recipe: Encodable>(
    _ recipe: Recipe, and other: Recipe
  ) -> [FieldDifference] {
    let (mine, theirs) = (fields(of: recipe), fields(of: other))
    return Set(mine.keys).union(theirs.keys).sorted().compactMap { field in
      mine[field] == theirs[field]
        ? nil : FieldDifference(field: field, value: mine[field], other: theirs[field])
    }
  }

  /// The leaves of a value's JSON by path.
  private static func fields(of recipe: some Encodable) -> [String: String] {
    var fields: [String: String] = [:]
    func visit(_ value: Any, _ path: String) {
      if let object = value as? [String: Any] {
        for (key, value) in object { visit(value, path.isEmpty ? key : "\(path).\(key)") }
      } else if let array = value as? [Any] {
        for (index, value) in array.enumerated() { visit(value, "\(path)[\(index)]") }
      } else {
        fields[path] = "\(value)"
      }
    }
    if let data = try? JSONEncoder().encode(recipe),
      let object = try? JSONSerialization.jsonObject(with: data)
    {
      visit(object, "")
    }
    return fields
  }
}

extension FieldDifference: CustomStringConvertible {
  /// As a sentence about the first recipe.
  public var description: String { "\(field) is \(value ?? "absent"), was \(other ?? "absent")" }
}
