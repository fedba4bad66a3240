import Foundation
import PlumbKernels
import PlumbRuntime

extension VisionTraining.Augmentation {
  /// How the pictures of one step are cut and colored.
  ///
  /// - Parameters:
  ///   - count: The number of pictures.
  ///   - size: Their height and width in pixels.
  ///   - shown: The height and width in pixels of what the network sees.
  ///   - stream: The step's random numbers; picture `i` takes the same ones whatever `count` is.
  /// - Returns: A window per picture.
  ///
  /// Source: windows as in Szegedy et al., "Going Deeper with Convolutions", 2015.
  func crops(
    count: Int, size: Int, shown: Int, stream: RandomStream
  ) -> [ImageKernels.Crop] {
    var stream = stream
    let draws = stream.uniform(count * Self.drawsPerPicture)
    return (0..<count).map { picture in
      crop(
        Array(draws[picture * Self.drawsPerPicture..<(picture + 1) * Self.drawsPerPicture]), size,
        shown)
    }
  }

  private static let drawsPerPicture = 9

  private func crop(_ draws: [Float], _ size: Int, _ shown: Int) -> ImageKernels.Crop {
    draws[8] < Float(unscaled) ? piece(draws, size, shown) : window(draws, size)
  }

  /// A piece at the picture's own scale, at whole pixels, so that nothing is blurred.
  ///
  /// It may reach beyond the picture by an eighth of its side; the picture's last pixels are repeated
  /// there.
  private func piece(_ draws: [Float], _ size: Int, _ shown: Int) -> ImageKernels.Crop {
    let reach = shown / 8
    let places = Float(max(size - shown, 0) + 2 * reach + 1)
    let (top, left) = (Int(draws[2] * places) - reach, Int(draws[3] * places) - reach)
    return ImageKernels.Crop(
      top: Float(top), left: Float(left), height: Float(shown), width: Float(shown),
      isMirrored: flips && draws[4] < 0.5, colors: colors(draws[5...]))
  }

  private func window(_ draws: [Float], _ size: Int) -> ImageKernels.Crop {
    let side = Float(size)
    let area = Float(smallestArea) + (1 - Float(smallestArea)) * draws[0]
    let aspect = pow(Float(largestAspect), 2 * draws[1] - 1)
    // A window wider or higher than the picture is made as large as it can be.
    let height = min(side * (area / aspect).squareRoot(), side)
    let width = min(side * (area * aspect).squareRoot(), side)
    return ImageKernels.Crop(
      top: draws[2] * (side - height), left: draws[3] * (side - width), height: height,
      width: width, isMirrored: flips && draws[4] < 0.5, colors: colors(draws[5...]))
  }

  /// Brightness, contrast around mid-gray and saturation as one matrix.
  private func colors(_ draws: ArraySlice<Float>) -> [Float] {
    let factors = draws.map { 1 + Float(color) * (2 * $0 - 1) }
    let (brightness, contrast, saturation) = (factors[0], factors[1], factors[2])
    // Rec. 601 luma, what remains of a picture at saturation 0.
    let luma: [Float] = [0.299, 0.587, 0.114]
    var matrix: [Float] = []
    for row in 0..<3 {
      for column in 0..<3 {
        let mixed = (1 - saturation) * luma[column] + (row == column ? saturation : 0)
        matrix.append(mixed * contrast * brightness)
      }
      matrix.append(0.5 * (1 - contrast))
    }
    return matrix
  }
}
