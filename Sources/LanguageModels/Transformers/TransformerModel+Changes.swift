import PlumbGraph
import PlumbRuntime

extension TransformerModel {
  /// The unembedding with a row per token, `[vocabulary, model]`, as Hugging Face stores it.
  ///
  /// - Throws: `RuntimeError` if the parameter is missing.
  public func unembedding() throws(RuntimeError) -> Tensor {
    if configuration.isTied { return try parameters.value("embed.W_E") }
    return try parameters.value("unembed.W_U").transposed()
  }

  /// The bias of the logits, `[vocabulary]`, where there is one.
  ///
  /// - Throws: `RuntimeError` if the parameter is missing.
  public func unembeddingBias() throws(RuntimeError) -> Tensor? {
    configuration.hasUnembeddingBias ? try parameters.value("unembed.b_U") : nil
  }

  /// Returns this model with something added to its parameters.
  ///
  /// A change of `unembed.W_U`, `[model, vocabulary]`, unties a model whose unembedding is its
  /// embedding: the result has an unembedding of its own, and the embedding stays as it is.
  ///
  /// - Parameter changes: What to add, by the names and with the shapes of
  ///   ``TransformerConfiguration/parameterShapes``.
  /// - Returns: The model, its weights a copy.
  /// - Throws: `RuntimeError.missingParameter(name:nearest:)` or
  ///   `RuntimeError.wrongShape(name:expected:got:)` if a change does not fit.
  public func adding(_ changes: [String: Tensor]) throws -> TransformerModel {
    var configuration = configuration
    let store = ParameterStore()
    for name in parameters.names { try store.set(name, parameters.value(name)) }
    if configuration.isTied, changes["unembed.W_U"] != nil {
      configuration.isTied = false
      try store.set("unembed.W_U", parameters.value("embed.W_E").transposed())
    }
    for (name, change) in changes {
      var value = try store.value(name)
      guard value.shape == change.shape else {
        throw RuntimeError.wrongShape(
          name: name, expected: TensorType(value.shape), got: TensorType(change.shape))
      }
      for index in value.elements.indices { value.elements[index] += change.elements[index] }
      try store.set(name, value)
    }
    return try TransformerModel(configuration, parameters: store)
  }
}
