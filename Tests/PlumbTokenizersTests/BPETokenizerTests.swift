import Foundation
import TemporaryFolders
import Testing

@testable import PlumbTokenizers

@Suite("Tokenizer families")
struct TokenizerFamilyTests {
  struct Example: CustomTestStringConvertible, Sendable {
    var text: String
    /// Special tokens recognized.
    var ids: [Int]
    /// Special tokens as ordinary text; nil for the same ids.
    var plainIDs: [Int]?

    init(_ text: String, _ ids: [Int], plain: [Int]? = nil) {
      self.text = text
      self.ids = ids
      plainIDs = plain
    }

    var testDescription: String { text.debugDescription }
  }

  // All ids below are those of Hugging Face `tokenizers` 0.23.3 for the same tokenizer.json.
  private static let endOfText = [27, 91, 68, 77, 67, 78, 69, 83, 68, 87, 83, 91, 29]

  private func check(_ example: Example, _ fixture: TokenizerFixture) throws {
    let tokenizer = try fixture.tokenizer()
    #expect(tokenizer.encode(example.text, recognizingSpecialTokens: true) == example.ids)
    #expect(tokenizer.encode(example.text) == example.plainIDs ?? example.ids)
  }

  @Test(
    "GPT-NeoX composes characters and has added tokens for runs of spaces",
    arguments: [
      Example("hello world", [259, 264]),
      Example("hello   world    hello", [259, 278, 86, 261, 263, 277, 259]),
      Example("e\u{301} = \u{E9}", [267, 220, 28, 220, 267]),
      Example(
        "<|endoftext|>hello<|endoftext|>", [276, 259, 276], plain: endOfText + [259] + endOfText),
      Example("     hello", [277, 271]),
      Example("It's\n\nIT'S 12345", [40, 83, 274, 198, 198, 40, 51, 6, 50, 220, 266, 19, 20]),
      Example("\u{AC00}\u{11A8} \u{212B}", [166, 108, 223, 220, 127, 227]),
      Example(
        "x  <|endoftext|>  y", [87, 279, 276, 279, 88], plain: [87, 279] + endOfText + [279, 88]),
    ])
  func neoX(example: Example) throws {
    try check(example, .neoX)
  }

  @Test(
    "Qwen2 composes characters and takes each digit by itself",
    arguments: [
      Example("hello world", [259, 264]),
      Example("IT'S it's 12345", [40, 51, 6, 50, 220, 72, 83, 274, 220, 16, 17, 18, 19, 20]),
      Example("e\u{301}!", [267, 0]),
      Example("a\n\n  hello\n", [64, 269, 220, 271, 198]),
      Example(
        "<|im_start|>hello\n<|im_end|>", [277, 259, 198, 278],
        plain: [
          27, 91, 72, 76, 62, 82, 83, 64, 81, 83, 91, 29, 259, 198, 27, 91, 72, 76, 62, 68, 77, 67,
          91, 29,
        ]),
      Example("\thello (hello)\n\n", [197, 259, 220, 7, 259, 8, 269]),
      Example("'\u{17F}o", [6, 129, 123, 78]),
    ])
  func qwen2(example: Example) throws {
    try check(example, .qwen2)
  }

  @Test(
    "Llama-3 takes digits by threes and whole pieces without merging",
    arguments: [
      Example("hello world", [259, 264]),
      Example(
        "IT'S it's 12345678", [40, 51, 6, 50, 220, 72, 83, 274, 220, 266, 19, 20, 21, 22, 23]),
      Example("  hello\r\n\r\n world  ", [220, 271, 201, 198, 201, 198, 264, 268]),
      Example("e\u{301}", [68, 136, 223]),
      Example(" surprise", [276]),
      Example(
        "<|begin_of_text|> surprised<|end_of_text|>",
        [277, 220, 82, 84, 81, 79, 81, 72, 82, 68, 67, 278],
        plain: [
          27, 91, 65, 68, 70, 72, 77, 62, 78, 69, 62, 83, 68, 87, 83, 91, 29, 220, 82, 84, 81, 79,
          81, 72, 82, 68, 67, 27, 91, 68, 77, 67, 62, 78, 69, 62, 83, 68, 87, 83, 91, 29,
        ]),
      Example("!!!\n\nhello", [0, 0, 0, 269, 259]),
    ])
  func llama3(example: Example) throws {
    try check(example, .llama3)
  }

