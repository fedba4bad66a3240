import Testing

@testable import PlumbTokenizers

@Suite("Split patterns")
struct SplitPatternTests {
  struct Split: CustomTestStringConvertible, Sendable {
    var text: String
    var gpt2: [String]
    var llama3: [String]
    var qwen2: [String]

    init(_ text: String, gpt2: [String], llama3: [String], qwen2: [String]) {
      self.text = text
      self.gpt2 = gpt2
      self.llama3 = llama3
      self.qwen2 = qwen2
    }

    var testDescription: String { text.debugDescription }
  }

  // The pieces are those of Hugging Face `tokenizers` 0.23.3, pre-tokenizer Split, "isolated".
  static let splits: [Split] = [
    Split(
      "Hello, world!",
      gpt2: ["Hello", ",", " world", "!"],
      llama3: ["Hello", ",", " world", "!"],
      qwen2: ["Hello", ",", " world", "!"]),
    Split(
      "   lead",
      gpt2: ["  ", " lead"],
      llama3: ["  ", " lead"],
      qwen2: ["  ", " lead"]),
    Split(
      "a  b   ",
      gpt2: ["a", " ", " b", "   "],
      llama3: ["a", " ", " b", "   "],
      qwen2: ["a", " ", " b", "   "]),
    Split(
      "\n\n",
      gpt2: ["\n\n"],
      llama3: ["\n\n"],
      qwen2: ["\n\n"]),
    Split(
      "a\n\n  b",
      gpt2: ["a", "\n\n ", " b"],
      llama3: ["a", "\n\n", " ", " b"],
      qwen2: ["a", "\n\n", " ", " b"]),
    Split(
      "don't DON'T y'all'd've",
      gpt2: ["don", "'t", " DON", "'", "T", " y", "'", "all", "'d", "'ve"],
      llama3: ["don", "'t", " DON", "'T", " y", "'all", "'d", "'ve"],
      qwen2: ["don", "'t", " DON", "'T", " y", "'all", "'d", "'ve"]),
    Split(
      "x'\u{17F}y",
      gpt2: ["x", "'", "\u{17F}y"],
      llama3: ["x", "'\u{17F}", "y"],
      qwen2: ["x", "'\u{17F}", "y"]),
    Split(
      "1234567 \u{BD}\u{2167}",
      gpt2: ["1234567", " \u{BD}\u{2167}"],
      llama3: ["123", "456", "7", " ", "\u{BD}\u{2167}"],
      qwen2: ["1", "2", "3", "4", "5", "6", "7", " ", "\u{BD}", "\u{2167}"]),
    Split(
      "  1234",
      gpt2: [" ", " 1234"],
      llama3: [" ", " ", "123", "4"],
      qwen2: [" ", " ", "1", "2", "3", "4"]),
    Split(
      "a\r\nb\r\n\r\n",
      gpt2: ["a", "\r", "\n", "b", "\r\n\r\n"],
      llama3: ["a", "\r\n", "b", "\r\n\r\n"],
      qwen2: ["a", "\r\n", "b", "\r\n\r\n"]),
    Split(
      "foo_bar(x, y);\n\n",
      gpt2: ["foo", "_", "bar", "(", "x", ",", " y", ");", "\n\n"],
      llama3: ["foo", "_bar", "(x", ",", " y", ");\n\n"],
      qwen2: ["foo", "_bar", "(x", ",", " y", ");\n\n"]),
    Split(
      "\u{A0}x\u{3000}y",
      gpt2: ["\u{A0}", "x", "\u{3000}", "y"],
      llama3: ["\u{A0}x", "\u{3000}y"],
      qwen2: ["\u{A0}x", "\u{3000}y"]),
    Split(
      "\t\tif x:\n\t\t\treturn",
      gpt2: ["\t", "\t", "if", " x", ":", "\n\t\t", "\t", "return"],
      llama3: ["\t", "\tif", " x", ":\n", "\t\t", "\treturn"],
      qwen2: ["\t", "\tif", " x", ":\n", "\t\t", "\treturn"]),
    Split(
      "na\u{EF}ve e\u{301}",
      gpt2: ["na\u{EF}ve", " e", "\u{301}"],
      llama3: ["na\u{EF}ve", " e", "\u{301}"],
      qwen2: ["na\u{EF}ve", " e", "\u{301}"]),
    Split(
      "\u{4F60}\u{597D}\u{FF0C}\u{4E16}\u{754C}",
      gpt2: ["\u{4F60}\u{597D}", "\u{FF0C}", "\u{4E16}\u{754C}"],
      llama3: ["\u{4F60}\u{597D}", "\u{FF0C}\u{4E16}\u{754C}"],
      qwen2: ["\u{4F60}\u{597D}", "\u{FF0C}\u{4E16}\u{754C}"]),
    Split(
      "\u{1F600}\u{1F44D}\u{1F3FD} ok",
      gpt2: ["\u{1F600}\u{1F44D}\u{1F3FD}", " ok"],
      llama3: ["\u{1F600}\u{1F44D}\u{1F3FD}", " ok"],
      qwen2: ["\u{1F600}\u{1F44D}\u{1F3FD}", " ok"]),
    Split(
      "'ll 'LL '",
      gpt2: ["'ll", " '", "LL", " '"],
      llama3: ["'ll", " '", "LL", " '"],
      qwen2: ["'ll", " '", "LL", " '"]),
    Split(
      "\u{301}a \u{301}b",
      gpt2: ["\u{301}", "a", " \u{301}", "b"],
      llama3: ["\u{301}a", " \u{301}", "b"],
      qwen2: ["\u{301}a", " \u{301}", "b"]),
    Split(
      "  \n  \n x",
      gpt2: ["  \n  \n", " x"],
      llama3: ["  \n  \n", " x"],
      qwen2: ["  \n  \n", " x"]),
    Split(
      "!?\n?!",
      gpt2: ["!?", "\n", "?!"],
      llama3: ["!?\n", "?!"],
      qwen2: ["!?\n", "?!"]),
    Split(
      " '",
      gpt2: [" '"],
      llama3: [" '"],
      qwen2: [" '"]),
    Split(
      "$a $1 $",
      gpt2: ["$", "a", " $", "1", " $"],
      llama3: ["$a", " $", "1", " $"],
      qwen2: ["$a", " $", "1", " $"]),
  ]

