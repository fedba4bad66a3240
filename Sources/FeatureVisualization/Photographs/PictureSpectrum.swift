import Foundation
import PlumbGraph
import PlumbRuntime

/// Fourier transforms of square pictures of one size.
final class PictureSpectrum {
  /// The side of the pictures in pixels.
  let side: Int
  private let program: Program

  /// The number of columns of a spectrum.
  var columns: Int { side / 2 + 1 }

  /// Compiles the transform.
  init(side: Int) throws {
    self.side = side
    let colors = Node.input("colors", [3, side, side])
    program = try Program(
      Graph(["spectrum": try colors.realFourierTransform()]), parameters: ParameterStore())
  }

  /// The orthonormal transforms of red, green and blue, `[3, side, side / 2 + 1, 2]`, row-major.
  func transform(_ colors: [Float]) throws -> [Float] {
    try program.set("colors", Tensor([3, side, side], colors))
    try program.run()
    return try program.output("spectrum").elements
  }
}
