import Foundation
import Goldens
import TemporaryFolders
import Testing

@testable import PlumbFiles

/// The pixels that Pillow decoded, see `make_images.py`.
private func expected(_ name: String) throws -> PixelImage {
  let bytes = [UInt8](try Fixtures.data(name + ".rgb"))
  let sizes = [0, 2, 4].map { Int(bytes[$0]) + Int(bytes[$0 + 1]) << 8 }
  return PixelImage(
    height: sizes[0], width: sizes[1], channels: sizes[2], pixels: Array(bytes.dropFirst(6)))
}

private func largestDifference(_ a: PixelImage, _ b: PixelImage) -> Int {
  guard (a.height, a.width, a.channels) == (b.height, b.width, b.channels) else { return 256 }
  return zip(a.pixels, b.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
}

private func picture(_ height: Int, _ width: Int, _ channels: Int, seed: UInt64 = 5) -> PixelImage {
  var generator = SeededGenerator(state: seed)
  return PixelImage(
    height: height, width: width, channels: channels,
    pixels: (0..<height * width * channels).map { _ in .random(in: 0...255, using: &generator) })
}

@Suite("Pictures from files")
struct ImageFileTests {
  @Test(
    "A PNG of any kind becomes 8-bit RGB or RGBA, exactly as Pillow decodes it",
    arguments: [
      "palette", "rgba", "gray-alpha", "one-bit", "sixteen", "gray-key",
    ])
  func png(name: String) throws {
    let image = try ImageFile.read(Fixtures.path(name + ".png"))
    #expect(image == (try expected(name)))
  }

  @Test(
    "A JPEG, also gray or progressive, is decoded as Pillow does",
    arguments: [
      "color", "color-444-progressive", "gray",
    ])
  func jpeg(name: String) throws {
    // The same algorithm in another version of libjpeg-turbo; 1 is for its other vector code.
    #expect(
      largestDifference(try ImageFile.read(Fixtures.path(name + ".jpg")), try expected(name)) <= 1)
  }

  @Test("What cannot be decoded is refused in one sentence")
  func refused() throws {
    #expect(
      message { _ = try ImageFile.decode(try Fixtures.data("cmyk.jpg"), name: "F") }
        == "F has CMYK colors, which are for printing; convert it to RGB.")
    #expect(
      message { _ = try ImageFile.decode(Data("GIF89a".utf8), name: "F") }
        == "F is neither a JPEG nor a PNG; convert it to one of them.")
    #expect(
      message { _ = try ImageFile.decode(try Fixtures.data("color.jpg").dropLast(60), name: "F") }
        == "F is a damaged JPEG (Premature end of JPEG file); copy or export it again.")
    #expect(
      message { _ = try ImageFile.decode(try Fixtures.data("rgba.png").dropLast(20), name: "F") }
        == "F is a damaged PNG (the data end too early); copy or export it again.")
    #expect(
      message { _ = try ImageFile.read("/nowhere/picture.png") }
        == "/nowhere/picture.png cannot be read (no such file); check the path and its permissions."
    )
    let header = PNGChunk(
      name: "IHDR", body: bigEndian(UInt32(8193)) + bigEndian(UInt32(8192)) + Data([8, 2, 0, 0, 0]))
    let large =
      Data(PNGChunk.signature) + header.encoded
      + PNGChunk(name: "IDAT", body: deflate([0])).encoded
    #expect(
      message { _ = try ImageFile.decode(large, name: "F") }
        == "F has 8192 x 8193 pixels, more than the 67108864 that are read; scale it down first.")
  }

  @Test(
    "PNG keeps every pixel, and the same picture gives the same bytes",
    arguments: [
      (1, 1, 1), (1, 1, 3), (1, 1, 4), (7, 5, 3), (3, 17, 4), (16, 1, 1),
    ])
  func roundTrip(height: Int, width: Int, channels: Int) throws {
    let image = picture(height, width, channels)
    let file = ImageFile.png(image)
    #expect(file == ImageFile.png(image))
    let decoded = try ImageFile.decode(file, name: "F")
    #expect(decoded == (channels == 1 ? image.rgb() : image))
  }

  @Test("Texts are read back from a PNG, and from a compressed chunk")
  func texts() throws {
    let texts = [
      PNGText(keyword: PNGText.recipeKeyword, text: "{\"seed\": 3, \"ü\": \"🙂\"}"),
      PNGText(keyword: "a", text: ""),
    ]
    let file = ImageFile.png(picture(2, 3, 3), texts: texts)
    #expect(try ImageFile.texts(in: file, name: "F") == texts)
    #expect(
      try ImageFile.texts(in: try Fixtures.data("note.png"), name: "F")
        == [PNGText(keyword: "plumb-recipe", text: "{\"seed\": 7}")])
    #expect(try ImageFile.texts(in: try Fixtures.data("color.jpg"), name: "F").isEmpty)
    #expect(throws: ImageError.damaged(file: "F", format: .png, problem: "the data end too early"))
    {
      try ImageFile.texts(in: file.dropLast(9), name: "F")
    }
  }

  @Test("A text that unpacks to gigabytes is passed over")
  func bomb() throws {
    let zeros = deflate([UInt8](repeating: 32, count: PNGText.maximumByteCount + 1))
    let chunk = PNGChunk(name: "iTXt", body: Data("a\0\u{1}\0\0\0".utf8) + zeros)
    let file =
      Data(PNGChunk.signature) + chunk.encoded
      + PNGChunk(name: "IEND", body: Data()).encoded
    #expect(try ImageFile.texts(in: file, name: "F").isEmpty)
  }

  @Test("An animated PNG shows its first frame and holds the others in order")
  func animation() throws {
    let frames = (0..<3).map { picture(5, 4, 3, seed: UInt64($0)) }
    let file = ImageFile.animatedPNG(
      frames, milliseconds: 40, texts: [PNGText(keyword: "plumb-recipe", text: "r")])
    #expect(try ImageFile.decode(file, name: "F") == frames[0])
    let (chunks, problem) = PNGChunk.chunks(of: file)
    #expect(problem == nil)
    #expect(
      chunks.map(\.name)
        == ["IHDR", "acTL", "iTXt", "fcTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND"])
    // The numbers in front of fcTL and fdAT count up together.
    let sequence = chunks.filter { ["fcTL", "fdAT"].contains($0.name) }
      .compactMap { $0.body.bigEndianUInt32(at: 0) }
    #expect(sequence == [0, 1, 2, 3, 4])
    // A frame is a picture whose IDAT is called fdAT.
    let second =
      Data(PNGChunk.signature) + chunks[0].encoded
      + PNGChunk(name: "IDAT", body: chunks[6].body.dropFirst(4)).encoded + chunks[9].encoded
    #expect(try ImageFile.decode(second, name: "F") == frames[1])
  }

  @Test("A file that is written appears whole")
  func writes() throws {
    try withFolderPath { folder in
      let image = picture(3, 2, 4)
      try ImageFile.write(ImageFile.png(image), to: folder + "/a.png")
      #expect(try ImageFile.read(folder + "/a.png") == image)
      #expect(throws: ImageError.unwritable(file: folder + "/b/a.png", reason: "no such file")) {
        try ImageFile.write(Data(), to: folder + "/b/a.png")
      }
    }
  }

  @Test(
    "Damaged pictures throw or are decoded, and never crash",
    arguments: [
      "color.jpg", "color-444-progressive.jpg", "gray.jpg", "cmyk.jpg", "palette.png", "rgba.png",
      "gray-alpha.png", "one-bit.png", "sixteen.png", "gray-key.png", "note.png",
    ])
  func damaged(name: String) throws {
    damage(try Fixtures.data(name)) { data in
      _ = try ImageFile.decode(data, name: "F")
    }
    damage(try Fixtures.data(name)) { data in
      _ = try ImageFile.texts(in: data, name: "F")
    }
  }

  @Test(
    "The golden pictures have the sizes that their page tells",
    .enabled(if: SharedFiles.has("golden/inceptionv1"), "\(SharedFiles.reason)"))
  func golden() throws {
    for name in ["chain", "smooth"] {
      let image = try ImageFile.read(SharedFiles.path("golden/inceptionv1/\(name).png"))
      #expect(image.height == 224 && image.width == 224 && image.channels == 3)
    }
  }
}

