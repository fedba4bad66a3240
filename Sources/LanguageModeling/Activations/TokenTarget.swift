import PlumbGraph
import PlumbTokenizers

/// A number that a language model's logits say of one token at one place.
public struct TokenTarget: Sendable, Hashable {
  /// Which number.
  public enum Quantity: String, Sendable, Hashable, CaseIterable {
    /// The logit.
    case logit
    /// The natural logarithm of the probability.
    case logProbability = "logprob"
  }

  /// Which number.
  public var quantity: Quantity
  /// The token.
  public var token: Int
  /// The position whose distribution is meant, the one of the token after it; negative from the
  /// end.
  public var position: Int

  /// Creates a target.
  public init(_ quantity: Quantity, token: Int, position: Int) {
    self.quantity = quantity
    self.token = token
    self.position = position
  }

  /// Reads `logit:TOKEN@POSITION` or `logprob:TOKEN@POSITION`.
  ///
  /// - Parameters:
  ///   - text: TOKEN is an id, or a text in quotation marks that is exactly one token; POSITION
  ///     counts from 0, or from the end if it is negative.
  ///   - tokenizer: Says which token a text is.
  /// - Throws: ``LanguageActivationError/malformedTarget(text:problem:)``.
  public init(_ text: String, tokenizer: BPETokenizer?) throws(LanguageActivationError) {
    func malformed(_ problem: String) -> LanguageActivationError {
      .malformedTarget(text: text, problem: problem)
    }
    guard let colon = text.firstIndex(of: ":"),
      let quantity = Quantity(rawValue: String(text[..<colon]))
    else { throw malformed("it must begin with 'logit:' or 'logprob:'") }
    guard let at = text.lastIndex(of: "@"), at > colon,
      let position = Int(text[text.index(after: at)...])
    else { throw malformed("it must end with '@' and a position, such as '@-1'") }
    let token = text[text.index(after: colon)..<at]
    if let id = Int(token) {
      self.init(quantity, token: id, position: position)
      return
    }
    guard token.count >= 2, token.first == "\"", token.last == "\"" else {
      throw malformed("the token must be an id or a text in quotation marks")
    }
    guard let tokenizer else {
      throw malformed("the model has no tokenizer, so that the token must be an id")
    }
    let ids = tokenizer.encode(String(token.dropFirst().dropLast()))
    guard ids.count == 1 else {
      throw malformed("\(token) is \(ids.count) tokens (\(ids)), and must be exactly one")
    }
    self.init(quantity, token: ids[0], position: position)
  }

  /// The number as a node, from logits `[batch, position, token]`.
  func node(from logits: Node, row: Int) throws -> Node {
    let (rows, positions, vocabulary) = (logits.shape[0], logits.shape[1], logits.shape[2])
    let place = position < 0 ? position + positions : position
    guard row >= 0, row < rows else {
      throw LanguageActivationError.outOfRange(name: "row", value: row, limit: rows)
    }
    guard place >= 0, place < positions else {
      throw LanguageActivationError.outOfRange(name: "position", value: position, limit: positions)
    }
    guard token >= 0, token < vocabulary else {
      throw LanguageActivationError.outOfRange(name: "token id", value: token, limit: vocabulary)
    }
    var scores = try logits.sliced(axis: 0, row..<row + 1).sliced(axis: 1, place..<place + 1)
    if quantity == .logProbability { scores = try scores.logSoftmax() }
    return try scores.sliced(axis: 2, token..<token + 1).reshaped([])
  }
}

/// Why activations cannot be captured.
public enum LanguageActivationError: Error, Equatable, Sendable {
  /// What a gradient is of cannot be read.
  case malformedTarget(text: String, problem: String)
  /// A number is not one of those that there are.
  case outOfRange(name: String, value: Int, limit: Int)
  /// The input's tensors do not fit each other.
  case malformedInput(problem: String)
}

extension LanguageActivationError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .malformedTarget(let text, let problem):
      return "'\(text)' is no target of a gradient: \(problem)."
    case .outOfRange(let name, let value, let limit):
      return "The \(name) \(value) is not among the \(limit) that there are, 0 to \(limit - 1)."
    case .malformedInput(let problem):
      return "The input is no batch of tokens: \(problem)."
    }
  }
}
