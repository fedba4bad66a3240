import Foundation

extension BPETokenizer {
  // Names of the token that ends a text, for files that do not say which it is.
  private static let endOfTextNames = ["<|endoftext|>", "<|end_of_text|>", "</s>"]

  /// Loads the tokenizer of a model folder.
  ///
  /// Reads `tokenizer.json` where there is one, and otherwise `vocab.json` with `merges.txt`, which
  /// are taken to be GPT-2's kind. `tokenizer_config.json`, if it is there, names the token that
  /// ends a text.
  ///
  /// - Parameter folder: A folder, or a `tokenizer.json` file.
  /// - Returns: The tokenizer.
  /// - Throws: ``TokenizerError`` that says which file is wrong, and where.
  public static func load(from folder: URL) throws(TokenizerError) -> BPETokenizer {
    if folder.pathExtension == "json" { return try BPETokenizer(tokenizerJSON: folder) }
    let single = folder.appendingPathComponent("tokenizer.json")
    let vocabulary = folder.appendingPathComponent("vocab.json")
    let merges = folder.appendingPathComponent("merges.txt")
    func exists(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }
    let configuration = folder.appendingPathComponent("tokenizer_config.json")
    var endOfText: String?
    if exists(configuration) {
      let value = try wholeValue(of: configuration)["eos_token"]
      endOfText = value.string ?? value["content"].string
    }
    if exists(single) {
      return try BPETokenizer(tokenizerJSON: single, endOfText: endOfText)
    }
    guard exists(vocabulary) || exists(merges) else { throw .noTokenizer(folder: folder.path) }
    return try BPETokenizer(vocabulary: vocabulary, merges: merges, endOfText: endOfText)
  }

  /// Loads GPT-2's kind of tokenizer from its two files.
  ///
  /// - Parameters:
  ///   - vocabularyFile: `vocab.json`: pieces and their ids.
  ///   - mergesFile: `merges.txt`: one merge a line, the most urgent first.
  ///   - endOfText: The token that ends a text; nil for `<|endoftext|>` if the vocabulary has it.
  /// - Throws: ``TokenizerError`` that says which file is wrong, and where.
  public init(
    vocabulary vocabularyFile: URL, merges mergesFile: URL, endOfText: String? = nil
  ) throws(TokenizerError) {
    let endName = endOfText ?? Self.endOfTextNames[0]
    var cursor = JSONCursor(
      try Self.bytes(of: vocabularyFile), file: vocabularyFile.path)
    var added: [AddedToken] = []
    var vocabulary = Vocabulary(file: vocabularyFile.path, minimumCapacity: 50_000)
    try Self.readVocabulary(from: &cursor, into: &vocabulary) { key, id in
      guard key.elementsEqual(endName.utf8) else { return false }
      added.append(AddedToken(id: id, content: endName))
      return true
    }
    try cursor.finish()
    let merges = try Self.readMerges(from: mergesFile, vocabulary: vocabulary)
    try self.init(
      vocabulary: vocabulary, merges: merges, addedTokens: added,
      configuration: Configuration(endOfText: added.first?.id))
  }

  /// Loads a tokenizer from Hugging Face's single file.
  ///
  /// - Parameters:
  ///   - file: `tokenizer.json`.
  ///   - endOfText: The token that ends a text; nil to look for the usual names.
  /// - Throws: ``TokenizerError`` that says what is wrong, or what is not supported.
  public init(tokenizerJSON file: URL, endOfText: String? = nil) throws(TokenizerError) {
    var cursor = JSONCursor(try Self.bytes(of: file), file: file.path)
    var parts = try cursor.members()
    try cursor.finish()
    guard var modelCursor = parts["model"] else { throw cursor.problem("there is no 'model'") }
    var model = try modelCursor.members()
    guard var vocabularyCursor = model.removeValue(forKey: "vocab") else {
      throw modelCursor.problem("the model has no 'vocab'")
    }
    guard var mergesCursor = model.removeValue(forKey: "merges") else {
      throw modelCursor.problem("the model has no 'merges'")
    }
    func value(_ key: String, in members: inout [String: JSONCursor]) throws(TokenizerError)
      -> JSONValue
    {
      try members[key]?.value() ?? .null
    }

    let added = try value("added_tokens", in: &parts).elements.map(AddedToken.init(json:))
    let literals = Dictionary(added.map { ($0.id, Array($0.content.utf8)) }) { first, _ in first }
    var vocabulary = Vocabulary(file: file.path, minimumCapacity: 50_000)
    try Self.readVocabulary(from: &vocabularyCursor, into: &vocabulary) { key, id in
      literals[id] == key
    }
    let merges = try Self.readMerges(from: &mergesCursor, vocabulary: vocabulary, file: file.path)

    var reader = TokenizerSettings(file: file.path)
    try reader.readNormalizer(value("normalizer", in: &parts))
    try reader.readPreTokenizer(value("pre_tokenizer", in: &parts))
    reader.readPostProcessor(try value("post_processor", in: &parts))
    for key in model.keys.sorted() { try reader.readModel(key, value(key, in: &model)) }
    var configuration = reader.configuration
    configuration.unknownToken = reader.unknownToken.flatMap { name in
      added.first { $0.content == name }?.id
        ?? vocabulary.id(of: Array(name.utf8).span).map(Int.init)
    }
    let endNames = endOfText.map { [$0] } ?? Self.endOfTextNames
    configuration.endOfText =
      endNames.lazy.compactMap { name in added.first { $0.content == name }?.id }.first
    try self.init(
      vocabulary: vocabulary, merges: merges, addedTokens: added, configuration: configuration)
  }

