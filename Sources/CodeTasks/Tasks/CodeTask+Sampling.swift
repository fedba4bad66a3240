import LanguageModeling

extension CodeTask {
  /// Samples completions of this task's prompt.
  ///
  /// Each is cut before the task's stop strings, and is the same alone or among others.
  ///
  /// - Parameters:
  ///   - model: The model that writes.
  ///   - count: How many completions.
  ///   - options: How; the stop strings are the task's, the end of text the model's.
  ///   - onToken: Called with how many tokens each completion has so far.
  /// - Returns: The completions in order.
  /// - Throws: `WritingError.noTokenizer(model:)`; as
  ///   `Decoder.generate(_:options:tokenizer:unembedding:keepingLogitsIn:observe:)`.
  public func completions(
    by model: WritingModel, count: Int, options: GenerationOptions,
    onToken: @escaping (Int) throws -> Void = { _ in }
  ) throws -> [String] {
    guard let tokenizer = model.tokenizer else { throw WritingError.noTokenizer(model: model.name) }
    var options = options
    options.stopStrings = stopStrings
    // A small context leaves room for a short answer rather than none.
    let ids = try model.tokens(of: prompt)
    let room = model.decoder.configuration.contextLength - ids.count
    options.newTokens = min(options.newTokens, max(room, 1))
    options.endTokens = tokenizer.endOfText.map { [$0] } ?? []
    return try model.decoder.completions(
      of: ids, numbers: 0..<count, options: options, tokenizer: tokenizer
    ) { step in
      try Task.checkCancellation()
      try onToken(step.position + 1)
    }.map(\.text)
  }
}
