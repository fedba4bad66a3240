import Foundation
import GraphReference
import Testing

@testable import PlumbGraph

@Suite("Inverse real Fourier transform")
struct FourierTransformTests {
  /// The transform by its definition: complex along the height, then real along the width from
  /// half a spectrum, whose other half is the mirror image.
  private func definition(_ spectrum: ReferenceTensor, height: Int, width: Int) -> [Double] {
    let scale = 1 / Double(height * width).squareRoot()
    return Shape([height, width]).sizes.reduce([[]]) { prefixes, size in
      prefixes.flatMap { prefix in (0..<size).map { prefix + [$0] } }
    }.map { (place: [Int]) -> Double in
      var sum = 0.0
      for column in 0..<width {
        let isMirrored = column > width / 2
        for row in 0..<height {
          let source = isMirrored ? [(height - row) % height, width - column] : [row, column]
          let real = spectrum[source + [0]]
          let imaginary = spectrum[source + [1]] * (isMirrored ? -1 : 1)
          let turns =
            Double(row * place[0]) / Double(height) + Double(column * place[1]) / Double(width)
          let angle = 2 * Double.pi * turns
          sum += real * cos(angle) - imaginary * sin(angle)
        }
      }
      return sum * scale
    }
  }

  @Test("Is the definition's sum", arguments: [(4, 6), (5, 7), (1, 1), (3, 1), (1, 2), (2, 5)])
  func definition(height: Int, width: Int) throws {
    var generator = SeededGenerator(seed: 3)
    let shape: Shape = [height, width / 2 + 1, 2]
    let spectrum = ReferenceTensor(shape, generator.normals(shape.count))
    let interpreter = ReferenceInterpreter(inputs: ["spectrum": spectrum.values])
    let image = try interpreter.evaluate(
      Node.input("spectrum", shape).inverseRealFourierTransform(width: width))
    #expect(image.shape == [height, width])
    for (value, expected) in zip(image.values, definition(spectrum, height: height, width: width)) {
      // The tables of cosines and sines are 32-bit floats.
      #expect(abs(value - expected) < 1e-6)
    }
  }

  @Test("Keeps the norm of a spectrum that is counted with its mirror image")
  func orthonormal() throws {
    // One cosine wave of frequency 1 along an odd width: the mirror image doubles its power.
    let spectrum: [Double] = [0, 0, 1, 0, 0, 0]
    let image = try ReferenceInterpreter(inputs: ["spectrum": spectrum]).evaluate(
      Node.input("spectrum", [1, 3, 2]).inverseRealFourierTransform(width: 5))
    #expect(abs(image.values.reduce(0) { $0 + $1 * $1 } - 2) < 1e-6)
  }
}