  private func pieces(of text: String, _ pattern: SplitPattern) -> [[UInt8]] {
    let bytes = Array(text.utf8)
    let splitter = Splitter(pattern)
    var pieces: [[UInt8]] = []
    var start = 0
    while start < bytes.count {
      let end = splitter.end(from: start, in: bytes.span)
      pieces.append(Array(bytes[start..<end]))
      start = end
    }
    return pieces
  }

  @Test("Cut text as the regular expressions do", arguments: splits)
  func matchesRegularExpressions(split: Split) {
    // As bytes: Swift's own comparison takes "e\u{301}" and "\u{E9}" for equal.
    #expect(pieces(of: split.text, .gpt2) == split.gpt2.map { Array($0.utf8) })
    #expect(pieces(of: split.text, .llama3) == split.llama3.map { Array($0.utf8) })
    #expect(pieces(of: split.text, .qwen2) == split.qwen2.map { Array($0.utf8) })
    #expect(pieces(of: split.text, .whole) == [Array(split.text.utf8)])
  }

  @Test("Are found by their regular expression, and by no other")
  func areFoundByExpression() {
    for pattern in SplitPattern.allCases {
      guard let expression = pattern.regularExpression else { continue }
      #expect(SplitPattern(regularExpression: expression) == pattern)
    }
    #expect(SplitPattern(regularExpression: #"\p{L}+"#) == nil)
  }

  @Test("Keep every byte, valid UTF-8 or not", arguments: SplitPattern.allCases)
  func keepsBytes(pattern: SplitPattern) {
    var random = SeededGenerator(state: 11)
    let alphabet =
      Array("a1 \n\r'sS!\u{E9}\u{3000}\u{1F600}".utf8) + [0xC3, 0xFF, 0x80, 0xED, 0xF0]
    for _ in 0..<500 {
      let bytes = (0..<Int.random(in: 1...40, using: &random)).map { _ in
        alphabet.randomElement(using: &random) ?? 0
      }
      let splitter = Splitter(pattern)
      var start = 0
      while start < bytes.count {
        let end = splitter.end(from: start, in: bytes.span)
        #expect(end > start && end <= bytes.count)
        start = end
      }
    }
  }
}

@Suite("Unicode classes")
struct ScalarClassesTests {
  // The Unicode version of the table; the standard library may know later scalars.
  static let version = (major: 16, minor: 0)

  private func isInTable(_ scalar: Unicode.Scalar) -> Bool {
    guard let age = scalar.properties.age else { return false }
    return (age.major, age.minor) <= Self.version
  }

  @Test("Are those of the standard library for every scalar of Unicode 16")
  func matchesStandardLibrary() {
    let classes = ScalarClasses.shared
    for value in UInt32(0)..<0x11_0000 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let properties = scalar.properties
      var expected = ScalarClass.other
      if isInTable(scalar) {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
          expected = .letter
        case .decimalNumber, .letterNumber, .otherNumber: expected = .number
        default: if properties.isWhitespace { expected = .space }
        }
      }
      // One expectation for a million scalars would be slow to record.
      if classes.scalarClass(of: value) != expected {
        Issue.record("U+\(String(value, radix: 16)) is not \(expected)")
      }
    }
  }

  @Test("Decode UTF-8 as strictly as String does")
  func decodesStrictly() {
    var random = SeededGenerator(state: 3)
    let bytes: [UInt8] = [0x41, 0x7F, 0x80, 0xBF, 0xC0, 0xC2, 0xDF, 0xE0, 0xA0, 0x9F, 0xED, 0xEF]
    let more: [UInt8] = [0xF0, 0x90, 0x8F, 0xF4, 0xF5, 0xFF]
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 1...6, using: &random)).map { _ in
        (bytes + more).randomElement(using: &random) ?? 0
      }
      let isValid = String(validating: text, as: UTF8.self) != nil
      #expect((UTF8Scalar.firstInvalidOffset(in: text.span) == nil) == isValid, "\(text)")
    }
  }
}
