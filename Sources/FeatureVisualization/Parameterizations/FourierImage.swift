import Foundation
import PlumbGraph
import PlumbRuntime

/// Returns the gain that gives a random spectrum the falloff of a natural image.
///
/// Multiply a spectrum by this before the inverse transform. Without it every frequency starts
/// equally loud, and the optimizer spends its steps on high-frequency noise.
///
/// - Parameters:
///   - height: Image height in pixels, at least 1.
///   - width: Image width in pixels, at least 1.
///   - decay: Falloff exponent, no unit. 1 is the usual choice; 0 leaves the spectrum flat.
/// - Returns: Gains, `[height, width / 2 + 1]`, all positive; row 0, column 0 is the mean color.
/// - Throws: ``ParameterizationError/emptyImage(batch:height:width:)`` if a side is less than 1.
///
/// Source: Olah, Mordvintsev and Schubert, "Feature Visualization", Distill, 2017.
public func spectrumGain(
  height: Int, width: Int, decay: Double = 1
) throws(ParameterizationError) -> Tensor {
  guard height > 0, width > 0 else {
    throw .emptyImage(batch: 1, height: height, width: width)
  }
  // The mean color sits at 0 cycles/pixel, where a bare power law would be infinite.
  let lowestFrequency = 1 / Double(max(height, width))
  let columns = width / 2 + 1
  var gains = Tensor([height, columns], filledWith: 0)
  for row in 0..<height {
    let vertical = Double(min(row, height - row)) / Double(height)
    for column in 0..<columns {
      let horizontal = Double(column) / Double(width)
      let frequency = (vertical * vertical + horizontal * horizontal).squareRoot()
      gains[row, column] = Float(pow(max(frequency, lowestFrequency), -decay))
    }
  }
  return gains
}

extension Parameterization {
  /// Lucid divides its Fourier images by 4, so that they start as flat as its pixel images.
  static let fourierDivisor = 4.0

  /// The shape of a spectrum; the last axis holds the real and the imaginary part.
  var spectrumShape: Shape {
    Shape(
      [batch, 3, height, width / 2 + 1, 2],
      names: ["batch", "channel", "row", "column", "part"])
  }

  /// The channels as the inverse transform of a spectrum.
  ///
  /// Lucid and Lucent keep one more column for an odd width, which their inverse transforms then
  /// crop or ignore; here there are just the columns that count.
  func spectrumImage(decay: Double) throws -> Node {
    let gains = try spectrumGain(height: height, width: width, decay: decay)
    let scaled = gains.elements.map { $0 / Float(Self.fourierDivisor) }
    let gain = try Node.constant(scaled, [height, width / 2 + 1, 1])
    let spectrum = Node.parameter(Self.prefix + "spectrum", spectrumShape)
    return try (spectrum * gain).inverseRealFourierTransform(width: width)
  }

  /// The spectrum whose image these channels are: the inverse of ``spectrumImage(decay:)``.
  ///
  /// Takes time in proportion to `height · width · (height + width)`: a second or so at 512 x 512.
  func spectrum(of channels: Tensor, decay: Double) throws -> Tensor {
    let gains = try spectrumGain(height: height, width: width, decay: decay)
    let columns = width / 2 + 1
    var spectrum = [Float](repeating: 0, count: spectrumShape.count)
    for plane in 0..<batch * 3 {
      let first = plane * height * width
      let transformed = realFourierTransform(
        channels.elements[first..<first + height * width].map { Double($0) })
      for (index, part) in transformed.enumerated() {
        let gain = Double(gains.elements[index / 2]) / Self.fourierDivisor
        spectrum[plane * height * columns * 2 + index] = Float(part / gain)
      }
    }
    return try Tensor(spectrumShape, spectrum)
  }

  /// The orthonormal real transform of one plane: pairs of real and imaginary parts,
  /// `[height, width / 2 + 1, 2]`.
  private func realFourierTransform(_ plane: [Double]) -> [Double] {
    let columns = width / 2 + 1
    let (across, down) = (Self.rotations(width), Self.rotations(height))
    var rows = [Double](repeating: 0, count: height * columns * 2)
    for row in 0..<height {
      for column in 0..<columns {
        var (real, imaginary) = (0.0, 0.0)
        for place in 0..<width {
          let (cosine, sine) = across[place * column % width]
          real += plane[row * width + place] * cosine
          imaginary -= plane[row * width + place] * sine
        }
        rows[(row * columns + column) * 2] = real
        rows[(row * columns + column) * 2 + 1] = imaginary
      }
    }
    var result = rows
    for row in 0..<height {
      for column in 0..<columns {
        var (real, imaginary) = (0.0, 0.0)
        for place in 0..<height {
          let (cosine, sine) = down[place * row % height]
          let at = (place * columns + column) * 2
          real += rows[at] * cosine + rows[at + 1] * sine
          imaginary += rows[at + 1] * cosine - rows[at] * sine
        }
        result[(row * columns + column) * 2] = real
        result[(row * columns + column) * 2 + 1] = imaginary
      }
    }
    return result
  }

  /// Cosine and sine of each `index / size` of a full turn, divided by the root of `size`.
  private static func rotations(_ size: Int) -> [(cosine: Double, sine: Double)] {
    (0..<size).map { index in
      let angle = 2 * Double.pi * Double(index) / Double(size)
      let scale = 1 / Double(size).squareRoot()
      return (cos(angle) * scale, sin(angle) * scale)
    }
  }
}
