import Foundation
import PlumbGraph
import PlumbRuntime

extension [Transform] {
  /// Returns the images after these transforms, with shifts and angles as inputs of the graph.
  ///
  /// Draws that lead to the same sizes lead to the same graph: compile it once, and set what
  /// ``inputs(_:from:)`` returns before each run.
  ///
  /// - Parameters:
  ///   - image: The images, `[batch, channel, height, width]`.
  ///   - draw: What chance decided; only its scale factors matter here.
  /// - Returns: The transformed images.
  /// - Throws: ``TransformError`` if a transform does not fit its image.
  public func applied(to image: Node, _ draw: TransformDraw) throws -> Node {
    _ = try sizes(draw, from: [Int](image.shape.sizes[2...]))
    var x = image
    for (index, (transform, choice)) in zip(self, draw.choices).enumerated() {
      x = try transform.applied(to: x, choice, name: Self.inputName(index))
    }
    return x
  }

  /// Returns the values of the graph's inputs for a draw.
  ///
  /// - Parameters:
  ///   - draw: What chance decided.
  ///   - size: Height and width of the image in pixels, before any transform.
  /// - Returns: The inputs by name.
  /// - Throws: ``TransformError`` if a transform does not fit its image.
  public func inputs(_ draw: TransformDraw, from size: [Int]) throws -> [String: Tensor] {
    var values: [String: Tensor] = [:]
    let sizes = try [size] + sizes(draw, from: size)
    for (index, (transform, choice)) in zip(self, draw.choices).enumerated() {
      values[Self.inputName(index)] = try transform.input(choice, size: sizes[index])
    }
    return values
  }

  private static func inputName(_ index: Int) -> String { "transform\(index)" }
}

extension Transform {
  /// The images after this transform.
  func applied(to x: Node, _ choice: TransformDraw.Choice, name: String) throws -> Node {
    let size = Array(x.shape.sizes[2...])
    let result = try self.size(choice, from: size)
    switch self {
    case .pad(let pixels, let margin):
      let margins = [0, 0, pixels, pixels]
      switch margin {
      case .gray(let level):
        return try x.padded(before: margins, after: margins, .constant(Float(level)))
      case .reflection:
        return try x.padded(before: margins, after: margins, .reflect)
      }
    case .jitter(let pixels, let edge):
      let room = edge == .zeros ? max(pixels - 1, 0) : 0
      let roomy = try x.padded(before: [0, 0, room, room], after: [0, 0, 0, 0])
      return try roomy.sliced(
        at: .input(name, [4], .index), sizes: [x.shape[0], x.shape[1]] + result)
    case .scale(_, .lucid):
      return try x.resampled(to: result, .bilinear, grid: .firstPixel)
    case .scale(_, .lucent):
      guard case .factor(let factor) = choice else { return x }
      let scaled = size.map { Self.scaled($0, by: factor, .lucent) }
      let filling = Self.filledUp(scaled, to: size)
      return try x.resampled(to: scaled, .bilinear, grid: .alignedCorners)
        .padded(before: [0, 0] + filling.before, after: [0, 0] + filling.after)
    case .rotate(_, let convention):
      return try x.affineSampled(
        matrix: .input(name, [2, 3]), size: size,
        convention == .lucid ? .nearest : .bilinear)
    case .part:
      return try x.affineSampled(matrix: .input(name, [2, 3]), size: size)
    case .cropOrPad:
      return try Self.centered(x, in: result)
    case .enlarge:
      return try x.resampled(to: result, .bilinear, grid: .alignedCorners)
    }
  }

  /// The value of the graph's input for a choice, or `nil` if nothing is random.
  func input(_ choice: TransformDraw.Choice, size: [Int]) throws -> Tensor? {
    switch (self, choice) {
    case (.jitter(let pixels, let edge), .shift(let down, let right)):
      // Where the visible part begins: the further the content moves, the earlier.
      let room = edge == .zeros ? max(pixels - 1, 0) : pixels
      return try Tensor(indices: [0, 0, room - down, room - right], [4])
    case (.rotate(_, let convention), .angle(let degrees)):
      // Lucid takes π as 3.14.
      let half = convention == .lucid ? 3.14 : Double.pi
      return try Tensor([2, 3], Self.rotation(degrees * half / 180, size: size))
    case (.part, .part(let side, let down, let right)):
      // The centers of the corner pixels of the part come to those of the image.
      let places = zip(size, [down, right]).map { Double($0 - 1) * (1 - side) * $1 }
      return try Tensor(
        [2, 3], [side, 0, places[1], 0, side, places[0]].map { Float($0) })
    default:
      return nil
    }
  }

  /// The map from a pixel of the turned image to its place on the original.
  private static func rotation(_ angle: Double, size: [Int]) -> [Float] {
    let (cosine, sine) = (cos(angle), sin(angle))
    let (x, y) = (Double(size[1] - 1) / 2, Double(size[0] - 1) / 2)
    // Rows point downwards, so this turns the content counterclockwise.
    return [
      cosine, -sine, x - cosine * x + sine * y,
      sine, cosine, y - sine * x - cosine * y,
    ].map { Float($0) }
  }

  /// The central part, with zeros around where the image is smaller; the extra pixel of an odd
  /// difference is at the bottom and right, as in TensorFlow.
  private static func centered(_ image: Node, in size: [Int]) throws(GraphError) -> Node {
    var x = image
    var (starts, sizes) = ([0, 0, 0, 0], x.shape.sizes)
    var (before, after) = ([0, 0, 0, 0], [0, 0, 0, 0])
    for (axis, target) in zip(2..., size) {
      let difference = target - x.shape[axis]
      if difference < 0 {
        starts[axis] = -difference / 2
        sizes[axis] = target
      } else {
        before[axis] = difference / 2
        after[axis] = difference - difference / 2
      }
    }
    x = try x.sliced(starts: starts, sizes: sizes)
    return try x.padded(before: before, after: after)
  }
}
