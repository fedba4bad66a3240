import Foundation
import Testing

@testable import PlumbTokenizers

@Suite("Normalization form C")
struct ComposedTextTests {
  private func scalars(_ bytes: [UInt8]) -> [UInt32] {
    String(decoding: bytes, as: UTF8.self).unicodeScalars.map(\.value)
  }

  @Test("Composes, reorders and replaces as the Unicode Standard's examples do")
  func composes() {
    // Unicode Standard Annex 15, figures 3 to 6; the Hangul rules are in the standard, 3.12.
    let examples: [(String, [UInt32])] = [
      ("\u{212B}", [0xC5]), ("\u{2126}", [0x3A9]), ("A\u{30A}", [0xC5]), ("o\u{302}", [0xF4]),
      ("s\u{323}\u{307}", [0x1E69]), ("d\u{307}\u{323}", [0x1E0D, 0x307]),
      ("q\u{307}\u{323}", [0x71, 0x323, 0x307]), ("\u{FB01}", [0xFB01]),
      ("\u{958}", [0x915, 0x93C]), ("\u{1100}\u{1161}\u{11A8}", [0xAC01]),
      ("\u{AC00}\u{11A8}", [0xAC01]), ("\u{301}", [0x301]), ("", []),
    ]
    for (text, expected) in examples {
      #expect(scalars(ComposedText(Array(text.utf8).span).bytes) == expected)
    }
  }

  @Test("Treats as settled only scalars that never change and never join the one before")
  func settledScalarsStand() {
    let classes = ScalarClasses.shared
    var joining: Set<UInt32> = []
    for value in UInt32(0)..<0x11_0000 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let properties = scalar.properties
      // The table is of Unicode 17; the system may know later scalars, or only earlier ones.
      guard let age = properties.age, age.major <= 17, properties.generalCategory != .privateUse
      else { continue }
      if !properties.isFullCompositionExclusion {
        let decomposed = String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars
        joining.formUnion(decomposed.dropFirst().map(\.value))
      }
      let mustBeUnsettled =
        properties.isFullCompositionExclusion
        || properties.canonicalCombiningClass != .notReordered
      if mustBeUnsettled, !classes.isUnsettled(value) {
        Issue.record("U+\(String(value, radix: 16)) is not settled")
      }
    }
    for value in joining where !classes.isUnsettled(value) {
      Issue.record("U+\(String(value, radix: 16)) joins the scalar before it")
    }
  }

  @Test("Normalizes random text as Foundation does the whole of it")
  func matchesFoundation() {
    var random = SeededGenerator(state: 7)
    let alphabet = Array(
      "aeq \u{E9}\u{301}\u{323}\u{307}\u{1100}\u{1161}\u{11A8}\u{AC00}\u{958}\u{212B}\u{9C7}\u{9BE}\u{4E2D}\u{1D15E}"
        .unicodeScalars)
    for _ in 0..<3000 {
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0...12, using: &random) {
        text.append(alphabet.randomElement(using: &random) ?? "a")
      }
      let source = String(text)
      let expected = source.decomposedStringWithCanonicalMapping
        .precomposedStringWithCanonicalMapping
      #expect(ComposedText(Array(source.utf8).span).bytes == Array(expected.utf8))
      let isNeeded = ComposedText.isNeeded(for: Array(source.utf8).span)
      #expect(isNeeded || Array(expected.utf8) == Array(source.utf8))
    }
  }

  @Test("Knows where composed bytes came from")
  func mapsRanges() {
    // "x", e and an acute accent of 2 bytes, "y": 5 bytes become 4.
    let text = ComposedText(Array("xe\u{301}y".utf8).span)
    #expect(text.bytes == Array("x\u{E9}y".utf8))
    #expect(text.sourceRange(of: 0..<1) == 0..<1)
    #expect(text.sourceRange(of: 1..<3) == 1..<4)
    #expect(text.sourceRange(of: 1..<2) == 1..<4)
    #expect(text.sourceRange(of: 2..<3) == 1..<4)
    #expect(text.sourceRange(of: 3..<4) == 4..<5)
    #expect(text.sourceRange(of: 0..<4) == 0..<5)
  }
}
