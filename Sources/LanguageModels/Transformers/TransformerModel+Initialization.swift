import PlumbGraph
import PlumbRuntime

extension TransformerModel {
  /// A model with fresh weights, drawn as GPT-2's are before training.
  ///
  /// Matrices and embeddings are normal numbers with a standard deviation of 0.02, and those that
  /// write into the residual stream, `W_O` and `W_out`, of `0.02 / √(2 · layers)`: the stream then
  /// has about the same size at the end of a deep model as of a shallow one. Biases are 0, gains 1.
  ///
  /// - Parameters:
  ///   - configuration: What the model computes.
  ///   - seed: Decides the weights; each parameter has a stream of its own, after its name.
  ///   - deviation: The standard deviation of the matrices.
  /// - Returns: The model.
  /// - Throws: `MemoryError` if there is no memory for the weights.
  ///
  /// Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.
  public static func initialized(
    _ configuration: TransformerConfiguration, seed: UInt64, deviation: Float = 0.02
  ) throws -> TransformerModel {
    let store = ParameterStore()
    for (name, shape) in configuration.parameterShapes {
      let kind = name.split(separator: ".").last ?? ""
      switch kind.prefix(2) {
      case "w": try store.set(name, Tensor(shape, filledWith: 1))
      case "b", "b_": try store.set(name, Tensor(shape, filledWith: 0))
      default:
        let isWritten = kind == "W_O" || kind == "W_out"
        let scale = isWritten ? deviation / Float(2 * configuration.layers).squareRoot() : deviation
        var stream = RandomStream(seed: seed, name: name)
        try store.set(name, Tensor(shape, stream.normal(shape.count).map { $0 * scale }))
      }
    }
    return try TransformerModel(configuration, parameters: store)
  }
}