  @Test(
    "A prefix space goes before a text that has none",
    arguments: [
      Example("hello world", [271, 264]),
      Example(" hello", [271]),
      Example("", []),
      Example("<|endoftext|>hello", [276, 271], plain: [220] + endOfText + [259]),
      Example("\nhello", [220, 198, 259]),
    ])
  func prefixSpace(example: Example) throws {
    try check(example, .prefixed)
  }

  @Test("Llama-3's begin of text is known and never added")
  func beginOfText() throws {
    let tokenizer = try TokenizerFixture.llama3.tokenizer()
    #expect(tokenizer.beginOfText == 277)
    #expect(tokenizer.endOfText == 278)
    #expect(tokenizer.encode("hello", recognizingSpecialTokens: true) == [259])
    #expect(tokenizer.vocabularySize == 279)
  }

  @Test("A prompt gets the token that begins a text; an empty one is the start of a document")
  func prompts() throws {
    let tokenizer = try TokenizerFixture.llama3.tokenizer()
    #expect(tokenizer.encode(prompt: "hello") == [277, 259])
    #expect(tokenizer.encode(prompt: "hello", addsBeginning: false) == [259])
    #expect(tokenizer.encode(prompt: "") == [277])
    #expect(tokenizer.encode(prompt: "", addsBeginning: false) == [278])
    let bytes = try BPETokenizer(pieces: (0...255).map { [UInt8($0)] }, merges: [])
    #expect(bytes.encode(prompt: "a") == [97])
    #expect(bytes.encode(prompt: "").isEmpty)
  }

  @Test("tokenizer_config.json names the end of text, as text or with settings")
  func endOfTextFromConfiguration() throws {
    for value in [#""<|im_end|>""#, #"{"content": "<|im_end|>", "lstrip": false}"#] {
      try withFolder { folder in
        try TokenizerFixture.qwen2.json.write(
          to: folder.appendingPathComponent("tokenizer.json"), atomically: true, encoding: .utf8)
        try #"{"eos_token": \#(value)}"#.write(
          to: folder.appendingPathComponent("tokenizer_config.json"), atomically: true,
          encoding: .utf8)
        #expect(try BPETokenizer.load(from: folder).endOfText == 278)
      }
    }
  }
}

@Suite("Encoding and decoding")
struct EncodingTests {
  static let fixtures: [TokenizerFixture] = [
    TokenizerFixture(), .neoX, .qwen2, .llama3, .prefixed,
  ]

  private func randomText(_ random: inout SeededGenerator) -> String {
    let parts = [
      "hello", " world", "aaaa", "'s", "12345", "\n\n", "  ", " ", "\u{E9}", "e\u{301}",
      "\u{4E2D}\u{6587}", "\u{1F468}\u{200D}\u{1F469}", "<|endoftext|>", "<|im_end|>", "!?",
      "\u{AC00}\u{11A8}", "\u{301}",
    ]
    return (0..<Int.random(in: 0...12, using: &random))
      .map { _ in parts.randomElement(using: &random) ?? "" }.joined()
  }

  @Test("Random bytes come back from their tokens", arguments: [1, 2, 3])
  func bytesRoundTrip(seed: UInt64) throws {
    var random = SeededGenerator(state: seed)
    for fixture in [TokenizerFixture(), .llama3] {
      let tokenizer = try fixture.tokenizer()
      for count in [0, 1, 2, 3, 17, 100, 1000] {
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        #expect(try tokenizer.decodeBytes(tokenizer.encode(utf8: bytes)) == bytes)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(try Array(tokenizer.decode(tokenizer.encode(text)).utf8) == Array(text.utf8))
      }
    }
  }

