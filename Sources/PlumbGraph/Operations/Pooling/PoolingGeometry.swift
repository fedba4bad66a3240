/// How a pooling window moves over an image; pairs are height first, then width.
public struct PoolingGeometry: Hashable, Sendable {
  /// Height and width of the window in pixels.
  public let window: [Int]
  /// The distance in pixels between neighboring windows.
  public let strides: [Int]
  /// The padding at the top and left, in pixels, less than the window.
  public let before: [Int]
  /// The padding at the bottom and right, in pixels, less than the window.
  public let after: [Int]

  /// Creates a geometry; by default without padding.
  public init(
    window: [Int], strides: [Int], before: [Int] = [0, 0], after: [Int] = [0, 0]
  ) {
    self.window = window
    self.strides = strides
    self.before = before
    self.after = after
  }

  /// A geometry with the same padding on opposite sides.
  public init(window: [Int], strides: [Int], padding: [Int]) {
    self.init(window: window, strides: strides, before: padding, after: padding)
  }

  /// The geometry whose result has `ceil(size / stride)` windows along each axis.
  ///
  /// - Parameters:
  ///   - odd: Which side gets the odd pixel.
  ///   - input: Height and width of the image in pixels.
  ///   - window: Height and width of the window in pixels.
  ///   - strides: The distance in pixels between neighboring windows.
  /// - Returns: The geometry with the paddings that this takes.
  public static func same(
    _ odd: ConvolutionGeometry.SamePadding = .upper, input: [Int], window: [Int], strides: [Int]
  ) -> PoolingGeometry {
    let (before, after) = ConvolutionGeometry.samePadding(
      odd, input: input, extents: window, strides: strides)
    return PoolingGeometry(window: window, strides: strides, before: before, after: after)
  }

  /// This geometry with as much more padding at the bottom and right as makes the last window
  /// begin inside the image or the first padding: what PyTorch and ONNX call `ceil_mode`.
  public func roundedUp(input: [Int]) -> PoolingGeometry {
    let after = input.indices.map { axis in
      let padded = input[axis] + before[axis] + self.after[axis]
      let steps = max(padded - window[axis], 0)
      var windows = (steps + strides[axis] - 1) / strides[axis] + 1
      if (windows - 1) * strides[axis] >= input[axis] + before[axis] { windows -= 1 }
      let needed = (windows - 1) * strides[axis] + window[axis]
      return max(needed - input[axis] - before[axis], self.after[axis])
    }
    return PoolingGeometry(window: window, strides: strides, before: before, after: after)
  }

  /// Height and width of the result; not positive where no window fits.
  public func outputSize(input: [Int]) -> [Int] {
    input.indices.map { axis in
      let room = input[axis] + before[axis] + after[axis] - window[axis]
      return room < 0 ? 0 : room / strides[axis] + 1
    }
  }

  /// The settings as printing shows them, without those that change nothing.
  var description: String {
    var parts = ["window \(window[0]) x \(window[1])"]
    if strides != [1, 1] { parts.append("stride \(strides[0]) x \(strides[1])") }
    if before != [0, 0] || after != [0, 0] { parts.append("padding \(before) and \(after)") }
    return parts.joined(separator: ", ")
  }

  /// The shape of the pooled `x`, or throws what does not fit.
  func outputShape(
    x: Shape, operation: some Operation, inputs: [TensorType]
  ) throws(GraphError) -> Shape {
    let isValid =
      [window, strides, before, after].allSatisfy { $0.count == 2 }
      && (window + strides).allSatisfy { $0 >= 1 } && (before + after).allSatisfy { $0 >= 0 }
      && zip(before + after, window + window).allSatisfy { $0 < $1 }
    guard isValid else {
      throw .operands(
        operation, need: "a window and strides of at least 1 and paddings less than the window",
        got: inputs)
    }
    guard x.rank == 4 else {
      throw .operands(operation, need: "x [batch, channel, height, width]", got: inputs)
    }
    let size = outputSize(input: Array(x.sizes[2...]))
    guard size.allSatisfy({ $0 >= 1 }) else {
      throw .operands(operation, need: "an image at least as large as the window", got: inputs)
    }
    return .images(batch: x[0], channels: x[1], height: size[0], width: size[1])
  }
}
