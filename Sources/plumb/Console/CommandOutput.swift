import Foundation

/// What a command prints with `--json`: the fields that every command has, then its own.
///
/// `command`, `version` and `recipe` come first in meaning; keys are sorted in print.
struct CommandOutput<Recipe: Encodable, Fields: Encodable>: Encodable {
  let command: String
  let recipe: Recipe?
  let fields: Fields

  init(_ command: String, recipe: Recipe?, _ fields: Fields) {
    self.command = command
    self.recipe = recipe
    self.fields = fields
  }

  private enum Key: String, CodingKey { case command, version, recipe }

  func encode(to encoder: any Encoder) throws {
    // Both write into the same object.
    try fields.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(command, forKey: .command)
    try container.encode(Plumb.version, forKey: .version)
    try container.encodeIfPresent(recipe, forKey: .recipe)
  }

  /// Prints the object on standard output.
  func print() throws { Swift.print(try JSONText.pretty(self)) }
}

extension CommandOutput where Recipe == String {
  /// The output of a command that nothing random or costly is part of, so that no recipe is needed.
  init(_ command: String, _ fields: Fields) { self.init(command, recipe: nil, fields) }
}

/// JSON as `plumb` writes it.
enum JSONText {
  /// Indented, with sorted keys.
  static func pretty(_ value: some Encodable) throws -> String {
    try text(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
  }

  /// On one line, with sorted keys.
  static func line(_ value: some Encodable) throws -> String {
    try text(value, [.sortedKeys, .withoutEscapingSlashes])
  }

  private static func text(
    _ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting
  ) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    encoder.dateEncodingStrategy = .iso8601
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
