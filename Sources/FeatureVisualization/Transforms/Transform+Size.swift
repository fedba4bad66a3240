import Foundation

extension [Transform] {
  /// Returns height and width of the image after each transform, which is all that a draw changes
  /// about the graph.
  ///
  /// - Parameters:
  ///   - draw: What chance decided.
  ///   - size: Height and width of the image in pixels.
  /// - Returns: One pair per transform.
  /// - Throws: ``TransformError`` if a transform does not fit its image.
  func sizes(_ draw: TransformDraw, from size: [Int]) throws(TransformError) -> [[Int]] {
    var size = size
    var sizes: [[Int]] = []
    for (transform, choice) in zip(self, draw.choices) {
      size = try transform.size(choice, from: size)
      sizes.append(size)
    }
    return sizes
  }
}

extension Transform {
  /// Height and width after this transform.
  func size(
    _ choice: TransformDraw.Choice, from size: [Int]
  ) throws(TransformError) -> [Int] {
    let result: [Int]
    switch self {
    case .pad(let pixels, let margin):
      let reach = margin == .reflection ? size.reduce(Int.max, min) - 1 : Int.max
      guard pixels >= 0, pixels <= reach else {
        throw .doesNotFit(transform: self, height: size[0], width: size[1])
      }
      result = size.map { $0 + 2 * pixels }
    case .jitter(let pixels, .crop):
      result = size.map { $0 - pixels }
    case .part(let smallest, let largest):
      guard smallest > 0, smallest <= largest, largest <= 1 else {
        throw .doesNotFit(transform: self, height: size[0], width: size[1])
      }
      result = size
    case .jitter(_, .zeros), .rotate:
      result = size
    case .scale(_, let convention):
      guard case .factor(let factor) = choice else {
        preconditionFailure("the choice \(choice) is not one of \(self)")
      }
      let scaled = size.map { Self.scaled($0, by: factor, convention) }
      result = convention == .lucent ? Self.filledUp(scaled, to: size).size : scaled
    case .cropOrPad(let height, let width):
      result = [height, width]
    case .enlarge(let height, let width):
      result = size[0] < height || size[1] < width ? [height, width] : size
    }
    guard result.allSatisfy({ $0 >= 1 }) else {
      throw .doesNotFit(transform: self, height: size[0], width: size[1])
    }
    return result
  }

  /// A side in pixels after scaling.
  static func scaled(_ side: Int, by factor: Double, _ convention: Convention) -> Int {
    switch convention {
    // TensorFlow multiplies in single precision and cuts off.
    case .lucid: Int(Float(side) * Float(factor))
    case .lucent: Int((factor * Double(side)).rounded(.up))
    }
  }

  /// Lucent's margins around an image that became smaller, and the size with them.
  ///
  /// Lucent hands its two margins to PyTorch in the order (y, x, y, x), where PyTorch reads (left,
  /// right, top, bottom): each side of an axis gets a different one if the image is not square.
  static func filledUp(
    _ scaled: [Int], to size: [Int]
  ) -> (before: [Int], after: [Int], size: [Int]) {
    let margins = zip(scaled, size).map { max(0, ($1 - $0 + 1) / 2) }
    let before = [margins[0], margins[0]]
    let after = [margins[1], margins[1]]
    return (before, after, scaled.map { $0 + margins[0] + margins[1] })
  }
}
