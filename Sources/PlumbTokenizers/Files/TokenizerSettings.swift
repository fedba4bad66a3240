/// Reads the parts of `tokenizer.json` that say how a text is treated before merging.
struct TokenizerSettings {
  let file: String
  private(set) var configuration = BPETokenizer.Configuration()
  /// The text of the token for what is not in the vocabulary.
  private(set) var unknownToken: String?

  init(file: String) {
    self.file = file
  }

  private func unsupported(_ part: String, _ value: String) -> TokenizerError {
    .unsupported(part: part, value: value, file: file)
  }

  /// Nothing, or Unicode normalization form C.
  mutating func readNormalizer(_ normalizer: JSONValue) throws(TokenizerError) {
    if normalizer.isNull { return }
    switch normalizer["type"].string {
    case "NFC": configuration.composesCharacters = true
    case "Sequence":
      for part in normalizer["normalizers"].elements { try readNormalizer(part) }
    case let type: throw unsupported("normalizer", type ?? "without a type")
    }
  }

  /// A byte-level pre-tokenizer with GPT-2's pattern, or with one of the known patterns before it.
  mutating func readPreTokenizer(_ preTokenizer: JSONValue) throws(TokenizerError) {
    var steps = [preTokenizer]
    if preTokenizer["type"].string == "Sequence" { steps = preTokenizer["pretokenizers"].elements }
    var pattern: SplitPattern?
    for (index, step) in steps.enumerated() {
      switch step["type"].string {
      case "Split" where index == 0:
        pattern = try splitPattern(of: step)
      case "ByteLevel" where index == steps.count - 1:
        // Both settings are true where the file says nothing, as in Hugging Face `tokenizers`.
        configuration.addsPrefixSpace = step["add_prefix_space"].bool ?? true
        if step["use_regex"].bool ?? true {
          guard pattern == nil else { throw unsupported("pre-tokenizer", "ByteLevel after Split") }
          pattern = .gpt2
        }
      case let type: throw unsupported("pre-tokenizer", type ?? "null")
      }
    }
    guard steps.last?["type"].string == "ByteLevel" else {
      throw unsupported("pre-tokenizer", steps.last?["type"].string ?? "null")
    }
    if configuration.addsPrefixSpace, steps.count > 1 {
      throw unsupported("pre-tokenizer", "Split with add_prefix_space")
    }
    configuration.splitting = pattern ?? .whole
  }

  private func splitPattern(of split: JSONValue) throws(TokenizerError) -> SplitPattern {
    guard let expression = split["pattern"]["Regex"].string else {
      throw unsupported("pre-tokenizer", "Split by a fixed text")
    }
    guard let pattern = SplitPattern(regularExpression: expression) else {
      throw .unknownSplit(pattern: expression, file: file)
    }
    // The known patterns match every character, so these two come to the same.
    let behavior = split["behavior"].string ?? "null"
    switch (behavior, split["invert"].bool ?? false) {
    case ("Isolated", false), ("Removed", true): return pattern
    default: throw unsupported("Split behavior", behavior)
    }
  }

  /// Finds the token that is put before a text; other templates are not our business.
  mutating func readPostProcessor(_ processor: JSONValue) {
    switch processor["type"].string {
    case "Sequence":
      for step in processor["processors"].elements { readPostProcessor(step) }
    case "TemplateProcessing":
      guard let first = processor["single"].elements.first,
        let name = first["SpecialToken"]["id"].string
      else { return }
      configuration.beginOfText = processor["special_tokens"][name]["ids"].elements.first?.integer
    default: break
    }
  }

  /// One setting of the model other than its pieces and merges.
  mutating func readModel(_ key: String, _ value: JSONValue) throws(TokenizerError) {
    switch key {
    case "type":
      guard value.string == "BPE" else { throw unsupported("model", value.string ?? "null") }
    case "continuing_subword_prefix", "end_of_word_suffix":
      guard value.string ?? "" == "" else { throw unsupported(key, value.string ?? "") }
    case "byte_fallback", "fuse_unk":
      if value.bool == true { throw unsupported(key, "true") }
    case "ignore_merges": configuration.ignoresMergesOfWholePieces = value.bool ?? false
    case "unk_token": unknownToken = value.string
    default: break
    }
  }
}

extension AddedToken {
  /// One entry of `added_tokens`.
  init(json: JSONValue) {
    self.init(
      id: json["id"].integer ?? -1,
      content: json["content"].string ?? "",
      isSpecial: json["special"].bool ?? false,
      isNormalized: json["normalized"].bool ?? true,
      stripsLeft: json["lstrip"].bool ?? false,
      stripsRight: json["rstrip"].bool ?? false,
      isWholeWord: json["single_word"].bool ?? false)
  }
}
