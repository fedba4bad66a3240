import Foundation
import Goldens
import PlumbGraph
import PlumbRuntime
import Testing

@testable import FeatureVisualization

@Suite("Parameterizations")
struct ParameterizationTests {
  /// All of them; phases with the magnitudes of ``picture(_:_:)``.
  static func bases() -> [Parameterization.Basis] {
    [.pixels, .fourier(), .laplacianPyramid(), .patternNetwork()]
      + ((try? photographs(24)).map { [.phases($0.spectrum)] } ?? [])
  }

  /// The statistics of one picture.
  static func photographs(_ side: Int) throws -> PhotographStatistics {
    var measurement = try PhotographMeasurement(side: side)
    try measurement.add(picture(side, side).picture(0))
    return try measurement.statistics()
  }

  private func render(_ image: ParameterizedImage) throws -> Tensor {
    try FittedImage(image, learningRate: 0.05).images()
  }

  @Test(
    "Images have the shape that was asked for, start gray, and repeat with the seed",
    arguments: bases(), [(16, 16), (13, 9)])
  func startsGray(_ basis: Parameterization.Basis, size: (Int, Int)) throws {
    let parameterization = Parameterization(basis, batch: 2, height: size.0, width: size.1)
    let first = try render(parameterization.image(seed: 3))
    #expect(first.shape == [2, 3, size.0, size.1])
    // Phases alone cannot make an image flat.
    if case .phases = basis {
      #expect(first.elements.contains { abs($0 - 0.5) > 0.1 })
    } else {
      #expect(first.elements.allSatisfy { abs($0 - 0.5) < 0.1 })
    }
    #expect(try render(parameterization.image(seed: 3)) == first)
    if case .patternNetwork = basis { return }
    #expect(try render(parameterization.image(seed: 4)) != first)
  }

  @Test("A single pixel works", arguments: [Parameterization.Basis.pixels, .fourier()])
  func singlePixel(_ basis: Parameterization.Basis) throws {
    let image = try render(Parameterization(basis, height: 1, width: 1).image(seed: 0))
    #expect(image.shape == [1, 3, 1, 1])
  }

  /// A picture of a soft disk on a slope, the corner a little clipped.
  static func picture(_ height: Int, _ width: Int) throws -> Tensor {
    var picture = Tensor([1, 3, height, width], filledWith: 0)
    for y in 0..<height {
      for x in 0..<width {
        let (v, u) = (Double(y) / Double(height) - 0.4, Double(x) / Double(width) - 0.6)
        let disk = 1 / (1 + exp(20 * ((u * u + v * v).squareRoot() - 0.25)))
        picture[0, 0, y, x] = Float(0.2 + 0.7 * disk)
        picture[0, 1, y, x] = Float(0.3 + 0.4 * u + 0.2 * disk)
        picture[0, 2, y, x] = Float(0.6 - 0.3 * v - 0.4 * disk)
      }
    }
    return picture
  }

  @Test("Can start from an image", arguments: bases().prefix(3), [true, false])
  func startsFromImage(_ basis: Parameterization.Basis, decorrelates: Bool) throws {
    for (height, width) in [(16, 12), (9, 11), (1, 1)] {
      var basis = basis
      if height == 1, case .laplacianPyramid = basis { basis = .laplacianPyramid(levels: 1) }
      let picture = try Self.picture(height, width)
      let parameterization = Parameterization(
        basis, height: height, width: width, colors: decorrelates ? .imageNet : nil)
      let image = try render(parameterization.image(startingFrom: picture))
      // The spectrum of low frequencies is divided by large gains and multiplied again.
      #expect(largestDifference(image.elements, picture.elements) < 1e-4)
    }
  }

