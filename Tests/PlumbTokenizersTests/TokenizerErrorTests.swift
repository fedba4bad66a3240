import Foundation
import PlumbTokenizers
import TemporaryFolders
import Testing

@Suite("Tokenizer errors")
struct TokenizerErrorTests {
  /// Writes files, loads the folder, and returns the message with the folder's path as `FOLDER`.
  private func message(loading files: [String: String]) throws -> String {
    try message(loading: files.mapValues { Array($0.utf8) })
  }

  private func message(loading files: [String: [UInt8]]) throws -> String {
    try withFolder { folder in
      for (name, bytes) in files {
        try Data(bytes).write(to: folder.appendingPathComponent(name))
      }
      do {
        _ = try BPETokenizer.load(from: folder)
        return "no error"
      } catch {
        return "\(error)".replacing(folder.path, with: "FOLDER")
      }
    }
  }

  private func message(_ change: (inout TokenizerFixture) -> Void) throws -> String {
    var fixture = TokenizerFixture()
    change(&fixture)
    return try message(loading: ["tokenizer.json": fixture.json])
  }

  @Test("A missing file or folder is named")
  func missingFiles() throws {
    #expect(
      try message(loading: [:] as [String: String])
        == "FOLDER has no tokenizer: it needs tokenizer.json, or vocab.json and merges.txt.")
    #expect(
      try message(loading: ["vocab.json": "{}"]) == "There is no file at FOLDER/merges.txt.")
    #expect(
      try message(loading: ["merges.txt": ""]) == "There is no file at FOLDER/vocab.json.")
  }

  @Test("Malformed JSON is an error with its line")
  func malformedJSON() throws {
    let cases: [(String, String)] = [
      ("", "line 1: an object was expected."),
      ("{\"a\": 1,\n\"b\" 2}", "line 2: ':' after a key was expected."),
      ("{\"a\": 1\n\n\"b\": 2}", "line 3: ',' or '}' was expected."),
      ("{\"a\": 1,}", "line 1: a string was expected."),
      ("{\"a\": x}", "line 1: a whole number was expected."),
      ("{\"a\": 1.5}", "line 1: a whole number was expected."),
      ("{\"a", "line 1: a string has no end."),
      ("{\"a\n\": 1}", "line 1: a string holds a control character that is not escaped."),
      ("{\"\\q\": 1}", "line 1: a string holds an unknown escape."),
      ("{\"\\u12g4\": 1}", "line 1: \\u needs four hexadecimal digits."),
      ("{\"\\ud800\": 1}", "line 1: half of a surrogate pair is missing."),
      ("{\"a\": 1}\n{", "line 2: the file goes on after its value."),
    ]
    for (text, expected) in cases {
      #expect(
        try message(loading: ["vocab.json": text, "merges.txt": ""])
          == "FOLDER/vocab.json, " + expected)
    }
    let nested = String(repeating: "[", count: 300)
    #expect(
      try message(loading: ["tokenizer.json": "{\"x\": \(nested)"])
        == "FOLDER/tokenizer.json, line 1: values are nested too deeply.")
    #expect(
      try message(loading: ["tokenizer.json": "{\"x\": tru}"])
        == "FOLDER/tokenizer.json, line 1: a value was expected.")
    #expect(
      try message(loading: ["tokenizer.json": "{}"])
        == "FOLDER/tokenizer.json, line 1: there is no 'model'.")
  }

  @Test("A malformed merge is an error with its line")
  func malformedMerges() throws {
    for merge in ["ab", "a b c", "a ", "a  b"] {
      #expect(
        try message(loading: [
          "vocab.json": #"{"a": 0, "b": 1, "ab": 2}"#,
          "merges.txt": "#version: 0.2\na b\n\(merge)\n",
        ])
          == "FOLDER/merges.txt, line 3: a merge is two pieces with one space between them, not '\(merge)'."
      )
    }
  }

  @Test("A merge that names or makes a piece that is not there is an error with its line")
  func unknownPieces() throws {
    let vocabulary = #"{"a": 0, "b": 1, "ab": 2}"#
    #expect(
      try message(loading: ["vocab.json": vocabulary, "merges.txt": "a b\na Ġc\n"])
        == "FOLDER/merges.txt, line 2: the merge 'a Ġc' needs 'Ġc', which is not in the vocabulary."
    )
    #expect(
      try message(loading: ["vocab.json": vocabulary, "merges.txt": "a b\r\nb a\r\n"])
        == "FOLDER/merges.txt, line 2: the merge 'b a' needs 'ba', which is not in the vocabulary.")
    var fixture = TokenizerFixture()
    let line = 1 + fixture.json.split(separator: "\n", omittingEmptySubsequences: false).count
    fixture.merges.append("h q")
    let vocabularyWithout = fixture.json.replacing("\"hq\": 276,\n", with: "").replacing(
      "\"hq\": 276}", with: "\"<none>\": 276}")
    #expect(
      try message(loading: ["tokenizer.json": vocabularyWithout])
        == "FOLDER/tokenizer.json, line \(line + 1): the merge 'h q' needs 'hq', which is not in the vocabulary."
    )
  }

  @Test("Two pieces with one id, and one piece twice, are errors")
  func duplicates() throws {
    #expect(
      try message(loading: ["vocab.json": #"{"a": 0, "Ġb": 0}"#, "merges.txt": ""])
        == "FOLDER/vocab.json gives id 0 to both 'a' and 'Ġb'.")
    #expect(
      try message(loading: ["vocab.json": #"{"Ġa": 0, "\u0120a": 1}"#, "merges.txt": ""])
        == "FOLDER/vocab.json has the piece 'Ġa' twice.")
    #expect(
      try message(loading: ["vocab.json": #"{"a": 99999999}"#, "merges.txt": ""])
        == "FOLDER/vocab.json asks for the token id '99999999', which byte-level BPE here does not support."
    )
  }

  @Test("A file that is not UTF-8 is an error with the offset")
  func invalidUTF8() throws {
    #expect(
      try message(loading: [
        "vocab.json": Array("{}".utf8), "merges.txt": [0x61, 0xE9, 0x20, 0x62],
      ])
        == "FOLDER/merges.txt is not valid UTF-8: no character can have the byte at offset 1.")
    try withFolder { folder in
      let file = folder.appendingPathComponent("text.txt")
      try Data([0x61, 0x62, 0xFF]).write(to: file)
      var trainer = try BPETrainer()
      #expect(throws: TokenizerError.invalidUTF8(file: file.path, offset: 2)) {
        try trainer.add(contentsOf: file)
      }
    }
  }

  @Test("An unknown pattern or part is named")
  func unsupportedParts() throws {
    #expect(
      try message { $0.preTokenizer = TokenizerFixture.sequence(#"\\w+|\\s"#) }
        == #"FOLDER/tokenizer.json splits text by the pattern \w+|\s, which is not built in; GPT-2's, Llama-3's and Qwen2's are."#
    )
    let end = "', which byte-level BPE here does not support."
    #expect(
      try message { $0.normalizer = #"{"type": "NFKC"}"# }
        == "FOLDER/tokenizer.json asks for the normalizer 'NFKC" + end)
    #expect(
      try message { $0.preTokenizer = #"{"type": "Metaspace"}"# }
        == "FOLDER/tokenizer.json asks for the pre-tokenizer 'Metaspace" + end)
    #expect(
      try message { $0.preTokenizer = "null" }
        == "FOLDER/tokenizer.json asks for the pre-tokenizer 'null" + end)
    let json = TokenizerFixture().json
    for (change, part) in [
      (("\"BPE\"", "\"WordPiece\""), "model 'WordPiece"),
      (("\"byte_fallback\": false", "\"byte_fallback\": true"), "byte_fallback 'true"),
      (
        ("\"end_of_word_suffix\": null", "\"end_of_word_suffix\": \"</w>\""),
        "end_of_word_suffix '</w>"
      ),
    ] {
      #expect(
        try message(loading: ["tokenizer.json": json.replacing(change.0, with: change.1)])
          == "FOLDER/tokenizer.json asks for the " + part + end)
    }
  }

  @Test("An id without a token is an error that says which ids there are")
  func unknownIDs() throws {
    let tokenizer = try TokenizerFixture().tokenizer()
    #expect(throws: TokenizerError.unknownID(id: 277, last: 276)) { try tokenizer.piece(277) }
    #expect(throws: TokenizerError.unknownID(id: -1, last: 276)) { try tokenizer.decode([5, -1]) }
    var decoder = StreamingDecoder(tokenizer)
    #expect(throws: TokenizerError.unknownID(id: 300, last: 276)) { try decoder.decode(300) }
    #expect(
      TokenizerError.unknownID(id: 277, last: 276).description
        == "No token has id 277; the last id is 276.")
  }

  @Test("A vocabulary too small for the bytes is refused")
  func smallVocabulary() {
    #expect(throws: TokenizerError.vocabularyTooSmall(size: 256)) {
      try BPETrainer(vocabularySize: 256)
    }
    #expect(
      TokenizerError.vocabularyTooSmall(size: 256).description
        == "A vocabulary of 256 is too small: 256 bytes and the end of text need at least 257.")
  }

  @Test("A file that cannot be used is named with the reason")
  func unusableFile() {
    #expect(
      TokenizerError.unusableFile(path: "a/b", reason: "the disk is full").description
        == "a/b cannot be used: the disk is full.")
  }
}
