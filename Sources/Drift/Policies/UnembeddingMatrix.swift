import LanguageModels
import PlumbRuntime

/// The last layer of a language model: it turns a hidden state into a logit per token.
public struct UnembeddingMatrix: Sendable, Equatable {
  /// The number of tokens.
  public let vocabulary: Int
  /// The width of a hidden state.
  public let width: Int
  /// One row per token, `[vocabulary, width]`.
  public let weights: [Float]
  /// What is added to each logit, `[vocabulary]`.
  public let bias: [Float]?

  /// Creates an unembedding.
  ///
  /// - Parameters:
  ///   - vocabulary: The number of tokens.
  ///   - width: The width of a hidden state.
  ///   - weights: One row per token, `[vocabulary, width]`.
  ///   - bias: What is added to each logit.
  public init(vocabulary: Int, width: Int, weights: [Float], bias: [Float]? = nil) {
    precondition(
      weights.count == vocabulary * width && (bias.map { $0.count == vocabulary } ?? true),
      "\(weights.count) weights for \(vocabulary) tokens of width \(width)")
    self.vocabulary = vocabulary
    self.width = width
    self.weights = weights
    self.bias = bias
  }

  /// The unembedding of a transformer; that of a tied model is its embedding.
  ///
  /// - Throws: `RuntimeError` if a parameter is missing.
  public init(of model: TransformerModel) throws(RuntimeError) {
    let configuration = model.configuration
    let (vocabulary, width) = (configuration.vocabulary, configuration.width)
    let bias =
      configuration.hasUnembeddingBias
      ? try model.parameters.value("unembed.b_U").elements : nil
    if configuration.isTied {
      self.init(
        vocabulary: vocabulary, width: width,
        weights: try model.parameters.value("embed.W_E").elements, bias: bias)
      return
    }
    let columns = try model.parameters.value("unembed.W_U").elements
    var rows = Array(repeating: Float(0), count: columns.count)
    for token in 0..<vocabulary {
      for index in 0..<width { rows[token * width + index] = columns[index * vocabulary + token] }
    }
    self.init(vocabulary: vocabulary, width: width, weights: rows, bias: bias)
  }

  /// The row of a token.
  public func row(_ token: Int) -> ArraySlice<Float> {
    weights[token * width..<(token + 1) * width]
  }
}