  /// Reads an object of pieces and ids, without those that `isAdded` claims.
  private static func readVocabulary(
    from cursor: inout JSONCursor, into vocabulary: inout Vocabulary,
    isAdded: (_ key: [UInt8], _ id: Int) -> Bool
  ) throws(TokenizerError) {
    var key: [UInt8] = []
    var piece: [UInt8] = []
    try cursor.beginObject()
    while try cursor.nextKey(into: &key) {
      let id = try cursor.integer()
      if isAdded(key, id) { continue }
      piece.removeAll(keepingCapacity: true)
      if ByteAlphabet.appendBytes(writtenAs: key.span, to: &piece) {
        try vocabulary.add(piece.span, id: id)
      } else {
        try vocabulary.addLiteral(key, id: id)
      }
    }
  }

  /// Reads an array of merges, each `"a b"` or `["a", "b"]`.
  private static func readMerges(
    from cursor: inout JSONCursor, vocabulary: Vocabulary, file: String
  ) throws(TokenizerError) -> PairTable {
    var list = MergeList(vocabulary: vocabulary, file: file)
    var left: [UInt8] = []
    var right: [UInt8] = []
    try cursor.beginArray()
    while try cursor.nextElement() {
      if cursor.peek() == UInt8(ascii: "[") {
        try cursor.beginArray()
        guard try cursor.nextElement() else { throw cursor.problem("a merge needs two pieces") }
        try cursor.readString(into: &left)
        guard try cursor.nextElement() else { throw cursor.problem("a merge needs two pieces") }
        try cursor.readString(into: &right)
        guard try !cursor.nextElement() else { throw cursor.problem("a merge needs two pieces") }
        try list.append(left: left[...], right: right[...]) { cursor.line }
      } else {
        try cursor.readString(into: &left)
        try list.append(text: left[...]) { cursor.line }
      }
    }
    return list.table
  }

  /// Reads `merges.txt`: one merge a line after an optional `#version` line.
  private static func readMerges(
    from file: URL, vocabulary: Vocabulary
  ) throws(TokenizerError) -> PairTable {
    let bytes = try bytes(of: file)
    var list = MergeList(vocabulary: vocabulary, file: file.path)
    let lines = bytes.split(separator: Byte.newline, omittingEmptySubsequences: false)
    for (index, var line) in lines.enumerated() {
      if line.last == Byte.carriageReturn { line.removeLast() }
      if line.isEmpty || line.starts(with: "#version".utf8) { continue }
      try list.append(text: line) { index + 1 }
    }
    return list.table
  }

  private static func wholeValue(of file: URL) throws(TokenizerError) -> JSONValue {
    var cursor = JSONCursor(try bytes(of: file), file: file.path)
    let value = try cursor.value()
    try cursor.finish()
    return value
  }

  /// The bytes of a file that must be UTF-8.
  static func bytes(of file: URL) throws(TokenizerError) -> [UInt8] {
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw .missingFile(path: file.path)
    }
    let bytes: [UInt8]
    do {
      bytes = [UInt8](try Data(contentsOf: file))
    } catch {
      throw .unusableFile(path: file.path, reason: error.localizedDescription.trimmedOfStop)
    }
    if let offset = UTF8Scalar.firstInvalidOffset(in: bytes.span) {
      throw .invalidUTF8(file: file.path, offset: offset)
    }
    return bytes
  }
}

extension String {
  /// The system's sentences end with a full stop; ours add their own.
  var trimmedOfStop: String { hasSuffix(".") ? String(dropLast()) : self }
}