  @Test("Short and long pieces are merged alike")
  func arrayAndListAgree() throws {
    var random = SeededGenerator(state: 5)
    let tokenizer = try TokenizerFixture().tokenizer()
    for _ in 0..<300 {
      let bytes = (0..<Int.random(in: 1...PieceMerger.longestArray, using: &random)).map { _ in
        UInt8(ascii: ["h", "e", "l", "o", "a"].randomElement(using: &random) ?? "a")
      }
      // A second copy after a space makes the piece long enough for the list.
      let filler = [UInt8](repeating: UInt8(ascii: "!"), count: PieceMerger.longestArray)
      var short = PieceMerger()
      short.start(bytes.span, byteIDs: tokenizer.byteIDs)
      short.merge(with: tokenizer.merges)
      var long = PieceMerger()
      long.start((bytes + filler).span, byteIDs: tokenizer.byteIDs)
      long.merge(with: tokenizer.merges)
      #expect(short.symbols + filler.map { tokenizer.byteIDs[Int($0)] } == long.symbols)
      #expect(short.heapPops == 0)
    }
  }

  @Test("A megabyte of one letter takes work in proportion to its length")
  func linearWork() throws {
    let tokenizer = try TokenizerFixture().tokenizer()
    for letter in [UInt8(ascii: "a"), UInt8(ascii: "z")] {
      let bytes = [UInt8](repeating: letter, count: 1 << 20)
      var merger = PieceMerger()
      merger.start(bytes.span, byteIDs: tokenizer.byteIDs)
      merger.merge(with: tokenizer.merges)
      // One entry for each pair at first, and at most two more for each merge.
      #expect(merger.heapPops <= 3 * bytes.count)
      let ids = tokenizer.encode(utf8: bytes)
      #expect(ids.count == (letter == UInt8(ascii: "a") ? bytes.count / 4 : bytes.count))
    }
    for text in [" ", "\n", " \n", "'", "1", "\u{E9}"] {
      let long = String(repeating: text, count: 1 << 18)
      for fixture in [TokenizerFixture(), .neoX, .llama3] {
        let ids = try fixture.tokenizer().encode(long)
        #expect(!ids.isEmpty && ids.count <= long.utf8.count)
      }
    }
  }

