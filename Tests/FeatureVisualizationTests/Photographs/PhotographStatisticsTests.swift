import Foundation
import PlumbFiles
import PlumbRuntime
import Testing

@testable import FeatureVisualization

@Suite("Statistics of photographs")
struct PhotographStatisticsTests {
  /// Noise whose colors are mixtures of uncorrelated channels.
  private func noise(_ side: Int, _ root: [[Double]], seed: UInt64) throws -> PixelImage {
    var random = RandomStream(seed: seed, name: "noise")
    let plane = side * side
    let channels = (0..<3).map { _ in random.normal(plane).map { Double($0) } }
    var image = Tensor([1, 3, side, side], filledWith: 0)
    for color in 0..<3 {
      for pixel in 0..<plane {
        let value = (0..<3).reduce(0.0) { $0 + root[color][$1] * channels[$1][pixel] }
        image.elements[color * plane + pixel] = Float(0.5 + value)
      }
    }
    return image.picture(0)
  }

  @Test("Finds the covariance of colors, in axes of falling strength")
  func covariance() throws {
    let root = [[0.10, 0.02, 0.01], [0.10, 0.00, -0.02], [0.10, -0.02, 0.01]]
    var measurement = try PhotographMeasurement(side: 64)
    for seed in 0..<8 { try measurement.add(noise(64, root, seed: UInt64(seed))) }
    let found = try measurement.statistics().colors.root
    for a in 0..<3 {
      for b in 0..<3 {
        let expected = (0..<3).reduce(0.0) { $0 + root[a][$1] * root[b][$1] }
        let got = (0..<3).reduce(0.0) { $0 + found[a][$1] * found[b][$1] }
        // 32768 samples: a relative error of about 1/128.
        #expect(abs(got - expected) < 0.03 * 0.0102)
      }
    }
    let lengths = (0..<3).map { axis in found.reduce(0) { $0 + $1[axis] * $1[axis] } }
    #expect(lengths[0] > lengths[1] && lengths[1] > lengths[2])
    // Axes are at right angles.
    let dot = found.reduce(0) { $0 + $1[0] * $1[1] }
    #expect(abs(dot) < 1e-9)
  }

  @Test("The spectrum of white noise is flat, at any size")
  func flatSpectrum() throws {
    var measurement = try PhotographMeasurement(side: 32)
    let root = [[0.1, 0, 0], [0, 0.1, 0], [0, 0, 0.1]]
    for seed in 0..<30 { try measurement.add(noise(32, root, seed: UInt64(seed))) }
    let spectrum = try measurement.statistics().spectrum
    for (height, width) in [(32, 32), (21, 40)] {
      let magnitudes = spectrum.magnitudes(height: height, width: width)
      #expect(magnitudes.count == 3 * height * (width / 2 + 1))
      let columns = width / 2 + 1
      let plane = magnitudes.prefix(height * columns)
      // Without frequency 0, whose value is the brightness.
      let varying = plane.enumerated().filter { $0.offset / columns > 0 && $0.offset % columns > 0 }
      let mean = varying.reduce(0) { $0 + $1.element } / Float(varying.count)
      #expect(varying.allSatisfy { abs($0.element / mean - 1) < 0.5 })
    }
  }

  @Test("Smooth pictures have steep spectra and little variation")
  func measures() throws {
    let spectrum = try PictureSpectrum(side: 32)
    func measures(_ picture: Tensor) throws -> PictureMeasures {
      PictureMeasures(
        colors: picture.elements, spectrum: try spectrum.transform(picture.elements), side: 32)
    }
    let smooth = try measures(ParameterizationTests.picture(32, 32))
    let root = [[0.1, 0, 0], [0.1, 0, 0], [0.1, 0, 0]]
    let rough = try measures(noise(32, root, seed: 1).tensor)
    #expect(try #require(smooth.spectralSlope) < -1)
    #expect(abs(try #require(rough.spectralSlope)) < 0.3)
    #expect(smooth.highFrequencyShare < 0.05)
    // The part of the square of frequencies outside a circle of 0.3: 1 - 0.09 π.
    #expect(abs(rough.highFrequencyShare - 0.717) < 0.05)
    #expect(smooth.totalVariation < rough.totalVariation / 3)
    // Neighbors with standard deviation 0.1 differ by 0.2 / √π on average.
    #expect(abs(rough.totalVariation - 0.1128) < 0.01)
  }

  @Test("Ranks lie between the steps of a list")
  func ranks() {
    let list = [0.0, 1, 3]
    #expect(PhotographStatistics.rank(of: -1, in: list) == 0)
    #expect(PhotographStatistics.rank(of: 0.5, in: list) == 0.25)
    #expect(PhotographStatistics.rank(of: 2, in: list) == 0.75)
    #expect(PhotographStatistics.rank(of: 9, in: list) == 1)
  }

  @Test("Survive JSON to the last digit")
  func json() throws {
    let statistics = try ParameterizationTests.photographs(24)
    let data = try JSONEncoder().encode(statistics)
    #expect(try JSONDecoder().decode(PhotographStatistics.self, from: data) == statistics)
  }

  @Test("Gray pictures and none are errors that say so")
  func errors() throws {
    var measurement = try PhotographMeasurement(side: 8)
    #expect(throws: ParameterizationError.singularColors) { try measurement.statistics() }
    try measurement.add(
      PixelImage(
        height: 8, width: 8, channels: 1, pixels: (0..<64).map { UInt8($0 * 4) }))
    #expect(throws: ParameterizationError.singularColors) { try measurement.statistics() }
    #expect(throws: ParameterizationError.damagedSpectrum) {
      try NaturalSpectrum(side: 8, logarithms: [1])
    }
  }
}
