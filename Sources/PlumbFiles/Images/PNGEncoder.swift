import CCodecs
import Foundation

extension ImageFile {
  /// Encodes a picture as PNG: the same pixels and texts give the same bytes.
  ///
  /// No time, name or version is noted, and the compression settings are fixed.
  ///
  /// - Parameters:
  ///   - image: The picture.
  ///   - texts: Notes to put in front of the pixels, such as the recipe.
  /// - Returns: The bytes of the file.
  public static func png(_ image: PixelImage, texts: [PNGText] = []) -> Data {
    var file = Data(PNGChunk.signature) + header(of: image).encoded
    for text in texts { file += text.chunk.encoded }
    file += PNGChunk(name: "IDAT", body: compressedRows(of: image)).encoded
    return file + PNGChunk(name: "IEND", body: Data()).encoded
  }

  /// Encodes frames as an animated PNG; what cannot animate it shows the first frame.
  ///
  /// - Parameters:
  ///   - frames: At least one picture, all of one size and number of channels.
  ///   - milliseconds: How long each frame is shown, 1 to 65535.
  ///   - loops: How often the animation runs; 0 never stops.
  ///   - texts: Notes to put in front of the pixels, such as the recipe.
  /// - Returns: The bytes of the file.
  public static func animatedPNG(
    _ frames: [PixelImage], milliseconds: Int, loops: Int = 0, texts: [PNGText] = []
  ) -> Data {
    guard let first = frames.first else { preconditionFailure("an animation needs a frame") }
    precondition(
      frames.allSatisfy {
        ($0.height, $0.width, $0.channels) == (first.height, first.width, first.channels)
      }, "all frames must be \(first.height) x \(first.width) with \(first.channels) channels")
    precondition((1...65535).contains(milliseconds), "\(milliseconds) ms cannot be a frame's time")
    precondition(loops >= 0, "an animation cannot run \(loops) times")

    var file = Data(PNGChunk.signature) + header(of: first).encoded
    file +=
      PNGChunk(
        name: "acTL",
        body: bigEndian(UInt32(frames.count)) + bigEndian(UInt32(clamping: loops))
      ).encoded
    for text in texts { file += text.chunk.encoded }
    var sequence: UInt32 = 0
    func nextSequence() -> Data {
      defer { sequence += 1 }
      return bigEndian(sequence)
    }
    for (index, frame) in frames.enumerated() {
      // sequence, width, height, x, y, delay as a fraction of seconds, then: leave it, replace.
      let control =
        nextSequence() + bigEndian(UInt32(first.width)) + bigEndian(UInt32(first.height))
        + bigEndian(UInt32(0)) + bigEndian(UInt32(0))
        + bigEndian(UInt16(milliseconds)) + bigEndian(UInt16(1000)) + Data([0, 0])
      file += PNGChunk(name: "fcTL", body: control).encoded
      let rows = compressedRows(of: frame)
      file +=
        index == 0
        ? PNGChunk(name: "IDAT", body: rows).encoded
        : PNGChunk(name: "fdAT", body: nextSequence() + rows).encoded
    }
    return file + PNGChunk(name: "IEND", body: Data()).encoded
  }

  /// Writes bytes to a file that appears whole or not at all.
  ///
  /// - Parameters:
  ///   - data: The bytes, such as those of ``png(_:texts:)``.
  ///   - path: The file to write; one that exists is replaced.
  /// - Throws: ``ImageError/unwritable(file:reason:)``.
  public static func write(_ data: Data, to path: String) throws(ImageError) {
    do {
      try writeAtomically(to: path) { try $0.write(contentsOf: data) }
    } catch {
      throw .unwritable(file: path, reason: readableReason(of: error))
    }
  }

  private static func header(of image: PixelImage) -> PNGChunk {
    // The numbers of gray, RGB and RGBA in the PNG specification.
    let colorType: UInt8 = [1: 0, 3: 2, 4: 6][image.channels] ?? 2
    // width, height, 8 bits, color, then the only compression, filters, and no interlacing.
    return PNGChunk(
      name: "IHDR",
      body: bigEndian(UInt32(image.width)) + bigEndian(UInt32(image.height))
        + Data([8, colorType, 0, 0, 0]))
  }

  private static func compressedRows(of image: PixelImage) -> Data {
    let rowByteCount = image.width * image.channels
    var filtered = [UInt8](repeating: 0, count: image.height * (rowByteCount + 1))
    // `filtered` holds one byte more per row than `pixels`, as the function asks.
    unsafe ccodecs_png_filter(
      image.pixels, image.height, rowByteCount, image.channels, &filtered)
    return deflate(filtered)
  }
}