@Suite("Resized pictures")
struct ResizingTests {
  @Test(
    "Triangle is Pillow's BILINEAR, and area the exact average",
    arguments: [
      Resampling.triangle, .area,
    ])
  func pillow(resampling: Resampling) throws {
    let resized = try expected("source").resized(height: 19, width: 7, by: resampling)
    // Pillow rounds to 8 bits between the two axes; we do not. Area is off where a sum is near 1/2.
    #expect(largestDifference(resized, try expected("resized-\(resampling)")) <= 1)
  }

  @Test("A flat picture stays flat at any size", arguments: Resampling.allCases)
  func flat(resampling: Resampling) {
    for (height, width) in [(1, 1), (3, 8), (11, 2), (5, 5)] {
      let image = PixelImage(
        height: 5, width: 4, channels: 3, pixels: .init(repeating: 77, count: 60))
      let resized = image.resized(height: height, width: width, by: resampling)
      #expect(resized.pixels == .init(repeating: 77, count: height * width * 3))
    }
  }

  @Test("Halving by area is the average of two by two pixels")
  func halving() {
    let image = PixelImage(height: 2, width: 4, channels: 1, pixels: [0, 4, 10, 20, 8, 4, 30, 41])
    #expect(image.resized(height: 1, width: 2, by: .area).pixels == [4, 25])
  }

  @Test("Doubling by bilinear puts new pixels a quarter beside the old centers")
  func doubling() {
    let image = PixelImage(height: 1, width: 2, channels: 1, pixels: [0, 100])
    #expect(image.resized(height: 1, width: 4, by: .bilinear).pixels == [0, 25, 75, 100])
  }

  @Test("Cropping keeps the pixels that are asked for")
  func cropping() {
    let image = picture(5, 4, 3)
    let part = image.cropped(row: 2, column: 1, height: 3, width: 2)
    #expect(part[0, 0, 1] == image[2, 1, 1])
    #expect(part[2, 1, 2] == image[4, 2, 2])
    #expect(image.cropped(row: 0, column: 0, height: 5, width: 4) == image)
  }

  @Test("Transparent parts show the background")
  func background() {
    let image = PixelImage(height: 1, width: 2, channels: 4, pixels: [9, 8, 7, 255, 100, 0, 0, 51])
    #expect(image.rgb(over: 0).pixels == [9, 8, 7, 20, 0, 0])
    #expect(image.rgb().pixels == [9, 8, 7, 224, 204, 204])
  }
}
