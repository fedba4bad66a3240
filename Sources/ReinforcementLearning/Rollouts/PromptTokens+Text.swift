import PlumbModels

extension PromptTokens {
  /// Turns a text into the prompt of a model.
  ///
  /// A model that expects a token before every text gets it. The empty text is the start of a
  /// document: that token, or else the one that ends the document before.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - tokenizer: The model's tokenizer.
  /// - Throws: ``FineTuningError/needsTokenizer(prompt:)`` or
  ///   ``FineTuningError/noDocumentStart``.
  public init(_ text: String, tokenizer: BPETokenizer?) throws(FineTuningError) {
    guard let tokenizer else { throw .needsTokenizer(prompt: text) }
    var ids = (tokenizer.beginOfText.map { [$0] } ?? []) + tokenizer.encode(text)
    if ids.isEmpty {
      guard let end = tokenizer.endOfText else { throw .noDocumentStart }
      ids = [end]
    }
    self.init(text: text, ids: ids)
  }
}
