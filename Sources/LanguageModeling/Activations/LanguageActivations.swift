import LanguageModels
import PlumbFiles
import PlumbGraph
import PlumbModels
import PlumbRuntime

/// Reads intermediate values of a language model, and gradients for them.
public struct LanguageActivations: Sendable {
  /// A value under its hook name.
  public struct Value: Sendable {
    /// The hook's name; `output` for the logits, `NAME.gradient` for gradients.
    public let name: String
    /// The numbers.
    public let tensor: Tensor
  }

  /// The model.
  public let model: TransformerModel

  /// Creates a reader of a model's values.
  public init(_ model: TransformerModel) { self.model = model }

  /// Reads values of a batch.
  ///
  /// - Parameters:
  ///   - batch: The tokens.
  ///   - patterns: Hook names; see `TransformerHooks`.
  ///   - target: What to differentiate for each value and for the embeddings.
  ///   - row: The row of the batch whose target is meant.
  /// - Returns: The values, the logits as `output`, and with a target `NAME.gradient` for each value
  ///   and `input.gradient` for the embeddings, all `[batch, position, ...]`.
  /// - Throws: `HookError` for a pattern that matches nothing, ``LanguageActivationError``, or
  ///   `TransformerError` if the batch is too long.
  public func values(
    of batch: TokenBatch, matching patterns: [HookPattern], gradientOf target: TokenTarget? = nil,
    row: Int = 0
  ) throws -> [Value] {
    let shape = batch.ids.shape
    try check(batch)
    let needsResults = patterns.contains { $0.text.contains("result") }
    let network = try model.configuration.network(
      batch: shape[0], positions: shape[1], hooks: needsResults ? .withResults : .standard,
      isPadded: batch.isPadded)
    let named = network.graph.nodes.compactMap { node in
      (node.operation as? Named).map { (name: $0.label, node: node) }
    }
    let names = Set(try HookPattern.names(matching: patterns, in: named.map(\.name)))
    let points = named.filter { names.contains($0.name) }
    var outputs = points.map { Graph.Output($0.name, $0.node) }
    outputs.append(.init(HookPattern.result, network.logits))
    if let target {
      let number = try target.node(from: network.logits, row: row)
      let embedding = try network.graph.value(named: "hook_embed")
      let gradients = try gradient(of: number, for: [embedding] + points.map(\.node))
      outputs.append(.init("input.gradient", gradients[0]))
      for (point, gradient) in zip(points, gradients.dropFirst()) {
        outputs.append(.init("\(point.name).gradient", gradient))
      }
    }
    let program = try Program(Graph(outputs), parameters: model.parameters)
    let inputs = batch.isPadded ? batch.inputs : ["ids": batch.ids]
    let results = try program(inputs)
    return outputs.compactMap { output in
      results[output.name].map { Value(name: output.name, tensor: $0) }
    }
  }

  /// Writes tokens, and then reads values of the prompt and all that was written.
  ///
  /// What a token's values are does not depend on the tokens after it, so these are the values that
  /// the model had while it wrote. The tokens are chosen by a decoder of the same weights.
  ///
  /// - Parameters:
  ///   - prompt: The tokens of the prompt.
  ///   - options: How tokens are chosen.
  ///   - patterns: Hook names.
  ///   - target: What to differentiate.
  /// - Returns: The completion, and values as ``values(of:matching:gradientOf:row:)`` has them.
  /// - Throws: As ``values(of:matching:gradientOf:row:)`` and
  ///   ``Decoder/generate(_:options:tokenizer:unembedding:keepingLogitsIn:observe:)``.
  public func valuesWhileWriting(
    after prompt: [Int], options: GenerationOptions, matching patterns: [HookPattern],
    gradientOf target: TokenTarget? = nil
  ) throws -> (completion: Completion, values: [Value]) {
    let completion = try Decoder(model).completions(
      of: prompt, numbers: 0..<1, options: options)[0]
    let batch = try TokenBatch([prompt + completion.ids])
    return (completion, try values(of: batch, matching: patterns, gradientOf: target))
  }

  private func check(_ batch: TokenBatch) throws(TransformerError) {
    let vocabulary = model.configuration.vocabulary
    for id in batch.ids.elements where !(0..<Float(vocabulary)).contains(id) {
      throw .unknownToken(id: Int(id), vocabulary: vocabulary)
    }
    let (length, limit) = (batch.ids.shape[1], model.configuration.contextLength)
    guard length <= limit else { throw .tooLong(positions: length, limit: limit) }
  }
}

extension TokenBatch {
  /// Reads a batch from a safetensors file: `input_ids`, `[batch, position]`, and optionally
  /// `attention_mask`, 1 where there is a token and 0 where there is padding.
  ///
  /// - Throws: ``LanguageActivationError/malformedInput(problem:)``, or an error of the file.
  public init(contentsOf file: SafetensorsFile) throws {
    let tensor = try file.tensor("input_ids")
    guard let ids = tensor.integers(), (1...2).contains(tensor.shape.count), !ids.isEmpty else {
      throw LanguageActivationError.malformedInput(
        problem: "'input_ids' must be integers [batch, position], not \(tensor.type.rawValue)"
          + " \(tensor.shape)")
    }
    let width = tensor.shape.last ?? 1
    func rows(_ values: [Int]) -> [[Int]] {
      stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
    }
    guard file.names.contains("attention_mask") else {
      try self.init(ids: rows(ids), mask: nil)
      return
    }
    let mask = try file.tensor("attention_mask")
    let values = mask.integers() ?? mask.floats().map { Int($0) }
    guard mask.shape == tensor.shape, values.allSatisfy({ $0 == 0 || $0 == 1 }) else {
      throw LanguageActivationError.malformedInput(
        problem: "'attention_mask' must hold 0 and 1 in the shape \(tensor.shape)")
    }
    try self.init(ids: rows(ids), mask: rows(values))
  }
}
