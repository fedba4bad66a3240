import PlumbGraph

/// What enters a vision model: its size, and how pixels become numbers.
///
/// A pixel between 0 and 1 enters as
/// `(range[0] + pixel * (range[1] - range[0]) - mean) / standardDeviation`.
public struct InputDescription: Sendable, Hashable {
  /// The order of the color channels.
  public enum ChannelOrder: String, Sendable, Hashable, Codable, CaseIterable {
    /// Red first, as nearly everything has it.
    case rgb = "RGB"
    /// Blue first, as Caffe and OpenCV have it.
    case bgr = "BGR"
  }

  /// Height in pixels for which the model was made.
  public var height: Int
  /// Width in pixels for which the model was made.
  public var width: Int
  /// The order of the color channels.
  public var channels: ChannelOrder
  /// What black and white become before the mean is taken away.
  public var range: [Float]
  /// What is taken away: one number, or one per channel in the model's order.
  public var mean: [Float]
  /// What it is divided by: one number, or one per channel in the model's order.
  public var standardDeviation: [Float]

  /// Creates a description; by default pixels enter as they are.
  public init(
    height: Int, width: Int, channels: ChannelOrder = .rgb, range: [Float] = [0, 1],
    mean: [Float] = [0], standardDeviation: [Float] = [1]
  ) {
    self.height = height
    self.width = width
    self.channels = channels
    self.range = range
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// The preprocessing of InceptionV1's published weights: 0...255 minus 117, 224 pixels.
  public static let inceptionV1 = InputDescription(
    height: 224, width: 224, range: [0, 255], mean: [117])

  /// The preprocessing of torchvision's weights, 224 pixels.
  public static let torchvision = InputDescription(
    height: 224, width: 224, mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225])

  /// The preprocessing of our inception-tiny: the colors of Tiny ImageNet, 64 pixels.
  public static let inceptionTiny = InputDescription(
    height: 64, width: 64, mean: [0.48, 0.448, 0.398], standardDeviation: [0.277, 0.269, 0.282])

  /// The largest height or width that is taken for an image's.
  public static let largestSide = 16_384

  /// The first thing that is wrong with the values.
  var problem: String? {
    if height < 1 || width < 1 {
      return "'input' is \(height) x \(width) pixels, but both must be at least 1"
    }
    if max(height, width) > Self.largestSide {
      return "'input' is \(height) x \(width) pixels, but at most \(Self.largestSide) are possible"
    }
    if range.count != 2 || range[0] == range[1] || !range.allSatisfy(\.isFinite) {
      return "'input.range' must be two different numbers"
    }
    for (name, values) in [("mean", mean), ("standardDeviation", standardDeviation)]
    where (values.count != 1 && values.count != 3) || !values.allSatisfy(\.isFinite) {
      return "'input.\(name)' must be one number or three"
    }
    if standardDeviation.contains(where: { $0 <= 0 }) {
      return "'input.standardDeviation' must be above 0"
    }
    return nil
  }

  /// Returns an image as it enters the network.
  ///
  /// - Parameter image: RGB between 0 and 1, `[batch, 3, height, width]`.
  /// - Returns: The network's input, of the same shape.
  /// - Throws: `GraphError` if the image has other channels.
  public func preprocessed(_ image: Node) throws(GraphError) -> Node {
    guard image.shape.rank == 4, image.shape[1] == 3 else {
      throw .mismatch(
        operation: "preprocessing", requirement: "images [batch, 3, height, width]",
        got: "\(image.type)")
    }
    var x = image
    if channels == .bgr {
      x = try .concatenated(
        [2, 1, 0].map { channel throws(GraphError) in
          try image.sliced(axis: 1, channel..<(channel + 1))
        }, axis: 1)
    }
    // One multiplication and one addition, in double precision until they are rounded.
    let count = max(mean.count, standardDeviation.count)
    let factors = (0..<count).map { self.factors($0) }
    let scale = factors.map { Float($0.scale) }
    let offset = factors.map { Float($0.offset) }
    if count == 1 { return try Self.scaled(x, by: scale[0], plus: offset[0]) }
    return try x * .constant(scale, [1, 3, 1, 1]) + .constant(offset, [1, 3, 1, 1])
  }

  private static func scaled(
    _ x: Node, by scale: Float, plus offset: Float
  ) throws(GraphError) -> Node {
    let scaled = scale == 1 ? x : try x * scale
    return offset == 0 ? scaled : try scaled + offset
  }
}

extension InputDescription: Codable {
  private enum Key: String, CodingKey {
    case height, width, channels, range, mean, standardDeviation
  }

  /// Reads a description; all but the size may be left out.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    self.init(
      height: try container.decode(Int.self, forKey: .height),
      width: try container.decode(Int.self, forKey: .width))
    if let value = try container.decodeIfPresent(ChannelOrder.self, forKey: .channels) {
      channels = value
    }
    if let value = try container.decodeIfPresent([Float].self, forKey: .range) { range = value }
    if container.contains(.mean) { mean = try Self.numbers(container, .mean) }
    if container.contains(.standardDeviation) {
      standardDeviation = try Self.numbers(container, .standardDeviation)
    }
  }

  /// Writes a mean or deviation that all channels share as one number.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(height, forKey: .height)
    try container.encode(width, forKey: .width)
    try container.encode(channels, forKey: .channels)
    try container.encode(range, forKey: .range)
    for (key, values) in [(Key.mean, mean), (.standardDeviation, standardDeviation)] {
      if values.count == 1 {
        try container.encode(values[0], forKey: key)
      } else {
        try container.encode(values, forKey: key)
      }
    }
  }

  private static func numbers(
    _ container: KeyedDecodingContainer<Key>, _ key: Key
  ) throws -> [Float] {
    if let number = try? container.decode(Float.self, forKey: key) { return [number] }
    return try container.decode([Float].self, forKey: key)
  }
}
