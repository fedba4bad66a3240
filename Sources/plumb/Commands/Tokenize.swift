import ArgumentParser
import Foundation
import PlumbTokenizers

/// Shows the tokens of texts.
struct Tokenize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the tokens of texts, or the text of tokens.",
    discussion: """
      A file holds one text per line, or JSON objects with the field 'text', one per line. With \
      --json there is one object per text: its ids and pieces. Nothing is added to a text. --count \
      says how much of everything there is.
      """)

  @Argument(help: "A model's name or folder, or a folder or tokenizer.json with a tokenizer alone.")
  var model: String

  @Argument(help: "The text.")
  var text: String?

  @Option(help: "A file of texts, one per line.")
  var file: String?

  @Option(help: "Token ids to be turned into text, such as '12,5,7'.")
  var ids: TokenIDs?

  @Flag(help: "Recognize special tokens such as '<|endoftext|>' in the text.")
  var special = false

  @Flag(help: "Print only how many texts, bytes and tokens there are.")
  var count = false

  @OptionGroup var models: ModelOptions

  @Flag(help: "Print one JSON object per text.")
  var json = false

  func validate() throws {
    guard [text != nil, file != nil, ids != nil].count(where: \.self) == 1 else {
      throw ValidationError("Give a text, a --file of texts or --ids, one of the three.")
    }
    guard !count || ids == nil else {
      throw ValidationError(
        "--count counts tokens of a text or a --file; --ids are tokens already.")
    }
  }

  func run() throws {
    let tokenizer = try tokenizer()
    if let ids {
      try show(tokenizer.decode(ids.values), ids.values, tokenizer)
      return
    }
    let texts = try file.map { Array(try TextLines($0)) } ?? [text ?? ""]
    if count {
      try show(
        Counts(
          texts: texts.count, bytes: texts.reduce(0) { $0 + $1.utf8.count },
          tokens: texts.reduce(0) { $0 + encode($1, tokenizer).count }))
    } else {
      for text in texts { try show(text, encode(text, tokenizer), tokenizer) }
    }
  }

  private func tokenizer() throws -> BPETokenizer {
    let url = URL(fileURLWithPath: model)
    let isAlone = ["tokenizer.json", "vocab.json"].contains {
      FileManager.default.fileExists(atPath: url.appendingPathComponent($0).path)
    }
    let isFile =
      url.pathExtension == "json" && FileManager.default.fileExists(atPath: url.path)
    return try BPETokenizer.load(from: isAlone || isFile ? url : models.find(model).url)
  }

  private func encode(_ text: String, _ tokenizer: BPETokenizer) -> [Int] {
    tokenizer.encode(text, recognizingSpecialTokens: special)
  }

  private func show(_ text: String, _ ids: [Int], _ tokenizer: BPETokenizer) throws {
    let pieces = try ids.map { try tokenizer.piece($0) }
    if json {
      print(try JSONText.line(Line(text, ids, pieces)))
    } else {
      let shown = zip(ids, pieces).map {
        "\($0) \(CompletionView.quoted(String(decoding: $1, as: UTF8.self)))"
      }
      print(self.ids == nil ? shown.joined(separator: "  ") : text)
    }
  }

  private func show(_ counts: Counts) throws {
    guard !json else {
      print(try JSONText.line(counts))
      return
    }
    let ratio = Double(counts.bytes) / Double(max(counts.tokens, 1))
    print(
      "texts: \(counts.texts), bytes: \(counts.bytes), tokens: \(counts.tokens),"
        + String(format: " bytes per token: %.2f", ratio))
  }

  /// How much there is.
  private struct Counts: Encodable {
    let texts, bytes, tokens: Int
  }

  /// What is printed for a text.
  struct Line: Encodable {
    let text: String
    let ids: [Int]
    /// The tokens' texts; a part of a character is U+FFFD.
    let pieces: [String]
    /// The bytes of tokens that are not UTF-8, in hexadecimal, in the places of the others `null`;
    /// absent where all are.
    let bytes: [String?]?

    init(_ text: String, _ ids: [Int], _ pieces: [[UInt8]]) {
      self.text = text
      self.ids = ids
      self.pieces = pieces.map { String(decoding: $0, as: UTF8.self) }
      let hexadecimal = pieces.map { piece in
        String(validating: piece, as: UTF8.self) == nil
          ? piece.map { String(format: "%02x", $0) }.joined() : nil
      }
      bytes = hexadecimal.allSatisfy { $0 == nil } ? nil : hexadecimal
    }
  }
}

/// The texts of a file: lines, or the `text` fields of JSON lines.
struct TextLines: Sequence {
  private let texts: [String]

  init(_ path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CommandFailure("\(path) cannot be read; check the path.")
    }
    guard let content = String(validating: data, as: UTF8.self) else {
      throw CommandFailure("\(path) is not UTF-8; convert it first.")
    }
    var lines = content.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
    if lines.last == "" { lines.removeLast() }
    texts = Self.fields(of: lines) ?? lines
  }

  /// The texts of JSON lines, each of which is an object; `nil` if one is not.
  ///
  /// A text that begins with a brace is not taken for one.
  private static func fields(of lines: [String]) -> [String]? {
    guard !lines.isEmpty else { return nil }
    var texts: [String] = []
    for line in lines {
      guard let object = try? JSONDecoder().decode(Object.self, from: Data(line.utf8)) else {
        return nil
      }
      texts.append(object.text)
    }
    return texts
  }

  private struct Object: Decodable {
    let text: String
  }

  func makeIterator() -> IndexingIterator<[String]> { texts.makeIterator() }
}
