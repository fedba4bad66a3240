import PlumbFiles

extension PixelImage {
  /// A picture of one color.
  ///
  /// - Parameters:
  ///   - height: Rows of pixels, at least 1.
  ///   - width: Pixels in a row, at least 1.
  ///   - color: Red, green and blue.
  init(height: Int, width: Int, filledWith color: [UInt8]) {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(height * width * 3)
    for _ in 0..<height * width { pixels += color }
    self.init(height: height, width: width, channels: 3, pixels: pixels)
  }

  /// Draws an RGB picture into this one; what would lie outside is left away.
  mutating func draw(_ picture: PixelImage, row: Int, column: Int) {
    for y in 0..<picture.height where (0..<height).contains(row + y) {
      for x in 0..<picture.width where (0..<width).contains(column + x) {
        for channel in 0..<3 {
          self[row + y, column + x, channel] = picture[y, x, channel]
        }
      }
    }
  }

  /// Writes a line of text; what would lie outside is left away.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - row: The top of the characters.
  ///   - column: The left end of the first character.
  ///   - color: Red, green and blue.
  mutating func draw(_ text: String, row: Int, column: Int, color: [UInt8] = [32, 32, 32]) {
    for (index, character) in text.enumerated() {
      let left = column + index * PixelFont.advance
      for y in 0..<PixelFont.height where (0..<height).contains(row + y) {
        for x in 0..<PixelFont.advance where (0..<width).contains(left + x) {
          guard PixelFont.isSet(character, row: y, column: x) else { continue }
          for channel in 0..<3 { self[row + y, left + x, channel] = color[channel] }
        }
      }
    }
  }

  /// Draws a frame of one pixel along the edge.
  mutating func drawFrame(color: [UInt8]) {
    for y in 0..<height {
      for x in 0..<width where y == 0 || x == 0 || y == height - 1 || x == width - 1 {
        for channel in 0..<3 { self[y, x, channel] = color[channel] }
      }
    }
  }
}
