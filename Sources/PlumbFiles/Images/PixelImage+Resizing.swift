/// How the pixels of a resized picture are made from the old ones.
public enum Resampling: String, Sendable, Hashable, CaseIterable {
  /// The four nearest pixels, weighted by distance; loses detail when a picture shrinks.
  case bilinear
  /// The average of the area that the new pixel covers; for shrinking.
  case area
  /// A triangle as wide as the new pixel: as smooth as bilinear, as faithful as area. What PIL and
  /// torchvision call bilinear.
  case triangle
}

extension PixelImage {
  /// Returns the picture with other sizes; the corners stay at the corners.
  ///
  /// Rows and columns are resampled one after the other in 32-bit floats and rounded once, so
  /// values may differ by 1 from a library that rounds in between. Edges are repeated outwards.
  ///
  /// - Parameters:
  ///   - newHeight: The new number of rows, at least 1.
  ///   - newWidth: The new number of columns, at least 1.
  ///   - resampling: How new pixels are made.
  /// - Returns: A picture with the same channels.
  public func resized(
    height newHeight: Int, width newWidth: Int, by resampling: Resampling = .triangle
  ) -> PixelImage {
    precondition(newHeight > 0 && newWidth > 0, "no picture has \(newHeight) x \(newWidth) pixels")
    if newHeight == height && newWidth == width { return self }
    let columns = resampling.sources(from: width, to: newWidth)
    let rows = resampling.sources(from: height, to: newHeight)
    let rowCount = newWidth * channels

    var narrowed = [Float](repeating: 0, count: height * rowCount)
    for y in 0..<height {
      for (x, source) in columns.enumerated() {
        for (offset, weight) in source.weights.enumerated() {
          let from = (y * width + source.start + offset) * channels
          let to = y * rowCount + x * channels
          for channel in 0..<channels {
            narrowed[to + channel] += weight * Float(pixels[from + channel])
          }
        }
      }
    }
    var result = [UInt8](repeating: 0, count: newHeight * rowCount)
    var row = [Float](repeating: 0, count: rowCount)
    for (y, source) in rows.enumerated() {
      for i in row.indices { row[i] = 0 }
      for (offset, weight) in source.weights.enumerated() {
        let from = (source.start + offset) * rowCount
        for i in row.indices { row[i] += weight * narrowed[from + i] }
      }
      for i in row.indices { result[y * rowCount + i] = UInt8(min(max(row[i] + 0.5, 0), 255)) }
    }
    return PixelImage(height: newHeight, width: newWidth, channels: channels, pixels: result)
  }
}

extension Resampling {
  /// The old pixels that one new pixel is made of: the first, and the weight of each.
  struct Source {
    var start: Int
    var weights: [Float]
  }

  /// Returns the sources of each of `newCount` pixels along an axis that had `count`.
  ///
  /// Pixel i covers i ..< i + 1, so its center lies at i + 1/2.
  func sources(from count: Int, to newCount: Int) -> [Source] {
    let scale = Double(count) / Double(newCount)
    return (0..<newCount).map { index in
      let center = (Double(index) + 0.5) * scale
      let radius =
        switch self {
        case .bilinear: 1.0
        case .area: scale / 2
        case .triangle: max(scale, 1)
        }
      let start = max(0, Int((center - radius).rounded(.down)))
      let end = min(count, max(start + 1, Int((center + radius).rounded(.up))))
      let weights = (start..<end).map { i -> Double in
        switch self {
        case .area:
          return max(0, min(Double(i + 1), center + radius) - max(Double(i), center - radius))
        case .bilinear, .triangle:
          return max(0, 1 - abs(Double(i) + 0.5 - center) / radius)
        }
      }
      // Dividing by the sum gives the weight of pixels outside to the ones at the edge.
      let sum = weights.reduce(0, +)
      return Source(start: start, weights: weights.map { Float($0 / sum) })
    }
  }
}
