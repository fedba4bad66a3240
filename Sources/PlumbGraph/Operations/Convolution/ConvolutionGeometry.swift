/// How a convolution's window moves over an image; pairs are height first, then width.
public struct ConvolutionGeometry: Hashable, Sendable {
  /// The distance in pixels between neighboring windows.
  public let strides: [Int]
  /// The distance in pixels between a window's taps; 1 for none between them.
  public let dilations: [Int]
  /// The padding with zeros at the top and left, in pixels.
  public let before: [Int]
  /// The padding with zeros at the bottom and right, in pixels.
  public let after: [Int]
  /// How many groups of channels are convolved apart from each other.
  public let groups: Int

  /// Creates a geometry; by default a window at every pixel without padding.
  public init(
    strides: [Int] = [1, 1], dilations: [Int] = [1, 1], before: [Int] = [0, 0],
    after: [Int] = [0, 0], groups: Int = 1
  ) {
    self.strides = strides
    self.dilations = dilations
    self.before = before
    self.after = after
    self.groups = groups
  }

  /// A geometry with the same padding on opposite sides.
  public init(
    strides: [Int] = [1, 1], dilations: [Int] = [1, 1], padding: [Int], groups: Int = 1
  ) {
    self.init(
      strides: strides, dilations: dilations, before: padding, after: padding, groups: groups)
  }

  /// Which side gets the odd pixel when the padding keeps the size.
  public enum SamePadding: String, Sendable, Hashable {
    /// The bottom and right, as TensorFlow's `SAME` and ONNX's `SAME_UPPER`.
    case upper
    /// The top and left, as ONNX's `SAME_LOWER`.
    case lower
  }

  /// The geometry whose result has `ceil(size / stride)` windows along each axis.
  ///
  /// - Parameters:
  ///   - odd: Which side gets the odd pixel.
  ///   - input: Height and width of the image in pixels.
  ///   - kernel: Height and width of the window in taps.
  ///   - strides: The distance in pixels between neighboring windows.
  ///   - dilations: The distance in pixels between a window's taps.
  ///   - groups: How many groups of channels are convolved apart from each other.
  /// - Returns: The geometry with the paddings that this takes.
  public static func same(
    _ odd: SamePadding = .upper, input: [Int], kernel: [Int], strides: [Int] = [1, 1],
    dilations: [Int] = [1, 1], groups: Int = 1
  ) -> ConvolutionGeometry {
    let extents = zip(kernel, dilations).map { ($0 - 1) * $1 + 1 }
    let (before, after) = samePadding(odd, input: input, extents: extents, strides: strides)
    return ConvolutionGeometry(
      strides: strides, dilations: dilations, before: before, after: after, groups: groups)
  }

  /// The paddings with which windows of `extents` pixels give `ceil(size / stride)` results.
  static func samePadding(
    _ odd: SamePadding, input: [Int], extents: [Int], strides: [Int]
  ) -> (before: [Int], after: [Int]) {
    let totals = input.indices.map { axis in
      let windows = (input[axis] + strides[axis] - 1) / strides[axis]
      return max((windows - 1) * strides[axis] + extents[axis] - input[axis], 0)
    }
    let smaller = totals.map { $0 / 2 }
    let larger = zip(totals, smaller).map { $0 - $1 }
    return odd == .upper ? (smaller, larger) : (larger, smaller)
  }

  /// Height and width of the result; not positive where no window fits.
  public func outputSize(input: [Int], kernel: [Int]) -> [Int] {
    input.indices.map { axis in
      let extent = (kernel[axis] - 1) * dilations[axis] + 1
      let room = input[axis] + before[axis] + after[axis] - extent
      return room < 0 ? 0 : room / strides[axis] + 1
    }
  }

  /// The smallest image, height and width, whose result has the size `output`; a transposed
  /// convolution makes it, larger by `extra` pixels if so asked.
  public func inputSize(output: [Int], kernel: [Int], extra: [Int] = [0, 0]) -> [Int] {
    output.indices.map { axis in
      (output[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1
        - before[axis] - after[axis] + extra[axis]
    }
  }

  /// The settings as printing shows them, without those that change nothing.
  var description: String {
    var parts: [String] = []
    if strides != [1, 1] { parts.append("stride \(strides[0]) x \(strides[1])") }
    if dilations != [1, 1] { parts.append("dilation \(dilations[0]) x \(dilations[1])") }
    if before != [0, 0] || after != [0, 0] { parts.append("padding \(before) and \(after)") }
    if groups != 1 { parts.append("\(groups) groups") }
    return parts.joined(separator: ", ")
  }

  /// Whether the settings themselves make sense.
  private var isValid: Bool {
    [strides, dilations, before, after].allSatisfy { $0.count == 2 }
      && (strides + dilations + [groups]).allSatisfy { $0 >= 1 }
      && (before + after).allSatisfy { $0 >= 0 }
  }

  /// The shape of the convolution of `x` with `weight`, or throws what does not fit.
  func outputShape(
    x: Shape, weight: Shape, operation: some Operation, inputs: [TensorType]
  ) throws(GraphError) -> Shape {
    guard isValid else {
      throw .operands(
        operation,
        need: "pairs of strides and dilations of at least 1, paddings of at least 0 and a group",
        got: inputs)
    }
    guard x.rank == 4, weight.rank == 4 else {
      throw .operands(
        operation,
        need: "x [batch, channel, height, width] and weights "
          + "[output channel, channel / \(groups), height, width]", got: inputs)
    }
    guard x[1] == weight[1] * groups, weight[0] % groups == 0 else {
      throw .operands(
        operation, need: "weights for \(x[1]) channels in \(groups) groups", got: inputs)
    }
    let size = outputSize(input: Array(x.sizes[2...]), kernel: Array(weight.sizes[2...]))
    guard size.allSatisfy({ $0 >= 1 }) else {
      throw .operands(operation, need: "an image at least as large as the window", got: inputs)
    }
    return .images(batch: x[0], channels: weight[0], height: size[0], width: size[1])
  }
}
