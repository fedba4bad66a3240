/// How a value between pixels is found.
public enum ResamplingMode: String, Sendable, Hashable, CaseIterable {
  /// The four pixels around the place, weighted by closeness.
  case bilinear
  /// The pixel at the place rounded to whole coordinates, halves up: `floor(place + 1/2)`.
  case nearest
}

/// Images resized by sampling at `place = scale · index + offset`, held to the edge.
///
/// `[batch, channel, height, width]` to the same with `size`. Pairs are height first, then width.
///
/// Gradient: ``ResampleGradient``.
public struct Resample: Operation {
  /// How a value between pixels is found.
  public let mode: ResamplingMode
  /// Height and width of the result in pixels.
  public let size: [Int]
  /// The distance between neighboring samples, in pixels of the operand.
  public let scale: [Float]
  /// The place of the first sample, in pixels of the operand.
  public let offset: [Float]

  /// Creates a resampling to `size` with these places.
  public init(mode: ResamplingMode, size: [Int], scale: [Float], offset: [Float]) {
    self.mode = mode
    self.size = size
    self.scale = scale
    self.offset = offset
  }

  /// See ``Operation/name``.
  public var name: String { "resample" }
  /// See ``Operation/attributes``.
  public var attributes: String { "\(mode.rawValue), scale \(scale), offset \(offset)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    let isValid =
      [size.count, scale.count, offset.count].allSatisfy { $0 == 2 }
      && size.allSatisfy { $0 >= 1 }
    guard isValid, inputs[0].shape.rank == 4 else {
      throw .operands(
        self, need: "x [batch, channel, height, width] and a size of at least 1 x 1, not \(size)",
        got: inputs)
    }
    return TensorType(
      inputs[0].shape.replacing(axis: 2, with: size[0]).replacing(axis: 3, with: size[1]))
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    let operation = ResampleGradient(
      mode: mode, size: size, scale: scale, offset: offset,
      inputSize: Array(inputs[0].shape.sizes[2...]))
    return [try Node.make(operation, [upstream])]
  }

  /// Sampling every pixel is nothing; a fill stays a fill.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    if let value = inputs[0].fillValue { return .fill(value, type.shape) }
    return inputs[0].type == type && scale == [1, 1] && offset == [0, 0] ? inputs[0] : nil
  }
}

/// The gradient of ``Resample``: each sample's gradient is added to the pixels it was taken from.
///
/// The operand is `dy`; the result has the height and width `inputSize`. Gradient: ``Resample``.
public struct ResampleGradient: Operation {
  /// How a value between pixels was found.
  public let mode: ResamplingMode
  /// Height and width of `dy` in pixels.
  public let size: [Int]
  /// The distance between neighboring samples, in pixels of the result.
  public let scale: [Float]
  /// The place of the first sample, in pixels of the result.
  public let offset: [Float]
  /// Height and width of the result in pixels.
  public let inputSize: [Int]

  /// See ``Operation/name``.
  public var name: String { "resample gradient" }
  /// See ``Operation/attributes``.
  public var attributes: String { "\(mode.rawValue), scale \(scale), offset \(offset)" }

  /// See ``Operation/outputType(of:)``.
  public func outputType(of inputs: [TensorType]) throws(GraphError) -> TensorType {
    try requireCount(1, inputs)
    let shape = inputs[0].shape
    guard shape.rank == 4, Array(shape.sizes[2...]) == size, inputSize.count == 2 else {
      throw .operands(
        self, need: "a gradient [batch, channel, height, width] of the size \(size)", got: inputs)
    }
    return TensorType(
      shape.replacing(axis: 2, with: inputSize[0]).replacing(axis: 3, with: inputSize[1]))
  }

  /// See ``Operation/gradient(of:inputs:upstream:)``.
  public func gradient(
    of output: Node, inputs: [Node], upstream: Node
  ) throws(GraphError) -> [Node?] {
    [
      try Node.make(
        Resample(mode: mode, size: size, scale: scale, offset: offset), [upstream])
    ]
  }

  /// Zeros give zeros.
  public func simplified(_ inputs: [Node], type: TensorType) throws(GraphError) -> Node? {
    zeros(ifAnyIsZero: inputs, type: type)
  }
}

extension Node {
  /// Where the samples of a resized image lie on the original.
  public enum SampleGrid: String, Sendable, Hashable, CaseIterable {
    /// The corner pixels of both images coincide, as PyTorch's `align_corners=True`.
    case alignedCorners
    /// The edges of both images coincide, as PyTorch's default, ONNX and TensorFlow 2.
    case halfPixel
    /// The first pixels of both images coincide and the scale is `input / output`, as TensorFlow 1
    /// does by default and Lucid therefore.
    case firstPixel
  }

  /// These images, `[batch, channel, height, width]`, with another height and width.
  ///
  /// - Parameters:
  ///   - size: Height and width of the result in pixels.
  ///   - mode: How a value between pixels is found. On the grid `.firstPixel` the nearest pixel is
  ///     the one that covers the place, its coordinate rounded down, as frameworks have it there.
  ///   - grid: Where the samples lie.
  /// - Returns: The resized images, `[batch, channel, height, width]`.
  /// - Throws: ``GraphError`` if the operands do not fit.
  public func resampled(
    to size: [Int], _ mode: ResamplingMode = .bilinear, grid: SampleGrid = .halfPixel
  ) throws(GraphError) -> Node {
    guard shape.rank == 4, size.count == 2, size.allSatisfy({ $0 >= 1 }) else {
      throw .mismatch(
        operation: "resample",
        requirement: "x [batch, channel, height, width] and a size of at least 1 x 1",
        got: "\(type) and \(size)")
    }
    var (scale, offset): ([Float], [Float]) = ([], [])
    for (input, output) in zip(shape.sizes[2...], size) {
      let ratio = Float(input) / Float(output)
      switch grid {
      case .alignedCorners:
        scale.append(output > 1 ? Float(input - 1) / Float(output - 1) : 0)
        offset.append(0)
      case .halfPixel:
        scale.append(ratio)
        offset.append(ratio / 2 - 0.5)
      case .firstPixel:
        scale.append(ratio)
        offset.append(mode == .nearest ? -0.5 : 0)
      }
    }
    return try Node.make(
      Resample(mode: mode, size: size, scale: scale, offset: offset), [self])
  }
}
