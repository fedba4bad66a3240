import Foundation
import PlumbGraph
import PlumbRuntime

extension Node {
  /// Three uncorrelated channels as RGB with the correlations of natural images.
  ///
  /// Each pixel's channels, seen as a column, are multiplied by a matrix. Red, green and blue rise
  /// and fall together in photographs; with this the optimizer need not learn it step by step.
  ///
  /// - Parameter colors: How colors correlate.
  /// - Returns: The colors, `[batch, 3, height, width]`, before any sigmoid.
  /// - Throws: `GraphError` if this value does not have three channels.
  public func recorrelatingColors(
    _ colors: ColorCorrelation = .imageNet
  ) throws(GraphError) -> Node {
    let matrix = try Node.constant(
      colors.normalized.flatMap { $0.map { Float($0) } }, [3, 3])
    let flat = try reshaped([shape[0], shape[1], shape.count / (shape[0] * shape[1])])
    return try matrix.matrixProduct(flat).reshaped(shape)
  }
}

extension Parameterization {
  /// Channels as images: colors through the color matrix if there is one, then the sigmoid; opacity
  /// through the sigmoid alone.
  func images(of channels: Node) throws(GraphError) -> Node {
    guard let colors else { return try channels.sigmoid() }
    guard hasAlpha else { return try channels.recorrelatingColors(colors).sigmoid() }
    let rgb = try channels.sliced(axis: 1, 0..<3).recorrelatingColors(colors)
    return try Node.concatenated([rgb, channels.sliced(axis: 1, 3..<4)], axis: 1).sigmoid()
  }

  /// Undoes the sigmoid and the color matrix on the host.
  func channelsBeforeColor(of image: Tensor) throws -> Tensor {
    let plane = height * width
    // The image before the sigmoid; 0 and 1 are infinitely far away.
    let values = image.elements.map { value in
      let inside = min(max(Double(value), 0.001), 0.999)
      return log(inside / (1 - inside))
    }
    guard let colors else { return try Tensor(imageShape, values.map { Float($0) }) }
    var channels = values.map { Float($0) }
    for index in 0..<batch {
      let first = index * channelCount * plane
      for channel in 0..<3 {
        let row = colors.inverse[channel]
        for pixel in 0..<plane {
          let place = first + pixel
          channels[place + channel * plane] = Float(
            row[0] * values[place] + row[1] * values[place + plane]
              + row[2] * values[place + 2 * plane])
        }
      }
    }
    return try Tensor(imageShape, channels)
  }
}
