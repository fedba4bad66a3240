import Goldens
import PlumbFiles
import PlumbGraph
import Testing

@testable import PlumbRuntime

@Suite("SqueezeNet against the golden", .enabled(if: Golden.isPresent, "\(SharedFiles.reason)"))
struct SqueezeNetTests {
  /// The network of `torchvision.models.squeezenet1_1` with a quarter of its widths.
  private func network(batch: Int) throws -> (layers: [String: Node], logits: Node) {
    func convolved(
      _ x: Node, _ name: String, _ channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0
    ) throws -> Node {
      try x.convolved(
        with: .parameter("\(name).weight", [channels, x.shape[1], kernel, kernel]),
        bias: .parameter("\(name).bias", [channels]),
        geometry: .init(strides: [stride, stride], padding: [padding, padding])
      ).relu()
    }
    var x = try convolved(
      .input("image", [batch, 3, 64, 64]), "features.0", 16, kernel: 3, stride: 2)
    let widths = [3: (4, 16), 4: (4, 16), 6: (8, 32), 7: (8, 32), 9: (12, 48), 10: (12, 48)]
    var layers: [String: Node] = [:]
    for layer in 2...12 {
      let name = "features.\(layer)"
      if [2, 5, 8].contains(layer) {
        let pool = PoolingGeometry(window: [3, 3], strides: [2, 2])
        x = try x.maxPooled(pool.roundedUp(input: Array(x.shape.sizes[2...])))
      } else {
        let (squeezed, expanded) = widths[layer, default: (16, 64)]
        let inner = try convolved(x, "\(name).squeeze", squeezed, kernel: 1)
        x = try .concatenated(
          [
            convolved(inner, "\(name).expand1x1", expanded, kernel: 1),
            convolved(inner, "\(name).expand3x3", expanded, kernel: 3, padding: 1),
          ], axis: 1)
      }
      layers[name] = x
    }
    let logits = try convolved(x, "classifier.1", 30, kernel: 1).globalAveragePooled()
      .reshaped([batch, 30])
    return (layers, logits)
  }

  @Test("Activations, logits and the image's gradient match", arguments: [1, 2])
  func matches(batch: Int) throws {
    let parameters = try Golden.parameters("onnx/squeezenet1_1.state_dict.safetensors")
    let golden = try Golden.file("onnx/squeezenet1_1.io.safetensors")
    let (layers, logits) = try network(batch: batch)
    let image = Node.input("image", [batch, 3, 64, 64])
    let score = try logits.sliced(starts: [0, 7], sizes: [1, 1]).sum()
    let program = try Program(
      Graph([
        "act.features.3": #require(layers["features.3"]),
        "act.features.12": #require(layers["features.12"]), "output_torch": logits,
        "grad_input_of_output0_class": gradient(of: score, for: [image])[0],
      ]), parameters: parameters)
    let pixels = try golden.floats("input")
    let results = try program([
      "image": Tensor([batch, 3, 64, 64], Array(pixels.prefix(batch * 3 * 64 * 64)))
    ])
    // Tolerances of the golden's README: the order of 32-bit sums.
    for name in ["act.features.3", "act.features.12", "output_torch"] {
      let got = try #require(results[name]).elements
      let wanted = try Array(golden.floats(name).prefix(got.count))
      let limit = 1e-4 * max(1, wanted.map(abs).max() ?? 0)
      #expect(largestDifference(got, wanted) < 2 * limit, "\(name)")
    }
    let got = try #require(results["grad_input_of_output0_class"]).elements.prefix(3 * 64 * 64)
    let wanted = try golden.floats("grad_input_of_output0_class")
    let limit = 1e-3 * (wanted.map(abs).max() ?? 0)
    #expect(largestDifference(Array(got), wanted) < limit)
    #expect(program.referenceImplementations == [])
  }
}
