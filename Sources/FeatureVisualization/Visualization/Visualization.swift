import PlumbFiles
import PlumbRuntime

/// Optimized images, with how they came about.
public struct Visualization: Sendable {
  /// What was asked for.
  public let recipe: VisualizationRecipe
  /// The images, `[batch, 3, height, width]`, RGB between 0 and 1.
  public let images: Tensor
  /// The objective before each step.
  public let curve: [Float]

  /// The number of images.
  public var count: Int { images.shape[0] }

  /// One image as a picture of 8-bit RGB pixels, each value rounded to the nearest of 0 to 255.
  public func picture(_ index: Int) -> PixelImage {
    let (height, width) = (images.shape[2], images.shape[3])
    let plane = height * width
    var bytes = [UInt8](repeating: 0, count: 3 * plane)
    for channel in 0..<3 {
      let first = (index * 3 + channel) * plane
      for pixel in 0..<plane {
        let value = min(max(images.elements[first + pixel], 0), 1)
        bytes[pixel * 3 + channel] = UInt8((value * 255).rounded())
      }
    }
    return PixelImage(height: height, width: width, channels: 3, pixels: bytes)
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