  @Test("Offsets cover the text in order, and each token's bytes stand there", arguments: 0..<5)
  func offsets(fixture: Int) throws {
    let tokenizer = try Self.fixtures[fixture].tokenizer()
    var random = SeededGenerator(state: 21)
    for _ in 0..<300 {
      let text = randomText(&random)
      let bytes = Array(text.utf8)
      for recognizing in [false, true] {
        let tokens = tokenizer.encodeWithOffsets(text, recognizingSpecialTokens: recognizing)
        #expect(
          tokens.map(\.id) == tokenizer.encode(text, recognizingSpecialTokens: recognizing))
        var end = 0
        for token in tokens {
          #expect(token.utf8Range.lowerBound <= end, "\(text.debugDescription)")
          end = max(end, token.utf8Range.upperBound)
          if !tokenizer.configuration.composesCharacters,
            !tokenizer.configuration.addsPrefixSpace
          {
            #expect(try tokenizer.piece(token.id) == Array(bytes[token.utf8Range]))
          }
        }
        #expect(end == bytes.count)
      }
    }
  }

  @Test("Offsets of composed characters cover what they came from")
  func composedOffsets() throws {
    let tokens = try TokenizerFixture.qwen2.tokenizer().encodeWithOffsets("a e\u{301}!")
    #expect(tokens.map(\.utf8Range) == [0..<1, 1..<2, 2..<5, 5..<6])
    let prefixed = try TokenizerFixture.prefixed.tokenizer().encodeWithOffsets("\nhello world")
    #expect(prefixed.map(\.utf8Range) == [0..<0, 0..<1, 1..<6, 6..<12])
  }

  @Test("Streaming gives the same text, and never a part of a character", arguments: [1, 2, 3])
  func streaming(seed: UInt64) throws {
    var random = SeededGenerator(state: seed)
    let tokenizer = try TokenizerFixture().tokenizer()
    for _ in 0..<300 {
      let ids = (0..<Int.random(in: 0...10, using: &random)).map { _ in
        Int.random(in: 0..<tokenizer.vocabularySize, using: &random)
      }
      var decoder = StreamingDecoder(tokenizer)
      var text = ""
      for id in ids { text += try decoder.decode(id) }
      text += decoder.finish()
      #expect(try Array(text.utf8) == Array(tokenizer.decode(ids).utf8))
    }
    var decoder = StreamingDecoder(tokenizer)
    let family = "\u{1F468}\u{200D}\u{1F469}"
    let parts = try tokenizer.encode(family).map { try decoder.decode($0) }
    #expect(parts == ["", "", "", "\u{1F468}", "", "", "\u{200D}", "", "", "", "\u{1F469}"])
    #expect(decoder.finish() == "")
  }

  @Test("Special tokens can be left out of decoded text")
  func skipsSpecialTokens() throws {
    let tokenizer = try TokenizerFixture.neoX.tokenizer()
    let ids = tokenizer.encode("<|endoftext|>a    a", recognizingSpecialTokens: true)
    #expect(try tokenizer.decode(ids) == "<|endoftext|>a    a")
    #expect(try tokenizer.decode(ids, skippingSpecialTokens: true) == "a    a")
  }

  @Test("A byte without a token is dropped, or becomes the unknown token")
  func missingBytes() throws {
    // Three bytes only; the merge joins what the missing byte was between, as in Hugging Face.
    let pieces = ["a", "b", "ab", "?"].map { Array($0.utf8) }
    var tokenizer = try BPETokenizer(pieces: pieces, merges: [(left: 0, right: 1)])
    #expect(tokenizer.encode("axb") == [2])
    #expect(tokenizer.encodeWithOffsets("axbxa").map(\.utf8Range) == [0..<3, 4..<5])
    tokenizer = try BPETokenizer(
      pieces: pieces, merges: [(left: 0, right: 1)], configuration: .init(unknownToken: 3))
    #expect(tokenizer.encode("axbab") == [0, 3, 1, 2])
    #expect(tokenizer.encodeWithOffsets("axb").map(\.utf8Range) == [0..<1, 1..<2, 2..<3])
  }

  @Test("Many tasks may encode with one tokenizer at once")
  func concurrentUse() async throws {
    let tokenizer = try TokenizerFixture.qwen2.tokenizer()
    var random = SeededGenerator(state: 2)
    let texts = (0..<50).map { _ in randomText(&random) }
    let expected = texts.map { tokenizer.encode($0) }
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask { texts.map { tokenizer.encode($0) } == expected }
      }
      for await isEqual in group { #expect(isEqual) }
    }
  }

  @Test("Added tokens match at the leftmost place the longest, with their spaces and word limits")
  func addedTokens() throws {
    let added = [
      AddedToken(id: 256, content: "<m>", stripsLeft: true),
      AddedToken(id: 257, content: "<r>", stripsRight: true),
      AddedToken(id: 258, content: "<r>>", isSpecial: false),
      AddedToken(id: 259, content: "word", isSpecial: false, isWholeWord: true),
    ]
    let tokenizer = try BPETokenizer(
      pieces: (0...255).map { [UInt8($0)] }, merges: [], addedTokens: added)
    func pieces(_ text: String) -> [Range<Int>] {
      tokenizer.encodeWithOffsets(text, recognizingSpecialTokens: true)
        .filter { $0.id >= 256 }.map(\.utf8Range)
    }
    #expect(pieces("a \n<m> b") == [1..<6])
    #expect(pieces("a <r> \nb") == [2..<7])
    #expect(pieces("<r>>") == [0..<4])
    #expect(pieces("word words sword \u{E9}word word") == [0..<4, 24..<28])
    #expect(tokenizer.encode("<r>>").last == 258)
    #expect(tokenizer.encode("<m>") == [60, 109, 62])
  }
}

extension TokenizerFixture {
  func tokenizer() throws -> BPETokenizer {
    try withFolder { folder in
      let file = folder.appendingPathComponent("tokenizer.json")
      try json.write(to: file, atomically: true, encoding: .utf8)
      return try BPETokenizer.load(from: folder)
    }
  }
}
