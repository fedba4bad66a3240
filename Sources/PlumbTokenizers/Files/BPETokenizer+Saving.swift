import Foundation

extension BPETokenizer {
  /// Saves the tokenizer as `vocab.json`, `merges.txt` and `tokenizer.json`.
  ///
  /// Hugging Face `tokenizers` loads the last and gives the same ids. The first two hold GPT-2's
  /// kind of tokenizer whole; of another kind they lack how text is split.
  ///
  /// - Parameter folder: Where to put the files; it is made if it is not there.
  /// - Throws: ``TokenizerError/unusableFile(path:reason:)`` if a file cannot be written.
  public func save(to folder: URL) throws(TokenizerError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .unusableFile(path: folder.path, reason: error.localizedDescription.trimmedOfStop)
    }
    let merges = mergesInOrder()
    let lines = merges.map { "\($0) \($1)\n" }.joined()
    try write(vocabularyJSON(separator: ", ", indentation: ""), to: folder, as: "vocab.json")
    try write("#version: 0.2\n" + lines, to: folder, as: "merges.txt")
    try write(tokenizerJSON(merges: merges), to: folder, as: "tokenizer.json")
  }

  private func write(_ text: String, to folder: URL, as name: String) throws(TokenizerError) {
    let file = folder.appendingPathComponent(name)
    do {
      try Data(text.utf8).write(to: file, options: .atomic)
    } catch {
      throw .unusableFile(path: file.path, reason: error.localizedDescription.trimmedOfStop)
    }
  }

  /// The merges as they are written, the most urgent first.
  private func mergesInOrder() -> [(left: String, right: String)] {
    var ranked: [(rank: UInt64, pair: TokenPair)] = []
    merges.forEach { pair, merge in ranked.append((Merge.rank(of: merge), pair)) }
    return ranked.sorted { $0.rank < $1.rank }.map { _, pair in
      (
        vocabulary.spelling(of: Int(pair.left)) ?? "",
        vocabulary.spelling(of: Int(pair.right)) ?? ""
      )
    }
  }

  private func vocabularyJSON(separator: String, indentation: String) -> String {
    let members = (0..<vocabularySize).compactMap { id in
      vocabulary.spelling(of: id).map { indentation + $0.asJSON + ": \(id)" }
    }
    return "{" + members.joined(separator: separator) + "}"
  }

  private func tokenizerJSON(merges: [(left: String, right: String)]) -> String {
    let added = addedTokens.sorted { $0.id < $1.id }.map { token in
      """
          {"id": \(token.id), "content": \(token.content.asJSON), \
      "single_word": \(token.isWholeWord), "lstrip": \(token.stripsLeft), \
      "rstrip": \(token.stripsRight), "normalized": \(token.isNormalized), \
      "special": \(token.isSpecial)}
      """
    }
    let mergeList = merges.map { "      " + "\($0) \($1)".asJSON }.joined(separator: ",\n")
    let unknown = configuration.unknownToken.flatMap { vocabulary.spelling(of: $0) }
    return """
      {
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [
      \(added.joined(separator: ",\n"))
        ],
        "normalizer": \(configuration.composesCharacters ? #"{"type": "NFC"}"# : "null"),
        "pre_tokenizer": \(preTokenizerJSON),
        "post_processor": \(postProcessorJSON),
        "decoder": \(byteLevelJSON(addsPrefixSpace: false, splits: true)),
        "model": {
          "type": "BPE",
          "dropout": null,
          "unk_token": \(unknown?.asJSON ?? "null"),
          "continuing_subword_prefix": null,
          "end_of_word_suffix": null,
          "fuse_unk": false,
          "byte_fallback": false,
          "ignore_merges": \(configuration.ignoresMergesOfWholePieces),
          "vocab": \(vocabularyJSON(separator: ",\n", indentation: "      ")),
          "merges": [
      \(mergeList)
          ]
        }
      }

      """
  }

  private func byteLevelJSON(addsPrefixSpace: Bool, splits: Bool) -> String {
    """
    {"type": "ByteLevel", "add_prefix_space": \(addsPrefixSpace), "trim_offsets": true, \
    "use_regex": \(splits)}
    """
  }

  private var preTokenizerJSON: String {
    let addsPrefixSpace = configuration.addsPrefixSpace
    guard configuration.splitting != .gpt2,
      let expression = configuration.splitting.regularExpression
    else {
      return byteLevelJSON(
        addsPrefixSpace: addsPrefixSpace, splits: configuration.splitting == .gpt2)
    }
    return """
      {"type": "Sequence", "pretokenizers": [
          {"type": "Split", "pattern": {"Regex": \(expression.asJSON)}, "behavior": "Isolated", \
      "invert": false},
          \(byteLevelJSON(addsPrefixSpace: addsPrefixSpace, splits: false))
        ]}
      """
  }

  private var postProcessorJSON: String {
    guard let id = beginOfText, let token = addedTokens.first(where: { $0.id == id }) else {
      return byteLevelJSON(addsPrefixSpace: configuration.addsPrefixSpace, splits: true)
    }
    let name = token.content.asJSON
    let begin = #"{"SpecialToken": {"id": \#(name), "type_id": 0}}"#
    func sequence(_ name: String) -> String { #"{"Sequence": {"id": "\#(name)", "type_id": 0}}"# }
    return """
      {"type": "TemplateProcessing",
          "single": [\(begin), \(sequence("A"))],
          "pair": [\(begin), \(sequence("A")), \(begin), \(sequence("B"))],
          "special_tokens": {\(name): {"id": \(name), "ids": [\(id)], "tokens": [\(name)]}}}
      """
  }
}

extension String {
  /// The text as a JSON string, with only what must be escaped escaped.
  fileprivate var asJSON: String {
    var result = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case ..<" ":
        let hexadecimal = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
