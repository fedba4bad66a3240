/// A picture of 8-bit pixels, `[height, width, channel]`, rows from the top.
public struct PixelImage: Sendable, Hashable {
  /// Rows of pixels, at least 1.
  public let height: Int
  /// Pixels in a row, at least 1.
  public let width: Int
  /// Bytes in a pixel: 1 (gray), 3 (RGB) or 4 (RGBA, alpha not multiplied in).
  public let channels: Int
  /// The bytes of all pixels, `height * width * channels` of them.
  public var pixels: [UInt8]

  /// Creates a picture from its pixels, which must be as many as the sizes say.
  public init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
    precondition(
      height > 0 && width > 0 && [1, 3, 4].contains(channels),
      "a picture cannot have \(height) rows, \(width) columns and \(channels) channels")
    precondition(
      pixels.count == height * width * channels,
      "\(pixels.count) bytes are not \(height) x \(width) pixels of \(channels) channels")
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
  }

  /// One byte of one pixel.
  public subscript(row: Int, column: Int, channel: Int) -> UInt8 {
    get { pixels[(row * width + column) * channels + channel] }
    set { pixels[(row * width + column) * channels + channel] = newValue }
  }

  /// Returns the part that starts at a row and a column and has the given sizes.
  public func cropped(row: Int, column: Int, height: Int, width: Int) -> PixelImage {
    precondition(
      row >= 0 && column >= 0 && row + height <= self.height && column + width <= self.width,
      "rows \(row)..<\(row + height), columns \(column)..<\(column + width) are not all inside a"
        + " picture of \(self.height) x \(self.width)")
    var part: [UInt8] = []
    part.reserveCapacity(height * width * channels)
    for y in row..<(row + height) {
      let start = (y * self.width + column) * channels
      part += pixels[start..<(start + width * channels)]
    }
    return PixelImage(height: height, width: width, channels: channels, pixels: part)
  }

  /// Returns the picture as RGB: gray is repeated, transparent parts show a background.
  ///
  /// - Parameter background: The gray that shows through where the picture is transparent.
  /// - Returns: A picture with 3 channels.
  public func rgb(over background: UInt8 = 255) -> PixelImage {
    guard channels != 3 else { return self }
    var colors: [UInt8] = []
    colors.reserveCapacity(height * width * 3)
    for start in stride(from: 0, to: pixels.count, by: channels) {
      for channel in 0..<3 {
        let value = pixels[start + (channels == 1 ? 0 : channel)]
        let alpha = channels == 4 ? Int(pixels[start + 3]) : 255
        colors.append(UInt8((Int(value) * alpha + Int(background) * (255 - alpha) + 127) / 255))
      }
    }
    return PixelImage(height: height, width: width, channels: 3, pixels: colors)
  }
}
