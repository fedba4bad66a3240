import LanguageModeling

/// Completions drawn by a decoder with a cache, whose unembedding may be replaced.
final class DecoderRollouts: RolloutSource {
  /// The body, and the unembedding where none replaces it.
  var decoder: Decoder
  /// The unembedding of the policy.
  var unembedding: Unembedding?

  init(_ decoder: Decoder, unembedding: Unembedding? = nil) {
    self.decoder = decoder
    self.unembedding = unembedding
  }

  func draw(
    _ prompts: [PromptTokens], order: [Int], numbers: [Int], settings: RolloutSettings
  ) throws -> RolloutBatch {
    let width = decoder.configuration.width
    var hidden = Array(repeating: [Float](), count: order.count)
    for index in hidden.indices { hidden[index].reserveCapacity(settings.tokens * width) }
    let completions = try decoder.generate(
      zip(order, numbers).map { GenerationRequest(prompt: prompts[$0].ids, completion: $1) },
      options: GenerationOptions(
        newTokens: settings.tokens,
        sampling: Sampling(temperature: settings.temperature, topK: nil), seed: settings.seed,
        endTokens: settings.endToken.map { [$0] } ?? []),
      unembedding: unembedding
    ) { step in
      for (row, index) in step.requests.enumerated() { hidden[index] += step.hidden.row(row) }
    }
    return RolloutBatch(
      rollouts: zip(order, completions).map {
        Rollout(prompt: $0, ids: $1.ids, hasEnded: $1.finish == .end)
      },
      hidden: hidden.flatMap(\.self))
  }
}
