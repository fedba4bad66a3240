import LanguageModels
import PlumbKernels
import PlumbTokenizers

extension Decoder {
  /// Completes prompts of any lengths together.
  ///
  /// Requests with one prompt read it once. A completion depends on its own request, the options and
  /// the weights alone: it is the same to the bit alone or among others.
  ///
  /// - Parameters:
  ///   - requests: What to complete.
  ///   - options: How.
  ///   - tokenizer: Turns tokens into text; needed for stop strings.
  ///   - unembedding: Another unembedding than the model's own.
  ///   - kept: Where the logits of all steps are put one after another, with room for
  ///     `options.newTokens` rows per request; `nil` to use the memory of one step again.
  ///   - observe: Called after each token of all completions.
  /// - Returns: The completions, in the order of the requests.
  /// - Throws: `TransformerError` if a prompt is empty or too long,
  ///   ``SamplingError``, what `observe` throws, or `CancellationError`.
  public func generate(
    _ requests: [GenerationRequest], options: GenerationOptions = GenerationOptions(),
    tokenizer: BPETokenizer? = nil, unembedding: Unembedding? = nil,
    keepingLogitsIn kept: RowBuffer? = nil, observe: ((GenerationStep) throws -> Void)? = nil
  ) throws -> [Completion] {
    guard !requests.isEmpty else { return [] }
    let generation = try Generation(
      self, requests, options: options, tokenizer: tokenizer, unembedding: unembedding)
    return try generation.run(keepingLogitsIn: kept, observe)
  }

  /// Completes one prompt several times.
  ///
  /// - Parameters:
  ///   - prompt: The tokens of the prompt.
  ///   - completions: The numbers of the completions.
  ///   - options: How.
  ///   - tokenizer: Turns tokens into text; needed for stop strings.
  ///   - observe: Called after each token of all completions.
  /// - Returns: The completions in order.
  /// - Throws: As ``generate(_:options:tokenizer:unembedding:keepingLogitsIn:observe:)``.
  public func completions(
    of prompt: [Int], numbers completions: Range<Int>,
    options: GenerationOptions = GenerationOptions(), tokenizer: BPETokenizer? = nil,
    observe: ((GenerationStep) throws -> Void)? = nil
  ) throws -> [Completion] {
    try generate(
      completions.map { GenerationRequest(prompt: prompt, completion: $0) }, options: options,
      tokenizer: tokenizer, observe: observe)
  }
}

/// The state of a generation.
private final class Generation {
  /// A completion as it grows.
  fileprivate struct Sequence {
    var history: Sampler.History
    var logProbabilities: [Float] = []
    var watcher: StopWatcher?
    var finish: FinishReason?
  }

  private let decoder: Decoder
  private let requests: [GenerationRequest]
  private let options: GenerationOptions
  private let unembedding: Unembedding?
  private let sampler: Sampler
  private let cache: KeyValueCache
  private var sequences: [Sequence]

  init(
    _ decoder: Decoder, _ requests: [GenerationRequest], options: GenerationOptions,
    tokenizer: BPETokenizer?, unembedding: Unembedding?
  ) throws {
    self.decoder = decoder
    self.requests = requests
    self.options = options
    self.unembedding = unembedding
    sampler = try Sampler(options.sampling)
    for (row, request) in requests.enumerated() where request.prompt.isEmpty {
      throw TransformerError.emptyPrompt(row: row)
    }
    let longest = requests.map(\.prompt.count).max() ?? 0
    guard longest + options.newTokens <= decoder.contextLimit else {
      throw TransformerError.promptTooLong(
        prompt: longest, new: options.newTokens, limit: decoder.contextLimit)
    }
    cache = try decoder.makeCache(
      sequences: requests.count, capacity: longest + options.newTokens)
    sequences = requests.map { request in
      Sequence(
        history: .init(prompt: request.prompt),
        watcher: tokenizer.map { StopWatcher($0, stopStrings: options.stopStrings) })
    }
  }

