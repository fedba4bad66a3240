import Goldens
import PlumbGraph
import Testing
import VisionModels

@testable import PlumbRuntime

@Suite("Precision", .enabled(if: Golden.isPresent, "\(SharedFiles.reason)"))
struct PrecisionTests {
  /// The input gradient of class 488 in a precision.
  private func gradient(_ precision: Precision) throws -> [Float] {
    let parameters = try Golden.parameters("inceptionv1/inceptionv1_random_fp16.safetensors")
    let network = try InceptionV1(variant: .lucent).network(
      on: .input("image", .images(batch: 1, channels: 3, height: 224, width: 224)))
    let objective = try #require(network.logits).sliced(axis: 1, 488..<489).sum()
    let node = try PlumbGraph.gradient(of: objective, for: [network.input])[0]
    let program = try Program(
      Graph(["gradient": node]), parameters: parameters, options: .init(precision: precision))
    var stream = RandomStream(seed: 5, name: "image")
    let image = try Tensor(network.input.shape, stream.uniform(network.input.shape.count))
    return try #require(try program(["image": image])["gradient"]).elements
  }

  @Test("A backward pass in bfloat16 keeps the direction of the gradient")
  func mixedGradient() throws {
    let exact = try gradient(.fp32)
    let mixed = try gradient(.mixed)
    let similarity = cosine(exact, mixed)
    #expect(similarity >= 0.9999, "cosine \(similarity)")
    #expect(exact != mixed)
  }

  @Test("Rounding to bfloat16 is to nearest, ties to even")
  func rounding() {
    #expect(Float(1).roundedToBFloat16 == 1)
    #expect((1 + Float(0x1p-8)).roundedToBFloat16 == 1)
    #expect((1 + Float(0x1.8p-7)).roundedToBFloat16 == 1 + 0x1p-6)
    #expect((-Float(0x1.01p0) - Float(0x1p-12)).roundedToBFloat16 == -(1 + Float(0x1p-7)))
    #expect(Float.infinity.roundedToBFloat16 == .infinity)
    #expect(Float.nan.roundedToBFloat16.isNaN)
  }
}
