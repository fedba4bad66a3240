import PlumbFiles
import PlumbRuntime

/// Optimized images, with how they came about.
public struct Visualization: Sendable {
  /// What was asked for.
  public let recipe: VisualizationRecipe
  /// The images, `[batch, channel, height, width]`, RGB between 0 and 1, and opacity if they have it.
  public let images: Tensor
  /// The objective before each step.
  public let curve: [Float]

  /// The number of images.
  public var count: Int { images.shape[0] }

  /// One image as a picture of 8-bit pixels, each value rounded to the nearest of 0 to 255.
  public func picture(_ index: Int) -> PixelImage { images.picture(index) }
}

extension Tensor {
  /// One image of `[batch, channel, height, width]`, values between 0 and 1, as 8-bit pixels.
  ///
  /// - Parameter index: Which image of the batch.
  /// - Returns: The picture, each value rounded to the nearest of 0 to 255; RGBA if there are four
  ///   channels.
  public func picture(_ index: Int) -> PixelImage {
    let (channels, height, width) = (shape[1], shape[2], shape[3])
    let plane = height * width
    var bytes = [UInt8](repeating: 0, count: channels * plane)
    for channel in 0..<channels {
      let first = (index * channels + channel) * plane
      for pixel in 0..<plane {
        let value = min(max(elements[first + pixel], 0), 1)
        bytes[pixel * channels + channel] = UInt8((value * 255).rounded())
      }
    }
    return PixelImage(height: height, width: width, channels: channels, pixels: bytes)
  }
}

extension PixelImage {
  /// The picture as a tensor `[1, 3, height, width]` of values between 0 and 1; transparent parts
  /// are white.
  public var tensor: Tensor {
    let rgb = rgb()
    let plane = height * width
    var tensor = Tensor(
      .images(batch: 1, channels: 3, height: height, width: width), filledWith: 0)
    for pixel in 0..<plane {
      for channel in 0..<3 {
        tensor.elements[channel * plane + pixel] = Float(rgb.pixels[pixel * 3 + channel]) / 255
      }
    }
    return tensor
  }
}

/// How far a visualization has come.
public struct VisualizationProgress: Sendable, Hashable {
  /// The steps that were taken.
  public let step: Int
  /// The steps to take.
  public let total: Int
  /// The objective before the latest step.
  public let objective: Float
}