  func run(
    keepingLogitsIn kept: RowBuffer?, _ observe: ((GenerationStep) throws -> Void)?
  ) throws -> [Completion] {
    var hidden = try readPrompts()
    let columns = decoder.configuration.vocabulary
    let step = kept == nil ? try RowBuffer(rows: requests.count, columns: columns) : nil
    var keptRows = 0
    var open = Array(requests.indices)
    for position in 0..<options.newTokens {
      try Task.checkCancellation()
      let logits = try decoder.logits(
        of: hidden, with: unembedding,
        into: kept.map { $0.window(keptRows..<keptRows + open.count) } ?? step)
      keptRows += open.count
      let (tokens, logProbabilities) = try choose(from: logits, for: open, position: position)
      try observe?(
        GenerationStep(
          position: position, requests: open, hidden: hidden, logits: logits, tokens: tokens,
          logProbabilities: logProbabilities))
      var next: [Decoder.Continuation] = []
      var stillOpen: [Int] = []
      for (index, token) in zip(open, tokens) where sequences[index].finish == nil {
        stillOpen.append(index)
        next.append(.init(sequence: index, ids: [token]))
      }
      open = stillOpen
      if open.isEmpty || position + 1 == options.newTokens { break }
      hidden = try decoder.append(next, to: cache)
    }
    return requests.indices.map(completion)
  }

  /// Reads each different prompt once; the final hidden state after each request's prompt.
  private func readPrompts() throws -> RowBuffer {
    var first: [[Int]: Int] = [:]
    var sources: [Int] = []
    var prompts: [Decoder.Continuation] = []
    for (index, request) in requests.enumerated() {
      let source = first[request.prompt] ?? index
      if source == index {
        first[request.prompt] = index
        prompts.append(.init(sequence: index, ids: request.prompt))
      }
      sources.append(source)
    }
    let states = try decoder.append(prompts, to: cache)
    guard prompts.count < requests.count else { return states }
    let rows = Dictionary(
      uniqueKeysWithValues: prompts.enumerated().map { ($0.element.sequence, $0.offset) })
    var values: [Float] = []
    for (index, source) in sources.enumerated() {
      cache.copy(sequence: source, to: index)
      values += states.row(rows[source] ?? 0)
    }
    return try RowBuffer(values, columns: states.columns)
  }

  private func choose(
    from logits: RowBuffer, for open: [Int], position: Int
  ) throws -> (tokens: [Int], logProbabilities: [Float]) {
    let (sampler, seed) = (sampler, options.seed)
    let completions = open.map { (requests[$0].completion, sequences[$0].history) }
    let chosen = decoder.thread.run {
      ParallelRows.map(open.count, work: 8 * open.count * logits.columns) { row in
        let (completion, history) = completions[row]
        let draw = Sampler.draw(seed: seed, completion: completion, position: position)
        return logits.withRow(row) { values in
          let summary = TokenKernels.summarize(values)
          let token = sampler.token(from: values, summary: summary, after: history, draw: draw)
          return (token: token, logProbability: values[token] - summary.logSumExp)
        }
      }
    }
    var tokens: [Int] = []
    var logProbabilities: [Float] = []
    for (index, (token, logProbability)) in zip(open, chosen) {
      guard logProbability.isFinite else { throw SamplingError.notFinite(position: position) }
      tokens.append(token)
      logProbabilities.append(logProbability)
      try sequences[index].take(token, logProbability, options)
    }
    return (tokens, logProbabilities)
  }

  private func completion(_ index: Int) -> Completion {
    let sequence = sequences[index]
    return Completion(
      index: requests[index].completion, prompt: requests[index].prompt,
      ids: sequence.history.generated, logProbabilities: sequence.logProbabilities,
      finish: sequence.finish ?? .length, text: sequence.watcher?.text ?? "")
  }
}

extension Generation.Sequence {
  /// Takes the next token, which may be the last.
  fileprivate mutating func take(
    _ token: Int, _ logProbability: Float, _ options: GenerationOptions
  ) throws {
    history.generated.append(token)
    logProbabilities.append(logProbability)
    if options.endTokens.contains(token) {
      finish = .end
    } else if try watcher?.take(token) == true {
      finish = .stop
    }
  }
}
