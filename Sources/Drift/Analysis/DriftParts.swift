/// Whether a part has an answer.
public enum PartStatus: String, Sendable, Codable {
  /// It has one.
  case done
  /// It has no meaning for these models, this reward or these files.
  case doesNotApply = "does not apply"
  /// The data do not decide.
  case cannotTell = "cannot tell"
}

/// A part of the report: its status, one sentence, and its numbers.
public struct DriftPart: Sendable, Encodable {
  /// A, B, C and so on, as in the documentation.
  public let letter: String
  /// What the part is about.
  public let name: String
  /// Whether it has an answer.
  public let status: PartStatus
  /// What it found, or why it has no answer.
  public let sentence: String
  /// The numbers.
  public let findings: (any Encodable & Sendable)?

  private enum CodingKeys: String, CodingKey { case letter, name, status, sentence, findings }

  /// Creates a part.
  public init(
    _ letter: String, _ name: String, _ status: PartStatus, _ sentence: String,
    findings: (any Encodable & Sendable)? = nil
  ) {
    self.letter = letter
    self.name = name
    self.status = status
    self.sentence = sentence
    self.findings = findings
  }

  /// Writes the fields; the findings under their own name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(letter, forKey: .letter)
    try container.encode(name, forKey: .name)
    try container.encode(status, forKey: .status)
    try container.encode(sentence, forKey: .sentence)
    if let findings { try findings.encode(to: container.superEncoder(forKey: .findings)) }
  }
}
