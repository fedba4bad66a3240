import PlumbTokenizers

extension PromptTokens {
  /// Turns a text into the prompt of a model.
  ///
  /// A model that expects a token before every text gets it; the empty text is the start of a
  /// document.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - tokenizer: The model's tokenizer.
  /// - Throws: ``FineTuningError/needsTokenizer(prompt:)`` or
  ///   ``FineTuningError/noDocumentStart``.
  public init(_ text: String, tokenizer: BPETokenizer?) throws(FineTuningError) {
    guard let tokenizer else { throw .needsTokenizer(prompt: text) }
    let ids = tokenizer.encode(prompt: text)
    guard !ids.isEmpty else { throw .noDocumentStart }
    self.init(text: text, ids: ids)
  }
}
