import Foundation

/// A `tokenizer.json` by hand: the 256 bytes, a few merges, and the settings of a known family.
///
/// Ids 0-255 are the bytes in GPT-2's order, then come the products of the merges in their order.
struct TokenizerFixture {
  static let gpt2Pattern =
    #"{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}"#
  static let prefixSpace =
    #"{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}"#
  static let llama3Pattern = sequence(
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"#
  )
  static let qwen2Pattern = sequence(
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"#
  )

  static func sequence(_ pattern: String) -> String {
    """
    {"type": "Sequence", "pretokenizers": [
      {"type": "Split", "pattern": {"Regex": "\(pattern)"}, "behavior": "Isolated",
       "invert": false},
      {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]}
    """
  }

  var merges = [
    "h e", "l l", "he ll", "hell o", "Ġ w", "o r", "Ġw or", "l d", "Ġwor ld", "1 2", "12 3",
    "Ã ©", "Ġ Ġ", "Ċ Ċ", "ĠĠ ĠĠ", "Ġ hello", "a a", "aa aa", "' s", "Ġ ll",
  ]
  /// Pieces that no merge makes.
  var extraPieces: [String] = []
  var mergesAsPairs = false
  var ignoresMerges = false
  var normalizer = "null"
  var preTokenizer = gpt2Pattern
  var postProcessor = "null"
  /// Content, and whether it is special; ids follow the vocabulary.
  var added: [(content: String, isSpecial: Bool)] = [("<|endoftext|>", true)]

  /// The characters that write the bytes, in the order of their ids.
  static let alphabet: [String] = {
    let plain = (33...126).map { $0 } + (161...172).map { $0 } + (174...255).map { $0 }
    return (plain + (0x100...0x143)).compactMap { Unicode.Scalar($0).map { String($0) } }
  }()

  var pieces: [String] {
    Self.alphabet + merges.map { $0.replacing(" ", with: "") } + extraPieces
  }

  var json: String {
    let vocabulary = pieces.enumerated().map { "\(Self.quoted($1)): \($0)" }
    let mergeList = merges.map { merge in
      mergesAsPairs
        ? "[" + merge.split(separator: " ").map { Self.quoted(String($0)) }.joined(separator: ", ")
          + "]"
        : Self.quoted(merge)
    }
    let addedList = added.enumerated().map { index, token in
      """
      {"id": \(pieces.count + index), "content": \(Self.quoted(token.content)),
       "single_word": false, "lstrip": false, "rstrip": false,
       "normalized": \(!token.isSpecial), "special": \(token.isSpecial)}
      """
    }
    return """
      {"version": "1.0", "truncation": null, "padding": null,
       "added_tokens": [\(addedList.joined(separator: ",\n"))],
       "normalizer": \(normalizer), "pre_tokenizer": \(preTokenizer),
       "post_processor": \(postProcessor),
       "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true,
         "use_regex": true},
       "model": {"type": "BPE", "dropout": null, "unk_token": null,
         "continuing_subword_prefix": null, "end_of_word_suffix": null, "fuse_unk": false,
         "byte_fallback": false, "ignore_merges": \(ignoresMerges),
         "vocab": {\(vocabulary.joined(separator: ",\n"))},
         "merges": [\(mergeList.joined(separator: ",\n"))]}}
      """
  }

  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  static let neoX: TokenizerFixture = {
    var fixture = TokenizerFixture()
    fixture.normalizer = #"{"type": "NFC"}"#
    fixture.added += [("    ", false), ("   ", false), ("  ", false)]
    return fixture
  }()

  static let qwen2: TokenizerFixture = {
    var fixture = TokenizerFixture()
    fixture.normalizer = #"{"type": "NFC"}"#
    fixture.preTokenizer = qwen2Pattern
    fixture.added += [("<|im_start|>", true), ("<|im_end|>", true)]
    return fixture
  }()

  static let llama3: TokenizerFixture = {
    var fixture = TokenizerFixture()
    fixture.extraPieces = ["Ġsurprise"]
    fixture.mergesAsPairs = true
    fixture.ignoresMerges = true
    fixture.preTokenizer = llama3Pattern
    fixture.added = [("<|begin_of_text|>", true), ("<|end_of_text|>", true)]
    let begin = fixture.pieces.count
    fixture.postProcessor = """
      {"type": "Sequence", "processors": [
        {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true},
        {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "<|begin_of_text|>", "type_id": 0}},
                    {"Sequence": {"id": "A", "type_id": 0}}],
         "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
         "special_tokens": {"<|begin_of_text|>": {"id": "<|begin_of_text|>", "ids": [\(begin)],
           "tokens": ["<|begin_of_text|>"]}}}]}
      """
    return fixture
  }()

  static let prefixed: TokenizerFixture = {
    var fixture = TokenizerFixture()
    fixture.preTokenizer = prefixSpace
    return fixture
  }()
}

/// Random numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
