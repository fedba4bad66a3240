import Foundation
import PlumbGraph
import PlumbRuntime

/// A compositional pattern-producing network: a small network from the coordinates of a pixel to its
/// color.
///
/// Its images are smooth and have no size of their own: the same weights can be rendered at any
/// height and width. Lucid uses it without transforms and with a learning rate of 0.004 to 0.005.
///
/// Source: Stanley, "Compositional pattern producing networks", 2007; constants from Lucid.
public struct PatternNetwork: Sendable, Hashable, Codable {
  /// What follows each hidden layer; every choice doubles the channels.
  public enum Activation: String, Sendable, Hashable, Codable, CaseIterable {
    /// `atan(x) / 0.67` beside `atan(x)² / 0.6`: Lucid's default.
    case arctangent
    /// The same with the mean of the second half moved to 0, `(atan(x)² - 0.45) / 0.396`.
    case unbiasedArctangent
    /// `relu(x)` beside `relu(-x)`, each as `(y - 0.40) / 0.58`.
    case relu
  }

  /// The number of hidden layers.
  public var layers: Int
  /// The channels of each hidden layer before the activation doubles them.
  public var channels: Int
  /// What follows each hidden layer.
  public var activation: Activation

  /// Creates a network; the defaults are Lucid's.
  public init(layers: Int = 8, channels: Int = 24, activation: Activation = .arctangent) {
    self.layers = layers
    self.channels = channels
    self.activation = activation
  }

  /// The images, one network each, and the initial weights.
  func image(
    batch: Int, channels colors: Int, height: Int, width: Int, random: RandomStream
  ) throws -> ParameterizedImage {
    var values: [String: Tensor] = [:]
    let coordinates = try Self.coordinates(height: height, width: width)
    let images = try (0..<batch).map { index in
      var random = random.substream(index)
      let name = { (part: String) in "\(Parameterization.prefix)pattern\(index).\(part)" }
      var x = coordinates
      for layer in 0..<layers {
        let (weight, bias) = (name("layer\(layer).weight"), name("layer\(layer).bias"))
        let inputs = x.shape[1]
        x = try activated(try Self.convolved(x, weight, bias, outputs: channels))
        // Variance 1 / fan-in for weights; Lucid's standard deviation of 0.1 for biases.
        let scale = 1 / Float(inputs).squareRoot()
        values[weight] = try Tensor(
          [channels, inputs, 1, 1], random.normal(channels * inputs).map { $0 * scale })
        values[bias] = try Tensor([channels], random.normal(channels).map { $0 * 0.1 })
      }
      // Zeros, so that every image starts as even gray.
      let (weight, bias) = (name("output.weight"), name("output.bias"))
      values[weight] = Tensor([colors, x.shape[1], 1, 1], filledWith: 0)
      values[bias] = Tensor([colors], filledWith: 0)
      return try Self.convolved(x, weight, bias, outputs: colors).sigmoid()
    }
    return ParameterizedImage(
      image: try .concatenated(images, axis: 0), initialValues: values)
  }

  private static func convolved(
    _ x: Node, _ weight: String, _ bias: String, outputs: Int
  ) throws(GraphError) -> Node {
    try x.convolved(
      with: .parameter(weight, [outputs, x.shape[1], 1, 1]), bias: .parameter(bias, [outputs]),
      geometry: ConvolutionGeometry())
  }

  private func activated(_ x: Node) throws(GraphError) -> Node {
    switch activation {
    case .arctangent:
      let angle = try x.arctangent()
      return try .concatenated([angle / 0.67, angle.squared() / 0.6], axis: 1)
    case .unbiasedArctangent:
      let angle = try x.arctangent()
      return try .concatenated([angle / 0.67, (angle.squared() + -0.45) / 0.396], axis: 1)
    case .relu:
      let (positive, negative) = try (x.relu(), (x * -1).relu())
      return try .concatenated(
        [(positive + -0.40) / 0.58, (negative + -0.40) / 0.58], axis: 1)
    }
  }

  /// The coordinates of each pixel, `[1, 2, height, width]`: x, then y.
  ///
  /// Both run evenly from -√3 to √3, so that each has mean 0 and variance 1.
  private static func coordinates(height: Int, width: Int) throws(GraphError) -> Node {
    let reach = 3.0.squareRoot()
    let place = { (index: Int, count: Int) in
      count == 1 ? Float(0) : Float(-reach + 2 * reach * Double(index) / Double(count - 1))
    }
    var values: [Float] = []
    for _ in 0..<height { for x in 0..<width { values.append(place(x, width)) } }
    for y in 0..<height { for _ in 0..<width { values.append(place(y, height)) } }
    return try .constant(values, [1, 2, height, width])
  }
}
