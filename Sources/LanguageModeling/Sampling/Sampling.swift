/// How a token is chosen from logits.
///
/// The defaults are those of Hugging Face's `generate` with `do_sample=True`.
public struct Sampling: Sendable, Hashable, Codable {
  /// Whose order of steps and whose edge cases are followed.
  public enum Semantics: String, Sendable, Hashable, Codable, CaseIterable {
    /// Hugging Face transformers: penalties, temperature, top-k with all ties, top-p (the most
    /// probable tokens whose preceding mass is below p), min-p.
    case huggingFace = "hf"
    /// TransformerLens: repetition penalty, temperature, frequency penalty over the prompt too, then
    /// top-k or else top-p, which keeps tokens whose preceding mass is p exactly.
    case transformerLens = "tl"
    /// mlx-lm: repetition penalty over the last 20 tokens, then top-p, min-p and top-k of the
    /// distribution at temperature 1, temperature last.
    case mlx
  }

  /// Whose order of steps is followed.
  public var semantics = Semantics.huggingFace
  /// What logits are divided by; 0 takes the most probable token.
  public var temperature: Float = 1
  /// How many of the most probable tokens are kept; `nil` keeps all.
  public var topK: Int? = 50
  /// The mass of the most probable tokens that are kept; 1 keeps all.
  public var topP: Float = 1
  /// The least probability that is kept, as a share of the largest; 0 keeps all.
  public var minP: Float = 0
  /// What positive logits of seen tokens are divided by and negative ones multiplied; 1 does nothing.
  ///
  /// Source: Keskar et al., "CTRL: A Conditional Transformer Language Model", 2019.
  public var repetitionPenalty: Float = 1
  /// What is subtracted from the logits of tokens that were generated, as OpenAI defines it.
  public var presencePenalty: Float = 0
  /// What is subtracted from the logits of tokens for each time that they were generated.
  public var frequencyPenalty: Float = 0

  /// Creates a way of sampling; the defaults are Hugging Face's.
  public init(
    semantics: Semantics = .huggingFace, temperature: Float = 1, topK: Int? = 50,
    topP: Float = 1, minP: Float = 0, repetitionPenalty: Float = 1, presencePenalty: Float = 0,
    frequencyPenalty: Float = 0
  ) {
    self.semantics = semantics
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.repetitionPenalty = repetitionPenalty
    self.presencePenalty = presencePenalty
    self.frequencyPenalty = frequencyPenalty
  }

  /// The most probable token, always.
  public static let greedy = Sampling(temperature: 0, topK: nil)
  /// The model's own distribution, nothing cut off: what policy gradients need.
  public static let plain = Sampling(topK: nil)

  /// Whether the most probable token is taken.
  public var isGreedy: Bool { temperature == 0 }

  /// Checks that every number is one that can be meant.
  ///
  /// - Throws: ``SamplingError``.
  public func validate() throws(SamplingError) {
    func require(_ holds: Bool, _ name: String, _ value: Float, _ range: String)
      throws(SamplingError)
    {
      guard holds else { throw .outOfRange(name: name, value: "\(value)", range: range) }
    }
    try require(temperature >= 0 && temperature.isFinite, "temperature", temperature, "0 or more")
    if let topK, topK < 1 {
      throw .outOfRange(name: "top-k", value: "\(topK)", range: "1 or more")
    }
    try require(topP > 0 && topP <= 1, "top-p", topP, "above 0 and at most 1")
    try require(minP >= 0 && minP <= 1, "min-p", minP, "0 to 1")
    try require(
      repetitionPenalty > 0 && repetitionPenalty.isFinite, "repetition penalty",
      repetitionPenalty, "above 0")
    try require(presencePenalty.isFinite, "presence penalty", presencePenalty, "a number")
    try require(frequencyPenalty.isFinite, "frequency penalty", frequencyPenalty, "a number")
  }
}

/// Why tokens cannot be sampled.
public enum SamplingError: Error, Equatable, Sendable {
  /// A setting has no meaning.
  case outOfRange(name: String, value: String, range: String)
  /// The logits are not numbers.
  case notFinite(position: Int)
}

extension SamplingError: CustomStringConvertible {
  /// What went wrong, with which values, and what to try; `plumb` prints it as it stands.
  public var description: String {
    switch self {
    case .outOfRange(let name, let value, let range):
      return "The \(name) is \(value); it must be \(range)."
    case .notFinite(let position):
      return "The model's logits for new token \(position) are not numbers;"
        + " its weights are damaged, or too large for their precision."
    }
  }
}
