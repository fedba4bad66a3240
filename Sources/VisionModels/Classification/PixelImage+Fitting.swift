import PlumbFiles
import PlumbRuntime

extension PixelImage {
  /// Returns the center view of the picture at the size a classifier wants: RGB, scaled evenly until
  /// it covers the size, its center cut out.
  ///
  /// A picture that already has the size stays as it is. One that is larger is scaled to 8/7 of the
  /// size first, as the 256 pixels of which classifiers of 224 were shown the center.
  ///
  /// - Parameters:
  ///   - newHeight: Height in pixels, at least 1.
  ///   - newWidth: Width in pixels, at least 1.
  /// - Returns: A picture of that size with 3 channels.
  public func centerView(height newHeight: Int, width newWidth: Int) -> PixelImage {
    let picture = rgb()
    if height == newHeight && width == newWidth { return picture }
    let cover = max(Double(newHeight) / Double(height), Double(newWidth) / Double(width))
    let scale = cover * 8 / 7 <= 1 ? cover * 8 / 7 : cover
    let scaled = picture.resized(
      height: max(newHeight, Int((Double(height) * scale).rounded())),
      width: max(newWidth, Int((Double(width) * scale).rounded())))
    return scaled.cropped(
      row: (scaled.height - newHeight) / 2, column: (scaled.width - newWidth) / 2,
      height: newHeight, width: newWidth)
  }
}

extension Tensor {
  /// Creates images from pictures of one size.
  ///
  /// - Parameter pictures: RGB pictures, at least one.
  /// - Throws: `RuntimeError.wrongCount(shape:got:)` if the sizes differ.
  public init(_ pictures: [PixelImage]) throws(RuntimeError) {
    precondition(!pictures.isEmpty, "a batch needs at least one picture")
    let (height, width) = (pictures[0].height, pictures[0].width)
    let plane = height * width
    var values: [Float] = []
    values.reserveCapacity(pictures.count * 3 * plane)
    for picture in pictures {
      let rgb = picture.rgb()
      for channel in 0..<3 {
        for pixel in 0..<(rgb.height * rgb.width) {
          values.append(Float(rgb.pixels[pixel * 3 + channel]) / 255)
        }
      }
    }
    try self.init(
      .images(batch: pictures.count, channels: 3, height: height, width: width), values)
  }
}
