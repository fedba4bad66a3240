import Foundation
import Goldens
import PlumbTokenizers
import Testing

/// What `golden/tokenizer/README.md` describes; transformers 5 wrote it.
private struct GoldenCases: Decodable {
  struct Case: Decodable {
    var text: String
    var ids: [Int]
    var ids_with_special: [Int]?
  }

  struct DecodeCase: Decodable {
    var ids: [Int]
    var bytes_hex: String
    var text_replace: String
  }

  var cases: [Case]
  var decode_cases: [DecodeCase]
}

private enum GPT2Files {
  static let tokenizer = "data/gpt2_bpe"
  static let cases = "golden/tokenizer/gpt2_cases.json"
  static var arePresent: Bool { SharedFiles.has(tokenizer) && SharedFiles.has(cases) }
}

@Suite(
  "GPT-2's tokenizer",
  .enabled(if: GPT2Files.arePresent, "\(SharedFiles.reason)"))
struct GPT2GoldenTests {
  let tokenizer: BPETokenizer
  private let golden: GoldenCases

  init() throws {
    tokenizer = try BPETokenizer.load(from: SharedFiles.url(GPT2Files.tokenizer))
    golden = try JSONDecoder().decode(
      GoldenCases.self, from: Data(contentsOf: SharedFiles.url(GPT2Files.cases)))
  }

  @Test("Encodes every golden text to the golden ids")
  func encodes() {
    #expect(golden.cases.count > 1900)
    for item in golden.cases {
      #expect(tokenizer.encode(item.text) == item.ids, "\(item.text.debugDescription)")
    }
  }

  @Test("Recognizes the end of text where it is asked to, as the golden ids do")
  func encodesSpecialTokens() {
    for item in golden.cases {
      let ids = tokenizer.encode(item.text, recognizingSpecialTokens: true)
      #expect(ids == item.ids_with_special ?? item.ids, "\(item.text.debugDescription)")
    }
  }

  @Test("Decodes every golden text back to its scalars")
  func decodes() throws {
    for item in golden.cases {
      // Swift compares strings by canonical equivalence, which would hide a difference.
      #expect(try Array(tokenizer.decode(item.ids).utf8) == Array(item.text.utf8))
    }
  }

  @Test("Decodes ids that are not valid UTF-8 to the golden bytes and replacements")
  func decodesInvalidUTF8() throws {
    #expect(golden.decode_cases.count == 150)
    for item in golden.decode_cases {
      let hex = try tokenizer.decodeBytes(item.ids).map { byte in
        String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
      }
      #expect(hex.joined() == item.bytes_hex)
      #expect(try Array(tokenizer.decode(item.ids).utf8) == Array(item.text_replace.utf8))
    }
  }

  @Test("Says how many tokens there are and which ends a text")
  func properties() throws {
    #expect(tokenizer.vocabularySize == 50257)
    #expect(tokenizer.endOfText == 50256)
    #expect(tokenizer.beginOfText == nil)
    #expect(try tokenizer.piece(262) == Array(" the".utf8))
    #expect(tokenizer.id(of: " the") == 262)
  }
}
