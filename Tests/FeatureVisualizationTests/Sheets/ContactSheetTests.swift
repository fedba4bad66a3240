import PlumbFiles
import Testing

@testable import FeatureVisualization

@Suite("Contact sheets")
struct ContactSheetTests {
  @Test("Long captions are broken at spaces, and anywhere if there are none")
  func breaks() {
    #expect(ContactSheet.broken("mixed4a:476 + 0.3*tv", 12) == ["mixed4a:476", "+ 0.3*tv"])
    #expect(ContactSheet.broken("abcdefgh", 3) == ["abc", "def", "gh"])
    #expect(ContactSheet.broken("", 5) == [""])
    #expect(ContactSheet.broken("ab cd", 5) == ["ab cd"])
  }

  @Test("Small pictures are enlarged by whole factors, large ones made smaller")
  func fits() {
    let red = PixelImage(height: 2, width: 2, filledWith: [200, 0, 0])
    let blue = PixelImage(height: 90, width: 40, filledWith: [0, 0, 200])
    let sheet = ContactSheet([.init(red, caption: ["red"]), .init(blue)], side: 32).rendered()
    #expect(sheet.width == 8 + 2 * (32 + 8))
    let counts = [[200, 0, 0], [0, 0, 200]].map { color in
      (0..<sheet.height).reduce(0) { sum, y in
        sum
          + (0..<sheet.width).count { x in
            (0..<3).allSatisfy { sheet[y, x, $0] == UInt8(color[$0]) }
          }
      }
    }
    #expect(counts[0] == 32 * 32)
    #expect(counts[1] == 32 * 14)
  }

  @Test("Captions are written under their pictures")
  func writes() {
    let white = PixelImage(height: 16, width: 16, filledWith: [255, 255, 255])
    let plain = ContactSheet([.init(white)], side: 64).rendered()
    let captioned = ContactSheet([.init(white, caption: ["a:1", "b"])], side: 64).rendered()
    #expect(captioned.height == plain.height + 3 + 2 * PixelFont.lineHeight)
    let dark = captioned.pixels.count { $0 < 100 }
    // The letters have a few dozen pixels of three colors.
    #expect((60...200).contains(dark))
  }

  @Test("Every printable character has a shape of its own, others are boxes")
  func font() {
    func shape(_ character: Character) -> [Bool] {
      (0..<7).flatMap { row in
        (0..<5).map { PixelFont.isSet(character, row: row, column: $0) }
      }
    }
    let shapes = (32...126).compactMap { UnicodeScalar($0).map { shape(Character($0)) } }
    #expect(shapes.count == 95)
    #expect(Set(shapes).count == 95)
    #expect(shape("é") == shape("日"))
    #expect(shape(" ").allSatisfy { !$0 })
  }

  @Test("An empty sheet is a picture still")
  func empty() {
    #expect(ContactSheet([], side: 32).rendered().height >= 1)
  }
}
