import LanguageModeling

/// Completions drawn by a decoder with a cache, whose unembedding may be replaced.
final class DecoderRollouts: RolloutSource {
  /// The numbers of logits that are kept at most: 256 MiB.
  static let keptLimit = 64 << 20

  /// The body, and the unembedding where none replaces it.
  var decoder: Decoder
  /// The unembedding of the policy.
  var unembedding: Unembedding?
  /// Whether the logits are wanted.
  private let keepsLogits: Bool
  private var kept: RowBuffer?

  init(_ decoder: Decoder, unembedding: Unembedding? = nil, keepsLogits: Bool = false) {
    self.decoder = decoder
    self.unembedding = unembedding
    self.keepsLogits = keepsLogits
  }

  func draw(
    _ prompts: [PromptTokens], order: [Int], numbers: [Int], settings: RolloutSettings
  ) throws -> RolloutBatch {
    let width = decoder.configuration.width
    var hidden = Array(repeating: [Float](), count: order.count)
    for index in hidden.indices { hidden[index].reserveCapacity(settings.tokens * width) }
    let kept = try room(for: order.count * settings.tokens)
    // The completion of each row of logits, and which of its tokens it is.
    var places: [(completion: Int, position: Int)] = []
    let completions = try decoder.generate(
      zip(order, numbers).map { GenerationRequest(prompt: prompts[$0].ids, completion: $1) },
      options: GenerationOptions(
        newTokens: settings.tokens,
        sampling: Sampling(temperature: settings.temperature, topK: nil), seed: settings.seed,
        endTokens: settings.endToken.map { [$0] } ?? []),
      unembedding: unembedding, keepingLogitsIn: kept
    ) { step in
      for (row, index) in step.requests.enumerated() {
        hidden[index] += step.hidden.row(row)
        places.append((index, step.position))
      }
    }
    var starts: [Int] = []
    var count = 0
    for completion in completions {
      starts.append(count)
      count += completion.ids.count
    }
    return RolloutBatch(
      rollouts: zip(order, completions).map {
        Rollout(prompt: $0, ids: $1.ids, hasEnded: $1.finish == .end)
      },
      hidden: hidden.flatMap(\.self),
      logits: kept.map {
        SampledLogits($0, tokens: places.map { starts[$0.completion] + $0.position })
      })
  }

  /// Memory for the logits of a batch, the same for each; `nil` if they are too many to keep.
  private func room(for rows: Int) throws -> RowBuffer? {
    let columns = decoder.configuration.vocabulary
    guard keepsLogits, rows * columns <= Self.keptLimit else { return nil }
    if let kept, kept.rows >= rows { return kept }
    kept = try RowBuffer(rows: rows, columns: columns)
    return kept
  }
}