  @Test("Can fit a picture", arguments: bases())
  func fits(_ basis: Parameterization.Basis) throws {
    let picture = try Self.picture(24, 20)
    let parameterization = Parameterization(basis, height: 24, width: 20)
    // Phases leave contrast alone; what they can fit is the rest.
    if case .phases = basis { return try fitsUpToContrast(basis) }
    let isNetwork = if case .patternNetwork = basis { true } else { false }
    let optimizer = try FittedImage(
      parameterization.image(seed: 5), learningRate: isNetwork ? 0.005 : 0.05)
    var error = Float.infinity
    for _ in 0..<400 {
      let differences = zip(picture.elements, try optimizer.images().elements).map { $0 - $1 }
      error = (differences.reduce(0) { $0 + $1 * $1 } / Float(differences.count)).squareRoot()
      try optimizer.step(along: Tensor(picture.shape, differences))
    }
    // A gray image is off by about 0.2; Adam at a constant rate never quite comes to rest.
    #expect(error < (isNetwork ? 0.04 : 0.02), "root mean square error \(error)")
  }

  private func fitsUpToContrast(_ basis: Parameterization.Basis) throws {
    // The square whose magnitudes were measured.
    let picture = try Self.picture(24, 24)
    let parameterization = Parameterization(
      basis, height: 24, width: 24, colors: try Self.photographs(24).colors)
    let optimizer = try FittedImage(parameterization.image(seed: 5), learningRate: 0.1)
    var correlation = 0.0
    for _ in 0..<400 {
      let image = try optimizer.images()
      correlation = Self.correlation(image.elements, picture.elements)
      let differences = zip(picture.elements, image.elements).map { $0 - $1 }
      try optimizer.step(along: Tensor(picture.shape, differences))
    }
    #expect(correlation > 0.9, "correlation \(correlation)")
  }

  private static func correlation(_ a: [Float], _ b: [Float]) -> Double {
    let centered = [a, b].map { values in
      let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
      return values.map { Double($0) - mean }
    }
    let products = { (i: Int, j: Int) in
      zip(centered[i], centered[j]).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return products(0, 1) / (products(0, 0) * products(1, 1)).squareRoot()
  }

  @Test("A Fourier image starts as flat as Lucid's", arguments: [(64, 0.0170), (128, 0.0188)])
  func initialContrast(_ size: Int, _ expected: Double) throws {
    let parameterization = Parameterization(batch: 4, height: size, width: size)
    let start = try parameterization.image(seed: 1)
    let program = try Program(
      Graph(["raw": try parameterization.spectrumImage(decay: 1)]),
      parameters: ParameterStore(start.initialValues))
    let values = try #require(try program()["raw"]).elements.map { Double($0) }
    let deviation = (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
    // Half of the variance is in a few low frequencies, so twelve planes still differ by chance.
    #expect(abs(deviation - expected) < 0.1 * expected, "\(deviation)")
  }

  @Test("The color matrix and its inverse belong together")
  func colorInverse() {
    let colors = ColorCorrelation.imageNet
    for row in 0..<3 {
      for column in 0..<3 {
        let product = (0..<3).reduce(0.0) {
          $0 + colors.normalized[row][$1] * colors.inverse[$1][column]
        }
        #expect(abs(product - (row == column ? 1 : 0)) < 1e-12)
      }
    }
  }

  @Test("Sizes that make no sense are errors that say so")
  func errors() {
    let error = ParameterizationError.emptyImage(batch: 1, height: 0, width: 4)
    #expect(throws: error) { try Parameterization(height: 0, width: 4).image(seed: 0) }
    #expect(
      error.description
        == "An image needs at least one pixel, but 1 images of 0 x 4 were asked for.")
    #expect(throws: ParameterizationError.pyramidTooHigh(levels: 4, height: 7, width: 30)) {
      try Parameterization(.laplacianPyramid(), height: 7, width: 30).image(seed: 0)
    }
    #expect(throws: ParameterizationError.cannotStartFromImage) {
      try Parameterization(.patternNetwork(), height: 2, width: 2)
        .image(startingFrom: Tensor([1, 3, 2, 2], filledWith: 0.5))
    }
    #expect(
      throws: ParameterizationError.wrongStartingImage(
        expected: [1, 3, 2, 2], got: [1, 3, 2, 3])
    ) {
      try Parameterization(.pixels, height: 2, width: 2)
        .image(startingFrom: Tensor([1, 3, 2, 3], filledWith: 0.5))
    }
  }
}
