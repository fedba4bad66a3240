import Foundation
import Goldens
import PlumbFiles
import PlumbGraph
import PlumbRuntime
import Testing

@testable import FeatureVisualization

@Suite("Fourier images against Lucent", .enabled(if: Golden.isPresent, "\(SharedFiles.reason)"))
struct FourierGoldenTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let height: Int
    let width: Int
    let decay: Double

    var testDescription: String { name }

    var parameterization: Parameterization {
      Parameterization(.fourier(decay: decay), height: height, width: width)
    }

    /// The number of columns in the file, one more than ours for odd widths.
    var columns: Int { width % 2 == 0 ? width / 2 + 1 : width / 2 + 2 }

    /// The part of a spectrum that counts.
    func withoutExtraColumn(_ values: [Float]) -> [Float] {
      let (row, kept) = (columns * 2, (width / 2 + 1) * 2)
      return stride(from: 0, to: values.count, by: row).flatMap { values[$0..<$0 + kept] }
    }
  }

  static let cases = [
    Case(name: "224x224", height: 224, width: 224, decay: 1),
    Case(name: "128x96", height: 128, width: 96, decay: 1),
    Case(name: "65x33", height: 65, width: 33, decay: 1),
    Case(name: "32x32_decay0.5", height: 32, width: 32, decay: 0.5),
  ]

  private func spectrum(_ item: Case, _ golden: SafetensorsFile) throws -> Tensor {
    try Tensor(
      item.parameterization.spectrumShape,
      item.withoutExtraColumn(golden.floats("spectrum")))
  }

  @Test("The gain is Lucid's", arguments: cases)
  func gain(_ item: Case) throws {
    let expected = try Golden.file("fft_\(item.name).safetensors").floats("scale")
    let got = try spectrumGain(height: item.height, width: item.width, decay: item.decay)
    let kept = item.width / 2 + 1
    for row in 0..<item.height {
      for column in 0..<kept {
        let wanted = expected[row * item.columns + column]
        // One power per element: two implementations may differ in the last bit or two.
        #expect(abs(got[row, column] - wanted) <= 1e-6 * wanted)
      }
    }
  }

  @Test("Images match before and after color", arguments: cases)
  func images(_ item: Case) throws {
    let golden = try Golden.file("fft_\(item.name).safetensors")
    let raw = try item.parameterization.spectrumImage(decay: item.decay)
    let decorrelated = try raw.recorrelatingColors()
    let program = try Program(
      Graph([
        "raw": raw, "decorrelated": decorrelated, "final": try decorrelated.sigmoid(),
        "plain": try raw.sigmoid().mean(over: [2, 3]),
      ]),
      parameters: ParameterStore(["image.spectrum": spectrum(item, golden)]))
    let results = try program()
    for (key, name) in [
      ("image_raw", "raw"), ("image_raw.channel0", "raw"), ("image_decorrelated", "decorrelated"),
      ("image_final", "final"), ("image_final_no_decorrelation_mean_per_channel", "plain"),
    ] where golden.names.contains(key) {
      let expected = try golden.floats(key)
      let got = Array(try #require(results[name]).elements.prefix(expected.count))
      let difference = largestDifference(got, expected)
      #expect(difference <= 1e-5, "\(key): largest difference \(difference)")
    }
  }

  @Test("The gradient of an objective matches", arguments: cases)
  func gradient(_ item: Case) throws {
    let golden = try Golden.file("fft_\(item.name).safetensors")
    let image = try item.parameterization.spectrumImage(decay: item.decay)
      .recorrelatingColors().sigmoid()
    let weights = try Golden.functional(height: item.height, width: item.width)
    let objective = try image.dotProduct(.input("A", weights.shape))
    let spectrum = Node.parameter("image.spectrum", item.parameterization.spectrumShape)
    let program = try Program(
      Graph([
        "objective": objective,
        "gradient": try PlumbGraph.gradient(of: objective, for: [spectrum])[0],
      ]),
      parameters: ParameterStore(["image.spectrum": self.spectrum(item, golden)]),
      options: .init(updated: ["image.spectrum"]))
    let results = try program(["A": weights])
    let expected = item.withoutExtraColumn(try golden.floats("grad_spectrum"))
    let limit = 1e-5 * (expected.map(abs).max() ?? 0) + 1e-5
    let difference = largestDifference(try #require(results["gradient"]).elements, expected)
    #expect(difference <= limit, "largest difference \(difference) of \(limit)")
  }

  @Test("Five steps of Adam match", arguments: cases)
  func adam(_ item: Case) throws {
    let golden = try Golden.file("fft_\(item.name).safetensors")
    let node = try item.parameterization.spectrumImage(decay: item.decay)
      .recorrelatingColors().sigmoid()
    let optimizer = try FittedImage(
      ParameterizedImage(
        image: node, initialValues: ["image.spectrum": spectrum(item, golden)]),
      learningRate: 0.05)
    let weights = try Golden.functional(height: item.height, width: item.width)
    let count = Float(weights.shape.count)
    let gradient = try Tensor(weights.shape, weights.elements.map { $0 / count })
    let curve = try golden.floats("adam5.objective_mean_before_each_step")
    for expected in curve {
      let images = try optimizer.images()
      let objective = zip(images.elements, weights.elements).reduce(0.0) {
        $0 + Double($1.0) * Double($1.1)
      }
      let got = Float(objective / Double(count))
      #expect(abs(got - expected) <= 1e-5, "\(got), not \(expected)")
      try optimizer.step(along: gradient)
    }
    guard golden.names.contains("adam5.spectrum") else { return }
    let expected = item.withoutExtraColumn(try golden.floats("adam5.spectrum"))
    let got = try #require(try optimizer.state()["parameter.image.spectrum"]).elements
    #expect(got.count == expected.count)
    // The first steps are like the sign of the gradient, so tiny gradients may go another way.
    let outside = zip(got, expected).count { !(abs($0 - $1) <= 1e-3) }
    #expect(
      Double(outside) <= 0.005 * Double(expected.count), "\(outside) of \(expected.count) differ")
  }
}
