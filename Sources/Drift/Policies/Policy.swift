/// A way to choose the next token, made of one model or of two.
public struct Policy: Sendable {
  /// A model: a body and an unembedding.
  public struct Model: Sendable {
    /// Everything below the unembedding.
    public let body: any PolicyBody
    /// The last layer.
    public let unembedding: UnembeddingMatrix

    /// Creates a model.
    public init(body: any PolicyBody, unembedding: UnembeddingMatrix) {
      self.body = body
      self.unembedding = unembedding
    }
  }

  /// How the models' distributions become one.
  enum Combination: Sendable {
    /// There is one model.
    case single
    /// The first says how probable each class is, the second which token of the class is chosen.
    case swap(RewardClasses)
  }

  let models: [Model]
  let combination: Combination
  /// What divides the logits.
  let temperature: Float

  /// The policy of one model.
  public init(_ model: Model, temperature: Float = 1) {
    models = [model]
    combination = .single
    self.temperature = temperature
  }

  /// Class probabilities from one model, the choice within each class from another.
  public init(
    classesOf first: Model, wordsOf second: Model, _ classes: RewardClasses,
    temperature: Float = 1
  ) {
    models = [first, second]
    combination = .swap(classes)
    self.temperature = temperature
  }
}
