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
      [batch, channelCount, height, width / 2 + 1, 2],
      names: ["batch", "channel", "row", "column", "part"])
  }

  /// The channels as the inverse transform of a spectrum.
  ///
  /// Lucid and Lucent keep one more column for an odd width, which their inverse transforms then
  /// crop or ignore; here there are just the columns that count.
  func spectrumImage(decay: Double) throws -> Node {
    try spectrumImage(of: .parameter(Self.prefix + "spectrum", spectrumShape), decay: decay)
  }

  /// The channels as the inverse transform of a spectrum.
  func spectrumImage(of spectrum: Node, decay: Double) throws -> Node {
    let gains = try spectrumGain(height: height, width: width, decay: decay)
    let scaled = gains.elements.map { $0 / Float(Self.fourierDivisor) }
    let gain = try Node.constant(scaled, [height, width / 2 + 1, 1])
    return try (spectrum * gain).inverseRealFourierTransform(width: width)
  }

  /// The spectrum whose image these channels are: the inverse of ``spectrumImage(decay:)``.
  func spectrum(of channels: Tensor, decay: Double) throws -> Tensor {
    let gains = try spectrumGain(height: height, width: width, decay: decay)
    let scaled = gains.elements.map { Float(Self.fourierDivisor) / $0 }
    let gain = try Node.constant(scaled, [height, width / 2 + 1, 1])
    let spectrum = try Node.input("channels", imageShape).realFourierTransform() * gain
    let program = try Program(Graph(["spectrum": spectrum]), parameters: ParameterStore())
    try program.set("channels", channels)
    try program.run()
    return try program.output("spectrum")
  }
}
