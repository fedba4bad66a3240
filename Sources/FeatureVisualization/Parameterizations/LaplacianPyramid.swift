import PlumbGraph

extension Parameterization {
  /// The shape of a level, each side halved `level` times and rounded down.
  func levelShape(_ level: Int) -> Shape {
    .images(
      batch: batch, channels: channelCount, height: height >> level, width: width >> level)
  }

  /// The channels as a sum of enlarged levels, all with the same weight.
  func pyramidImage(levels: Int) throws -> Node {
    var sum = Node.parameter(Self.prefix + "level0", levelShape(0))
    for level in 1..<max(levels, 1) {
      let small = Node.parameter(Self.prefix + "level\(level)", levelShape(level))
      // Lucid enlarges with TensorFlow 1's `resize_bilinear`, where first pixels coincide.
      sum = try sum + small.resampled(to: [height, width], .bilinear, grid: .firstPixel)
    }
    return sum
  }
}
